import { processRevocationResponse, revocationRequest } from 'oauth4webapi'
import { systemClock } from '../facts/clock.ts'
import { clientAuthentication } from './client-credential.ts'
import { fetchDiscovery } from './discovery.ts'
import { readFailure } from './server-reply.ts'
import { libraryClient, libraryOptions, type TokenRequestOptions } from './token-reply.ts'
import type { StoredSignIn } from './vault/contract.ts'

/**
 * Gives the refresh token back, where the server takes it: RFC 7009. Entra has no such endpoint; there a sign-in is
 * ended by Graph's revokeSignInSessions, which signin does not call. Sends one GET and at most one POST.
 *
 * @returns Whether the server took it back; false where it offers no revocation, or there is nothing to revoke.
 * @throws {SignInError} `signin/unreachable`, `signin/unavailable`, `signin/client-refused`, `signin/request-refused`, `signin/reply-malformed`, and what `fetchDiscovery` throws
 */
export async function revokeRefreshToken(
  stored: StoredSignIn,
  options: TokenRequestOptions = {},
): Promise<boolean> {
  const { account, tokens, credential } = stored
  if (!tokens.refreshToken) return false
  const { server } = await fetchDiscovery(account.cloud, account.tid, options)
  if (server.revocation_endpoint === undefined) return false
  try {
    const client = { clientKind: account.clientKind, ...(credential && { credential }) }
    const reply = await revocationRequest(
      server,
      libraryClient(account.clientId, options.clock ?? systemClock),
      await clientAuthentication(client),
      tokens.refreshToken.reveal(),
      {
        ...libraryOptions(account.cloud.authority, options),
        additionalParameters: { token_type_hint: 'refresh_token' },
      },
    )
    await processRevocationResponse(reply)
    return true
  } catch (error) {
    throw readFailure(error, 'refresh', account.cloud.authority)
  }
}
