import {
  getValidatedIdTokenClaims,
  validateApplicationLevelSignature,
  type AuthorizationServer,
  type TokenEndpointResponse,
} from 'oauth4webapi'
import { isTenantId, withTenant, type Discovery } from './discovery.ts'
import { readIdentity, unverifiedClaim, type ExpectedIdentity, type Identity } from './id-token.ts'
import type { libraryOptions } from './token-reply.ts'

/** How one grant's answer is checked by the protocol library: all but the signature. */
type ProcessReply = (server: AuthorizationServer, reply: Response) => Promise<TokenEndpointResponse>

export interface JudgeRequest {
  readonly discovery: Discovery
  readonly reply: Response
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
  const server = discovery.tenantId ? discovery.server : await resolveIssuer(discovery, reply)
  const body = await request.process(server, reply)
  await validateApplicationLevelSignature(server, reply, request.library)
  const identity = readIdentity(getValidatedIdTokenClaims(body), {
    ...expected,
    ...(discovery.tenantId && { tenantId: discovery.tenantId }),
  })
  return { body, identity }
}

/** Fills the issuer's template with the token's own tenant; the library then compares all of it. */
async function resolveIssuer(discovery: Discovery, reply: Response): Promise<AuthorizationServer> {
  const body = (await reply
    .clone()
    .json()
    .catch(() => ({}))) as { id_token?: unknown }
  const tid = unverifiedClaim(body.id_token, 'tid')
  return isTenantId(tid) ? withTenant(discovery.server, tid) : discovery.server
}
