import { clockSkew, type Client } from 'oauth4webapi'
import type { Clock } from '../facts/clock.ts'
import { unverifiedClaim } from './id-token.ts'

const toleratedSkewMs = 300_000
const believedSkewMs = 24 * 3_600_000

/**
 * A computer whose clock is wrong by minutes can still sign in and refresh: the token came just now, from the server
 * itself, so its `iat` tells the server's time. More than a day off, the clock must be mended (TLS needs it too).
 */
export function byServersClock(client: Client, clock: Clock, idToken: unknown): Client {
  const issuedAt = unverifiedClaim(idToken, 'iat')
  if (typeof issuedAt !== 'number') return client
  const skewMs = issuedAt * 1000 - clock.nowMs()
  if (Math.abs(skewMs) <= toleratedSkewMs || Math.abs(skewMs) > believedSkewMs) return client
  return { ...client, [clockSkew]: (client[clockSkew] ?? 0) + Math.round(skewMs / 1000) }
}

/** The ID token of an answer, not judged in any way. The answer can be read again. */
export async function unjudgedIdToken(reply: Response): Promise<unknown> {
  const body = (await reply
    .clone()
    .json()
    .catch(() => ({}))) as { id_token?: unknown } | null
  return body?.id_token
}
