// Preloaded into every process of the test (NODE_OPTIONS=--import): writes down each secret that passes through fetch,
// and how the process was started, to the file named by SECRETS_SEEN. That file is not searched.
import { appendFileSync } from 'node:fs'

const out = process.env['SECRETS_SEEN']
const secretFields = [
  'access_token',
  'refresh_token',
  'id_token',
  'code',
  'code_verifier',
  'client_secret',
  'passwd',
]

function write(row: object): void {
  if (out) appendFileSync(out, `${JSON.stringify(row)}\n`)
}
function see(kind: string, value: unknown): void {
  if (typeof value === 'string' && value.length >= 8) write({ kind, value })
}
function seeForm(text: string): void {
  const form = new URLSearchParams(text)
  for (const field of secretFields) for (const value of form.getAll(field)) see(field, value)
}

write({
  process: process.argv.slice(1),
  inherits: ['LETTERLOCK_TOKEN', 'LETTERLOCK_CLIENT_SECRET'].filter((name) => process.env[name]),
})

const realFetch = globalThis.fetch
globalThis.fetch = async (input, init) => {
  const request = input instanceof Request ? input : undefined
  const headers = new Headers(init?.headers ?? request?.headers)
  const bearer = /^(?:Bearer|Basic) (.+)$/i.exec(headers.get('authorization') ?? '')?.[1]
  see('authorization header', bearer)
  for (const cookie of headers.get('cookie')?.split('; ') ?? [])
    see('cookie', cookie.slice(cookie.indexOf('=') + 1))
  const body = init?.body
  if (typeof body === 'string' || body instanceof URLSearchParams) seeForm(String(body))
  else if (request && !body && headers.get('content-type')?.includes('urlencoded'))
    seeForm(await request.clone().text())
  const response = await realFetch(input, init)
  const location = response.headers.get('location')
  if (location?.includes('?')) seeForm(location.slice(location.indexOf('?') + 1))
  if (/\/oauth2\/(v2\.0\/)?token$/.test(new URL(response.url || String(input)).pathname)) {
    const reply = (await response
      .clone()
      .json()
      .catch(() => ({}))) as Record<string, unknown>
    for (const field of secretFields) see(field, reply[field])
  }
  return response
}
