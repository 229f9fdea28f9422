// A client that asks for the same token again and again hears AADSTS50196. entra.md section 6. How often is too often Microsoft
// does not say; public reports lie between five and some hundred, so it is a setting, and off unless set.
import { createHash } from 'node:crypto'
import { EntraFailure } from './failure.ts'
import type { IdentityParts } from './identity.ts'
import type { TokenRequest } from './token-endpoint.ts'

const windowMs = 300_000
const mostKnown = 10_000
/** What makes two requests the same, beside the client. */
const telling = ['grant_type', 'refresh_token', 'username', 'assertion', 'scope', 'resource']

export type LoopDetector = (parts: IdentityParts, request: TokenRequest) => void

/** Counts in memory. @throws {EntraFailure} 50196 */
export function createLoopDetector(): LoopDetector {
  const seen = new Map<string, number[]>()
  return (parts, { client, form }) => {
    const { loopLimit } = parts.settings.get()
    if (loopLimit === 0 || form['grant_type'] === 'authorization_code') return
    if (form['grant_type']?.endsWith('device_code')) return
    const nowMs = parts.clock.nowMs()
    const said = [parts.tenantId, client.application.appId, ...telling.map((name) => form[name] ?? '')]
    const key = createHash('sha256').update(JSON.stringify(said)).digest('base64')
    const recent = (seen.get(key) ?? []).filter((atMs) => atMs > nowMs - windowMs && atMs <= nowMs)
    if (seen.size >= mostKnown) seen.clear()
    seen.set(key, [...recent.slice(-loopLimit), nowMs])
    if (recent.length >= loopLimit)
      throw new EntraFailure(
        50196,
        'The server terminated an operation because it encountered a client request loop. Please contact your app vendor.',
        { error: 'invalid_grant' },
      )
  }
}
