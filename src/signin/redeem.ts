import {
  authorizationCodeGrantRequest,
  getValidatedIdTokenClaims,
  processAuthorizationCodeResponse,
  validateApplicationLevelSignature,
  validateAuthResponse,
} from 'oauth4webapi'
import { systemClock } from '../facts/clock.ts'
import type { ClientRegistration, TokenSet } from './account.ts'
import { isTenantId, withTenant, type Discovery } from './discovery.ts'
import { readIdentity, unverifiedClaim, type Identity } from './id-token.ts'
import type { Secret } from './secret.ts'
import { readFailure, unavailable } from './server-reply.ts'
import {
  clientAuthentication,
  libraryClient,
  libraryOptions,
  readTokens,
  type TokenRequestOptions,
} from './token-reply.ts'

export interface RedeemRequest {
  readonly client: ClientRegistration
  readonly discovery: Discovery
  /** What came back in the redirect. */
  readonly response: URLSearchParams
  readonly redirectUri: string
  readonly state: string
  readonly nonce: string
  readonly verifier: Secret
  readonly expectedUsername?: string
}

/**
 * Redeems an authorization code and judges the ID token: signature, issuer, audience, expiry, nonce, tenant, name.
 * Sends one POST and one GET (the keys); writes nothing.
 *
 * @throws {SignInError} `signin/declined`, `signin/request-refused`, `signin/code-refused`, `signin/client-refused`, `signin/consent-missing`, `signin/issuer-mismatch`, `signin/id-token-invalid`, `signin/clock-skewed`, `signin/wrong-tenant`, `signin/wrong-account`, `signin/reply-malformed`, `signin/unreachable`, `signin/unavailable`
 * @see RFC 6749 section 4.1.3, RFC 9207 section 2.4, OpenID Connect Core 3.1.3.7
 */
export async function redeemCode(
  request: RedeemRequest,
  options: TokenRequestOptions = {},
): Promise<{ tokens: TokenSet; identity: Identity }> {
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
      clientAuthentication(client),
      parameters,
      request.redirectUri,
      request.verifier.reveal(),
      lib,
    )
    if (reply.status === 429 || reply.status >= 500) throw unavailable(reply)
    const server = discovery.tenantId ? discovery.server : await resolveIssuer(discovery, reply)
    const body = await processAuthorizationCodeResponse(server, libClient, reply, {
      expectedNonce: request.nonce,
      requireIdToken: true,
    })
    await validateApplicationLevelSignature(server, reply, lib)
    const identity = readIdentity(getValidatedIdTokenClaims(body), {
      ...(discovery.tenantId && { tenantId: discovery.tenantId }),
      ...(request.expectedUsername && { username: request.expectedUsername }),
    })
    return { tokens: readTokens(body, { client, nowMs: clock.nowMs() }), identity }
  } catch (error) {
    throw readFailure(error, asking, client.cloud.authority)
  }
}

async function resolveIssuer(discovery: Discovery, reply: Response): Promise<Discovery['server']> {
  const body = (await reply
    .clone()
    .json()
    .catch(() => ({}))) as { id_token?: unknown }
  const tid = unverifiedClaim(body.id_token, 'tid')
  return isTenantId(tid) ? withTenant(discovery.server, tid) : discovery.server
}
