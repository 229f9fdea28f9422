import {
  authorizationCodeGrantRequest,
  processAuthorizationCodeResponse,
  validateAuthResponse,
} from 'oauth4webapi'
import { systemClock } from '../facts/clock.ts'
import type { ClientRegistration, NewTokens } from './account.ts'
import { clientAuthentication } from './client-credential.ts'
import type { Discovery } from './discovery.ts'
import type { ExpectedIdentity, Identity } from './id-token.ts'
import { judgeTokenReply } from './judge-token-reply.ts'
import type { Secret } from './secret.ts'
import { readFailure, unavailable } from './server-reply.ts'
import { libraryClient, libraryOptions, readTokens, type TokenRequestOptions } from './token-reply.ts'

export interface RedeemRequest {
  readonly client: ClientRegistration
  readonly discovery: Discovery
  /** What came back in the redirect. */
  readonly response: URLSearchParams
  readonly redirectUri: string
  readonly state: string
  readonly nonce: string
  readonly verifier: Secret
  readonly expected?: Omit<ExpectedIdentity, 'tenantId'>
}

/**
 * Redeems an authorization code and judges the ID token: signature, issuer, audience, expiry, nonce, tenant, name.
 * Sends one POST and one GET (the keys); writes nothing.
 *
 * @throws {SignInError} `signin/declined`, `signin/request-refused`, `signin/code-refused`, `signin/client-refused`, `signin/consent-missing`, `signin/issuer-mismatch`, `signin/id-token-invalid`, `signin/clock-skewed`, `signin/wrong-tenant`, `signin/wrong-account`, `signin/reply-malformed`, `signin/unreachable`, `signin/unavailable`, `signin/certificate-unreadable`, `signin/federated-token-unreadable`
 * @see RFC 6749 section 4.1.3, RFC 9207 section 2.4, OpenID Connect Core 3.1.3.7
 */
export async function redeemCode(
  request: RedeemRequest,
  options: TokenRequestOptions = {},
): Promise<{ tokens: NewTokens; identity: Identity }> {
  const { client, discovery } = request
  const clock = options.clock ?? systemClock
  const libClient = libraryClient(client.clientId, clock)
  const lib = libraryOptions(client.cloud.authority, options)
  let asking: 'authorize' | 'redeem' = 'authorize'
  try {
    const parameters = validateAuthResponse(discovery.server, libClient, request.response, request.state)
    asking = 'redeem'
    const reply = await authorizationCodeGrantRequest(
      discovery.server,
      libClient,
      await clientAuthentication(client),
      parameters,
      request.redirectUri,
      request.verifier.reveal(),
      lib,
    )
    if (reply.status === 429 || reply.status >= 500) throw unavailable(reply)
    const { body, identity } = await judgeTokenReply({
      discovery,
      reply,
      library: lib,
      expected: request.expected ?? {},
      clock,
      client: libClient,
      process: (server, known, answer) =>
        processAuthorizationCodeResponse(server, known, answer, {
          expectedNonce: request.nonce,
          requireIdToken: true,
        }),
    })
    return { tokens: readTokens(body, { client, nowMs: clock.nowMs() }), identity }
  } catch (error) {
    throw readFailure(error, asking, client.cloud.authority)
  }
}
