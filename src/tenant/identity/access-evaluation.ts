// Continuous access evaluation: clients that can answer a claims challenge get long tokens, and Graph challenges them. entra.md section 7.
import { randomBytes } from 'node:crypto'
import { GraphFailure } from '../context.ts'
import { EntraFailure } from './failure.ts'

/** True when the `claims` of the request say that the client can answer a challenge (`xms_cc`: `cp1`). @throws {EntraFailure} 90023 */
export function answersChallenges(claims: string | undefined): boolean {
  if (!claims) return false
  const asked = parse(claims)['access_token'] as { xms_cc?: { values?: unknown } | null } | null | undefined
  const values = asked?.xms_cc?.values
  return Array.isArray(values) && values.some((one) => String(one).toLowerCase() === 'cp1')
}

function parse(claims: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(claims)
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>
  } catch {
    // named below
  }
  throw new EntraFailure(
    90023,
    "Invalid STS request: the value of the parameter 'claims' is not a JSON object.",
    {
      error: 'invalid_request',
    },
  )
}

/** The opaque `aio` of a token: when it was issued, to the millisecond, beside random bytes. */
export function issuedAtMark(nowMs: number): string {
  const bytes = randomBytes(24)
  bytes.writeDoubleBE(nowMs)
  return bytes.toString('base64url')
}

export function issuedAtMs(mark: unknown): number {
  const bytes = Buffer.from(String(mark), 'base64url')
  return bytes.length === 24 ? bytes.readDoubleBE() : 0
}

/** Graph's answer to a long token from before the user's sign-ins were revoked. */
export function claimsChallenge(validFromMs: number): GraphFailure {
  const claims = { access_token: { nbf: { essential: true, value: String(Math.ceil(validFromMs / 1_000)) } } }
  const encoded = Buffer.from(JSON.stringify(claims)).toString('base64')
  return new GraphFailure(
    401,
    'InvalidAuthenticationToken',
    'Continuous access evaluation resulted in claims challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp',
    {
      headers: {
        'www-authenticate': `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000", error="insufficient_claims", claims="${encoded}"`,
      },
    },
  )
}
