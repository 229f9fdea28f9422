// The id of a sign-in: `sid` in ID tokens, `session_state` at the redirect, `sid` with prompt=none. entra.md sections 2 and 7.
import { createHash } from 'node:crypto'

/** The same for all applications of one sign-in, and for no other; a GUID, as recorded. */
export function sessionId(userId: string, authTimeMs: number): string {
  const hex = createHash('sha256').update(`${userId} ${authTimeMs}`).digest('hex')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}
