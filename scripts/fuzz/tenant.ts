// Sends malformed requests to a local tenant: nothing may answer 5xx but the named 501, hang, or end the process.
import { startTenant } from '../../src/tenant/index.ts'
import type { Report } from '../report.ts'

const endpoints = [
  'GET /{t}/oauth2/v2.0/authorize',
  'POST /{t}/oauth2/v2.0/authorize',
  'POST /{t}/oauth2/v2.0/token',
  'GET /{t}/v2.0/.well-known/openid-configuration',
  'GET /{t}/discovery/v2.0/keys',
  'GET /v1.0/me',
  'GET /v1.0/users',
  'GET /v1.0/applications',
  'POST /v1.0/applications',
  'PATCH /v1.0/applications/{x}',
  'GET /v1.0/servicePrincipals',
  'POST /v1.0/oauth2PermissionGrants',
  'GET /v1.0/me/messages',
  'POST /v1.0/me/messages',
  'PATCH /v1.0/me/messages/{x}',
  'POST /v1.0/me/messages/{x}/send',
  'POST /v1.0/me/messages/{x}/move',
  'GET /v1.0/me/mailFolders',
  'POST /v1.0/me/sendMail',
  'POST /v1.0/$batch',
  'GET /_letterlock/status',
  'POST /_letterlock/faults',
  'POST /_letterlock/clock',
  'GET /',
] as const

const scraps = [
  '',
  '\0',
  '%',
  '%00',
  '%ZZ',
  '../../etc/passwd',
  "' or 1=1 --",
  '"',
  '<script>alert(1)</script>',
  '{',
  '[]',
  'null',
  '{"a":',
  '9'.repeat(400),
  'ä\u202e',
  '\ud800',
  '$filter',
  "isRead eq 'x'",
  'receivedDateTime ge nonsense',
  '((((',
  "startswith(subject,'",
  '-1',
  '1e309',
  'true',
  'A'.repeat(5_000),
  'client_id',
  'code',
  'S256',
  '__proto__',
  'constructor',
]

/** A small seeded generator (mulberry32), so that a failure can be run again with its seed. */
function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Fuzzes for `seconds` (or `maxRequests`, whichever ends first) and counts the answers by status class. */
export async function fuzzTenant(options: {
  seconds: number
  seed: number
  maxRequests?: number
}): Promise<Report> {
  const random = generator(options.seed)
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!
  const counts: Record<string, number> = {
    requests: 0,
    '2xx': 0,
    '3xx': 0,
    '4xx': 0,
    '501 named': 0,
    'forbidden answers': 0,
    hangs: 0,
  }
  const tenant = await startTenant()
  const end = performance.now() + options.seconds * 1_000
  try {
    while (performance.now() < end && counts['requests']! < (options.maxRequests ?? Infinity)) {
      await Promise.all(Array.from({ length: 16 }, () => sendOne()))
    }
    const alive = await fetch(`${tenant.origin}/common/discovery/v2.0/keys`)
    if (!alive.ok) counts['forbidden answers']!++
  } finally {
    await tenant.close()
  }
  return { ok: counts['forbidden answers'] === 0 && counts['hangs'] === 0, figures: [], counts }

  async function sendOne(): Promise<void> {
    const [method, template] = pick(endpoints).split(' ') as [string, string]
    const path = template
      .replace(
        '{t}',
        pick(['common', tenant.tenantId, 'x', encodeURIComponent(wellFormed(pick(scraps))) || 'y']),
      )
      .replace('{x}', encodeURIComponent(wellFormed(pick(scraps))) || 'z')
    const query = new URLSearchParams()
    for (let n = Math.floor(random() * 4); n > 0; n--) {
      query.append(
        pick([
          'client_id',
          'redirect_uri',
          'scope',
          'state',
          '$filter',
          '$orderby',
          '$top',
          '$select',
          pick(scraps),
        ]),
        pick(scraps),
      )
    }
    const headers: Record<string, string> = {}
    if (random() < 0.5)
      headers['content-type'] = pick([
        'application/json',
        'application/x-www-form-urlencoded',
        'text/plain',
        'x/y',
      ])
    if (random() < 0.5)
      headers['authorization'] = pick([
        'Bearer x',
        'Bearer a.b.c',
        'Basic Og==',
        `Bearer ${'e'.repeat(3_000)}`,
        'Bearer',
      ])
    if (random() < 0.2)
      headers['prefer'] = pick(['IdType="ImmutableId"', 'outlook.body-content-type="x"', ';;;'])
    counts['requests']!++
    try {
      const reply = await fetch(`${tenant.origin}${path}?${query}`, {
        method,
        headers,
        redirect: 'manual',
        signal: AbortSignal.timeout(10_000),
        ...(method === 'GET' ? {} : { body: pick(scraps) }),
      })
      const text = await reply.text()
      const named501 = reply.status === 501 && text.length > 0
      if (reply.status >= 500 && !named501) {
        counts['forbidden answers']!++
        console.error(`${reply.status} for ${method} ${path}?${query}: ${text.slice(0, 200)}`)
      }
      counts[named501 ? '501 named' : `${Math.floor(reply.status / 100)}xx`] =
        (counts[named501 ? '501 named' : `${Math.floor(reply.status / 100)}xx`] ?? 0) + 1
    } catch (error) {
      counts['hangs']!++
      console.error(`no answer for ${method} ${path}?${query}: ${String(error)}`)
    }
  }
}

function wellFormed(text: string): string {
  return text.toWellFormed()
}
