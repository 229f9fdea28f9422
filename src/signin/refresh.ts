import {
  getValidatedIdTokenClaims,
  processRefreshTokenResponse,
  refreshTokenGrantRequest,
} from 'oauth4webapi'
import { systemClock } from '../facts/clock.ts'
import { checkClient, type Account, type NewTokens } from './account.ts'
import { claimsParameter, requestedScope } from './authorize.ts'
import { clientAuthentication, type ClientCredential } from './client-credential.ts'
import { fetchDiscovery, type Discovery } from './discovery.ts'
import type { Secret } from './secret.ts'
import { byServersClock, unjudgedIdToken } from './server-clock.ts'
import { readFailure, unavailable } from './server-reply.ts'
import { SignInError } from './signin-error.ts'
import { libraryClient, libraryOptions, readTokens, type TokenRequestOptions } from './token-reply.ts'

export interface RefreshRequest {
  readonly account: Account
  readonly refreshToken: Secret
  readonly credential?: ClientCredential
  /** Asked for in place of the account's own scopes: others of Graph, or those of another resource. */
  readonly scopes?: readonly string[]
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
 * @throws {SignInError} `signin/refresh-refused`, `signin/consent-missing`, `signin/client-refused`, `signin/request-refused`, `signin/wrong-account`, `signin/issuer-mismatch`, `signin/id-token-invalid`, `signin/clock-skewed`, `signin/reply-malformed`, `signin/unreachable`, `signin/unavailable`, `signin/public-client-has-secret`, `signin/secret-missing`, `signin/insecure-url`, `signin/tenant-not-found`, `signin/certificate-unreadable`, `signin/federated-token-unreadable`
 * @example
 * const { tokens } = await refreshAccount({ account, refreshToken }, { timeoutMs: 5_000 })
 * String(tokens.accessToken) // '[secret]'
 * @see RFC 6749 section 6
 */
export async function refreshAccount(
  request: RefreshRequest,
  options: TokenRequestOptions = {},
): Promise<{ account: Account; tokens: NewTokens }> {
  const { account } = request
  const { cloud, clientKind } = account
  const { credential } = request
  const us = { cloud, clientKind, ...(credential && { credential }) }
  checkClient(us)
  const discovery = request.discovery ?? (await fetchDiscovery(cloud, account.tid, options))
  const clock = options.clock ?? systemClock
  const client = libraryClient(account.clientId, clock)
  try {
    const reply = await refreshTokenGrantRequest(
      discovery.server,
      client,
      await clientAuthentication(us),
      request.refreshToken.reveal(),
      {
        ...libraryOptions(account.cloud.authority, options),
        additionalParameters: {
          scope: requestedScope(request.scopes ?? account.scopes),
          claims: claimsParameter(request.claims),
        },
      },
    )
    if (reply.status === 429 || reply.status >= 500) throw unavailable(reply)
    // The signature of a refreshed ID token is not fetched keys for: it came from the token endpoint itself, and a
    // failed GET after a single-use refresh token was spent would lose the account (OpenID Connect Core 3.1.3.7, 6).
    const known = byServersClock(client, clock, await unjudgedIdToken(reply))
    const body = await processRefreshTokenResponse(discovery.server, known, reply)
    const claims = getValidatedIdTokenClaims(body)
    if (claims && (claims.oid !== account.oid || String(claims.tid).toLowerCase() !== account.tid)) {
      throw new SignInError('signin/wrong-account', 'the refreshed tokens are for another account')
    }
    const nowMs = clock.nowMs()
    const tokens = readTokens(body, {
      client: { cloud, scopes: request.scopes ?? account.scopes },
      nowMs,
      kept: request.refreshToken,
    })
    const refreshTokenIssuedAtMs = body.refresh_token ? nowMs : account.refreshTokenIssuedAtMs
    const ends = tokens.refreshTokenEndsAtMs ?? account.refreshTokenEndsAtMs
    const { refreshTokenEndsAtMs: _, ...kept } = account
    return {
      account: {
        ...kept,
        scopes: tokens.scopes,
        refreshTokenIssuedAtMs,
        ...(ends !== undefined && { refreshTokenEndsAtMs: ends }),
      },
      tokens,
    }
  } catch (error) {
    throw readFailure(error, 'refresh', account.cloud.authority)
  }
}
