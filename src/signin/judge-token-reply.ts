import {
  getValidatedIdTokenClaims,
  validateApplicationLevelSignature,
  type AuthorizationServer,
  type Client,
  type TokenEndpointResponse,
} from 'oauth4webapi'
import type { Clock } from '../facts/clock.ts'
import { withTenant, type Discovery } from './discovery.ts'
import { readIdentity, unverifiedClaim, type ExpectedIdentity, type Identity } from './id-token.ts'
import { byServersClock, unjudgedIdToken } from './server-clock.ts'
import { isTenantId } from './tenant-id.ts'
import type { libraryOptions } from './token-reply.ts'

/** How one grant's answer is checked by the protocol library: all but the signature. */
type ProcessReply = (
  server: AuthorizationServer,
  client: Client,
  reply: Response,
) => Promise<TokenEndpointResponse>

export interface JudgeRequest {
  readonly discovery: Discovery
  readonly reply: Response
  readonly client: Client
  readonly clock: Clock
  readonly process: ProcessReply
  readonly library: ReturnType<typeof libraryOptions>
  readonly expected: Omit<ExpectedIdentity, 'tenantId'>
}

/**
 * Judges the token answer of a new sign-in: its form, the ID token's issuer, audience, times and signature, and who it
 * is for. Sends one GET, for the keys.
 */
export async function judgeTokenReply(
  request: JudgeRequest,
): Promise<{ body: TokenEndpointResponse; identity: Identity }> {
  const { discovery, reply, expected } = request
  const idToken = await unjudgedIdToken(reply)
  const server = discovery.tenantId ? discovery.server : resolveIssuer(discovery, idToken)
  const client = byServersClock(request.client, request.clock, idToken)
  const body = await request.process(server, client, reply)
  await validateApplicationLevelSignature(server, reply, request.library)
  const identity = readIdentity(getValidatedIdTokenClaims(body), {
    ...expected,
    ...(discovery.tenantId && { tenantId: discovery.tenantId }),
  })
  return { body, identity }
}

/** Fills the issuer's template with the token's own tenant; the library then compares all of it. */
function resolveIssuer(discovery: Discovery, idToken: unknown): AuthorizationServer {
  const tid = unverifiedClaim(idToken, 'tid')
  return isTenantId(tid) ? withTenant(discovery.server, tid) : discovery.server
}
