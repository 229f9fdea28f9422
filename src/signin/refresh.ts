import {
  getValidatedIdTokenClaims,
  processRefreshTokenResponse,
  refreshTokenGrantRequest,
} from 'oauth4webapi'
import { systemClock } from '../facts/clock.ts'
import { checkClient, type Account, type TokenSet } from './account.ts'
import { claimsParameter, requestedScope } from './authorize.ts'
import { fetchDiscovery, type Discovery } from './discovery.ts'
import type { Secret } from './secret.ts'
import { readFailure, unavailable } from './server-reply.ts'
import { SignInError } from './signin-error.ts'
import {
  clientAuthentication,
  libraryClient,
  libraryOptions,
  readTokens,
  type TokenRequestOptions,
} from './token-reply.ts'

export interface RefreshRequest {
  readonly account: Account
  readonly refreshToken: Secret
  readonly clientSecret?: Secret
  /** What a claims challenge of Graph asked for. */
  readonly claims?: string
  /** Known metadata, to save one GET. */
  readonly discovery?: Discovery
}

/**
 * Refreshes an account's tokens. Sends one POST (and one GET, without `discovery`), writes nothing: save the result first, then use it.
 *
 * @param options.timeoutMs Each request, milliseconds. Default 30_000.
 * @returns New tokens and the account as the answer describes it; the old refresh token stays in it if no new one came.
 * @throws {SignInError} `signin/refresh-refused`, `signin/consent-missing`, `signin/client-refused`, `signin/request-refused`, `signin/wrong-account`, `signin/issuer-mismatch`, `signin/id-token-invalid`, `signin/clock-skewed`, `signin/reply-malformed`, `signin/unreachable`, `signin/unavailable`, `signin/public-client-has-secret`, `signin/secret-missing`, `signin/insecure-url`, `signin/tenant-not-found`
 * @example
 * const { tokens } = await refreshAccount({ account, refreshToken }, { timeoutMs: 5_000 })
 * String(tokens.accessToken) // '[secret]'
 * @see RFC 6749 section 6
 */
export async function refreshAccount(
  request: RefreshRequest,
  options: TokenRequestOptions = {},
): Promise<{ account: Account; tokens: TokenSet }> {
  const { account } = request
  checkClient({ cloud: account.cloud, clientKind: account.clientKind, ...secretOf(request) })
  const discovery = request.discovery ?? (await fetchDiscovery(account.cloud, account.tid, options))
  const clock = options.clock ?? systemClock
  const client = libraryClient(account.clientId, clock)
  try {
    const reply = await refreshTokenGrantRequest(
      discovery.server,
      client,
      clientAuthentication({ clientKind: account.clientKind, ...secretOf(request) }),
      request.refreshToken.reveal(),
      {
        ...libraryOptions(account.cloud.authority, options),
        additionalParameters: {
          scope: requestedScope(account.scopes),
          claims: claimsParameter(request.claims),
        },
      },
    )
    if (reply.status === 429 || reply.status >= 500) throw unavailable(reply)
    // The signature of a refreshed ID token is not fetched keys for: it came from the token endpoint itself, and a
    // failed GET after a single-use refresh token was spent would lose the account (OpenID Connect Core 3.1.3.7, 6).
    const body = await processRefreshTokenResponse(discovery.server, client, reply)
    const claims = getValidatedIdTokenClaims(body)
    if (claims && (claims.oid !== account.oid || String(claims.tid).toLowerCase() !== account.tid)) {
      throw new SignInError('signin/wrong-account', 'the refreshed tokens are for another account')
    }
    const nowMs = clock.nowMs()
    const tokens = readTokens(body, { client: account, nowMs, kept: request.refreshToken })
    const refreshTokenIssuedAtMs = body.refresh_token ? nowMs : account.refreshTokenIssuedAtMs
    return { account: { ...account, scopes: tokens.scopes, refreshTokenIssuedAtMs }, tokens }
  } catch (error) {
    throw readFailure(error, 'refresh', account.cloud.authority)
  }
}

function secretOf(request: RefreshRequest): { clientSecret?: Secret } {
  return request.clientSecret ? { clientSecret: request.clientSecret } : {}
}
