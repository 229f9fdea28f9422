// The tenant as a process and its control API: what it promises over restarts, and whom it refuses.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startTenant, type Tenant, TenantError } from './index.ts'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
let tenant: Tenant
before(async () => {
  tenant = await startTenant()
})
after(() => tenant.close())

const control = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  fetch(`${tenant.origin}/_letterlock/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${tenant.controlToken}`,
      'content-type': 'application/json',
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })

interface Running {
  child: ChildProcess
  said: { origin: string; port: number; tenantId: string; pid: number; error?: string }
}
async function run(t: TestContext, args: string[]): Promise<Running> {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return { child, said: JSON.parse(line) as Running['said'] }
}
function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'letterlock-tenant-test-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

test('what was acknowledged is there after kill -9, passwords, keys and clock included', async (t) => {
  const data = folder(t)
  const first = await run(t, ['--data', data])
  const call = async (origin: string, method: string, path: string, body?: object): Promise<unknown> => {
    const token = readFileSync(join(data, 'control.token'), 'utf8')
    const reply = await fetch(`${origin}/_letterlock/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    assert.ok(reply.ok, `${method} ${path}: ${reply.status}`)
    return reply.json()
  }
  const keys = async (origin: string): Promise<unknown> =>
    ((await (await fetch(`${origin}/common/discovery/v2.0/keys`)).json()) as { keys: { n: string }[] })
      .keys[0]!.n
  const users = await call(first.said.origin, 'GET', 'users')
  const key = await keys(first.said.origin)
  await call(first.said.origin, 'POST', 'users', { userPrincipalName: 'new@contoso.example' })
  await call(first.said.origin, 'PATCH', 'settings', { sendVisibleMs: 1_234 })
  await call(first.said.origin, 'POST', 'clock', { nowMs: Date.UTC(2031, 0), rate: 2 })
  await call(first.said.origin, 'POST', 'faults', { match: 'GET /me', status: 503 })
  const ended = once(first.child, 'exit')
  first.child.kill('SIGKILL')
  await ended
  const second = await run(t, ['--data', data, '--port', String(first.said.port)])
  const { origin } = second.said
  assert.equal(second.said.tenantId, first.said.tenantId)
  assert.equal(await keys(origin), key)
  const now = (await call(origin, 'GET', 'users')) as { userPrincipalName: string }[]
  assert.deepEqual(now.slice(0, 5), users)
  assert.equal(now[5]!.userPrincipalName, 'new@contoso.example')
  assert.equal(((await call(origin, 'GET', 'settings')) as { sendVisibleMs: number }).sendVisibleMs, 1_234)
  const clock = (await call(origin, 'GET', 'clock')) as { nowMs: number; rate: number }
  assert.ok(clock.nowMs > Date.UTC(2031, 0) && clock.rate === 2)
  assert.equal(((await call(origin, 'GET', 'faults')) as unknown[]).length, 1)
})

test('a second process on the same data names the first and exits 1; a busy port has its own name', async (t) => {
  const data = folder(t)
  const first = await run(t, ['--data', data])
  const second = await run(t, ['--data', data])
  assert.equal(second.said.error, 'tenant/already-up')
  assert.equal(second.said.origin, first.said.origin)
  const third = await run(t, ['--data', folder(t), '--port', String(first.said.port)])
  assert.equal(third.said.error, 'tenant/port-busy')
  for (const { child } of [second, third]) assert.equal(child.exitCode ?? (await once(child, 'exit'))[0], 1)
  const ended = once(first.child, 'exit')
  first.child.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null])
})

test('a port held on 127.0.0.1 is tenant/port-busy for the library too', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  t.after(() => holder.close())
  const { port } = holder.address() as { port: number }
  await assert.rejects(startTenant({ port }), (error) => {
    assert.ok(error instanceof TenantError)
    return error.code === 'tenant/port-busy'
  })
})

test(
  'the files with secrets are readable by their owner alone',
  { skip: process.platform === 'win32' },
  () => {
    for (const name of ['control.token', 'tenant.json', 'tenant.db'])
      assert.equal(statSync(join(tenant.dataDir, name)).mode & 0o777, 0o600, name)
  },
)

test('the control API refuses a wrong token, a cookie, a web page and anything but JSON', async () => {
  assert.equal((await control('GET', 'users', undefined, { authorization: 'Bearer wrong' })).status, 401)
  assert.equal((await fetch(`${tenant.origin}/_letterlock/users`)).status, 401)
  assert.equal((await control('GET', 'users', undefined, { origin: 'https://evil.example' })).status, 403)
  assert.equal((await control('GET', 'users', undefined, { 'sec-fetch-site': 'cross-site' })).status, 403)
  assert.equal((await control('POST', 'clock', {}, { 'content-type': 'text/plain' })).status, 415)
  const answer = await control('GET', 'users', undefined, { origin: tenant.origin })
  assert.equal(answer.headers.get('access-control-allow-origin'), null)
})

test('another host name is refused, so that a web page cannot rebind its name to the tenant', async () => {
  const asked = httpRequest(`${tenant.origin}/common/discovery/v2.0/keys`, {
    headers: { host: 'evil.example' },
  })
  asked.end()
  const [reply] = (await once(asked, 'response')) as [{ statusCode: number; resume(): void }]
  reply.resume()
  assert.equal(reply.statusCode, 421)
})

test('a clock, a setting, a fault or a user that makes no sense is named', async () => {
  for (const [method, path, body] of [
    ['POST', 'clock', { rate: -1 }],
    ['POST', 'clock', { nowMs: 'soon' }],
    ['PATCH', 'settings', { sendVisibleMs: -5 }],
    ['PATCH', 'settings', { nonsense: true }],
    ['PATCH', 'settings', { userConsent: 'whatever' }],
    ['POST', 'faults', { match: 'nonsense', status: 500 }],
    ['POST', 'faults', { match: 'GET /me' }],
    ['POST', 'users', { userPrincipalName: 'x@elsewhere.example' }],
    ['POST', 'users', [1]],
  ] as const) {
    assert.equal((await control(method, path, body)).status, 400, JSON.stringify(body))
  }
  const twin = await control('POST', 'users', { userPrincipalName: 'ada@contoso.example' })
  assert.equal(twin.status, 409)
})

test('an unknown route answers 501 with its name, in Graph’s shape', async () => {
  const reply = await fetch(`${tenant.origin}/v1.0/devices`, { method: 'POST' })
  assert.equal(reply.status, 501)
  const { error } = (await reply.json()) as { error: { code: string; message: string; innerError: object } }
  assert.equal(error.code, 'NotImplemented')
  assert.match(error.message, /POST \/v1\.0\/devices/)
  assert.ok('request-id' in error.innerError && reply.headers.has('request-id'))
})

test('a directory path is read in any letter case and with its key in parentheses', async () => {
  for (const path of [
    '/v1.0/ME',
    "/v1.0/Applications(appId='x')",
    '/beta/serviceprincipals(%27x%27)',
    "/v1.0/users('x')",
  ])
    assert.equal((await fetch(tenant.origin + path)).status, 401, path)
})

test('a fault strikes as often as said, counts its hits, and is gone when deleted', async (t) => {
  t.after(() => control('DELETE', 'faults'))
  const made = (await (
    await control('POST', 'faults', { match: 'GET /users/*', status: 429, retryAfterSeconds: 7, times: 2 })
  ).json()) as { id: string }
  const ask = () => fetch(`${tenant.origin}/v1.0/users/x`)
  const replies = await Promise.all([ask(), ask(), ask()])
  assert.deepEqual(replies.map((reply) => reply.status).sort(), [401, 429, 429])
  assert.equal(replies.find((reply) => reply.status === 429)!.headers.get('retry-after'), '7')
  const listed = (await (await control('GET', 'faults')).json()) as { id: string; hits: number }[]
  assert.equal(listed.find((one) => one.id === made.id)!.hits, 2)
  assert.deepEqual(await (await control('DELETE', `faults/${made.id}`)).json(), { removed: 1 })
})

test('a fault with reset closes the connection', async (t) => {
  t.after(() => control('DELETE', 'faults'))
  await control('POST', 'faults', { match: 'GET /**', reset: true, times: 1 })
  await assert.rejects(fetch(`${tenant.origin}/v1.0/me`))
  assert.equal((await fetch(`${tenant.origin}/v1.0/me`)).status, 401)
})

test('an after-commit fault counts its hit before it waits, so that an observer can act meanwhile', async (t) => {
  t.after(() => control('DELETE', 'faults'))
  await control('POST', 'faults', { match: 'GET /me', phase: 'after-commit', delayMs: 60_000, status: 504 })
  const abandon = new AbortController()
  const asked = fetch(`${tenant.origin}/v1.0/me`, { signal: abandon.signal })
  asked.catch(() => undefined)
  let hits = 0
  while (hits === 0) hits = ((await (await control('GET', 'faults')).json()) as { hits: number }[])[0]!.hits
  abandon.abort()
  await assert.rejects(asked)
  assert.equal(hits, 1)
})

test('the log holds paths and status, never a query or a token', async () => {
  await fetch(`${tenant.origin}/v1.0/me?secret=marked`, { headers: { authorization: 'Bearer marked' } })
  const text = await (await control('GET', 'log')).text()
  assert.match(text, /"path":"\/v1\.0\/me"/)
  assert.doesNotMatch(text, /marked/)
})
