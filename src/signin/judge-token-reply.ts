import {
  getValidatedIdTokenClaims,
  validateApplicationLevelSignature,
  clockSkew,
  type AuthorizationServer,
  type Client,
  type TokenEndpointResponse,
} from 'oauth4webapi'
import type { Clock } from '../facts/clock.ts'
import { withTenant, type Discovery } from './discovery.ts'
import { readIdentity, unverifiedClaim, type ExpectedIdentity, type Identity } from './id-token.ts'
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
  const client = byTheServersClock(request, idToken)
  const body = await request.process(server, client, reply)
  await validateApplicationLevelSignature(server, reply, request.library)
  const identity = readIdentity(getValidatedIdTokenClaims(body), {
    ...expected,
    ...(discovery.tenantId && { tenantId: discovery.tenantId }),
  })
  return { body, identity }
}

async function unjudgedIdToken(reply: Response): Promise<unknown> {
  const body = (await reply
    .clone()
    .json()
    .catch(() => ({}))) as { id_token?: unknown } | null
  return body?.id_token
}

/** Fills the issuer's template with the token's own tenant; the library then compares all of it. */
function resolveIssuer(discovery: Discovery, idToken: unknown): AuthorizationServer {
  const tid = unverifiedClaim(idToken, 'tid')
  return isTenantId(tid) ? withTenant(discovery.server, tid) : discovery.server
}

const toleratedSkewMs = 300_000
const believedSkewMs = 24 * 3_600_000

/**
 * A computer whose clock is wrong by minutes can still sign in: the token came just now, from the server itself, for
 * our nonce, so its `iat` tells the server's time. More than a day off, the clock must be mended (TLS needs it too).
 */
function byTheServersClock(request: JudgeRequest, idToken: unknown): Client {
  const issuedAt = unverifiedClaim(idToken, 'iat')
  if (typeof issuedAt !== 'number') return request.client
  const skewMs = issuedAt * 1000 - request.clock.nowMs()
  if (Math.abs(skewMs) <= toleratedSkewMs || Math.abs(skewMs) > believedSkewMs) return request.client
  const before = request.client[clockSkew] ?? 0
  return { ...request.client, [clockSkew]: before + Math.round(skewMs / 1000) }
}
