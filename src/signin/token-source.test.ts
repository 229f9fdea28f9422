import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { test, type TestContext } from 'node:test'
import { inspect } from 'node:util'
import { systemClock, type Clock } from '../facts/clock.ts'
import { createTokenSource, openVault, SignInError, signInWithBrowser, type Vault } from './index.ts'
import {
  entraRefusal,
  fixtureClient,
  fixtureTenant,
  startTokenServer,
  type TokenServer,
} from './token-server.fixture.ts'

interface Lab {
  readonly server: TokenServer
  readonly home: string
  readonly vault: Vault
  readonly id: string
}

async function signedIn(t: TestContext, lifeSeconds = 3600): Promise<Lab> {
  const server = await startTokenServer()
  server.lifeSeconds = lifeSeconds
  const home = mkdtempSync(join(tmpdir(), 'letterlock-tokens-'))
  const vault = openVault(home, { keychain: 'off' })
  t.after(async () => {
    vault.close()
    await server.close()
    rmSync(home, { recursive: true, force: true })
  })
  const result = await signInWithBrowser({
    client: {
      cloud: server.cloud,
      tenant: fixtureTenant,
      clientId: fixtureClient,
      clientKind: 'public',
      redirectUri: 'http://localhost/Callback',
      scopes: ['Mail.Read'],
    },
    openUrl: async (url) => void (await (await fetch(url)).text()),
  })
  vault.save(result)
  server.lifeSeconds = 3600
  return { server, home, vault, id: result.account.id }
}

interface Worker {
  readonly child: ChildProcess
  readonly result: Promise<{ token?: string; code?: string }>
  go(): void
}

async function startWorker(t: TestContext, home: string, force = false): Promise<Worker> {
  const file = fileURLToPath(new URL('refresh-worker.fixture.ts', import.meta.url))
  const child = spawn(process.execPath, [file, home, ...(force ? ['force'] : [])], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  assert.equal((await lines.next()).value, '{"ready":true}')
  const result = lines
    .next()
    .then(({ value }) => JSON.parse(String(value ?? '{}')) as { token?: string; code?: string })
  return { child, result, go: () => void child.stdin.write('go\n') }
}

/** Moved by the test; sleeps take no time. */
function movedClock(aheadMs = 0): Clock & { aheadMs: number } {
  const clock = { aheadMs, nowMs: () => Date.now() + clock.aheadMs, sleep: () => Promise.resolve() }
  return clock
}

test('a fresh token is given without the network', async (t) => {
  const { vault, id, server } = await signedIn(t)
  const source = createTokenSource(vault, id, {
    fetch: (() => assert.fail('sent')) as unknown as typeof fetch,
  })
  const one = await source.getToken()
  assert.equal((await source.getToken()).token.reveal(), one.token.reveal())
  assert.equal(server.refreshes, 0)
  assert.equal(source.account.id, id)
})

test('a token near its end is refreshed once for many callers, saved, and used by other sources', async (t) => {
  const { vault, id, server } = await signedIn(t)
  const clock = movedClock(3600_000 - 200_000)
  const source = createTokenSource(vault, id, { clock })
  const given = await Promise.all(Array.from({ length: 20 }, () => source.getToken()))
  assert.equal(server.refreshes, 1)
  assert.equal(new Set(given.map(({ token }) => token.reveal())).size, 1)
  assert.equal(vault.read(id)?.tokens.accessToken.reveal(), given[0]?.token.reveal())
  await createTokenSource(vault, id, { clock }).getToken()
  assert.equal(server.refreshes, 1)
  assert.equal(server.requests.at(-1)?.get('scope'), 'openid profile offline_access Mail.Read')
})

test('two sources of one process, each with its own vault handle, refresh once', async (t) => {
  const { vault, home, id, server } = await signedIn(t, 1)
  const other = openVault(home, { keychain: 'off' })
  t.after(() => other.close())
  const clock = movedClock(2_000)
  const sources = [vault, other, vault, other].map((each) => createTokenSource(each, id, { clock }))
  await Promise.all(sources.map((source) => source.getToken()))
  assert.equal(server.refreshes, 1)
})

test('eight processes with an expired token send one refresh, to a server that takes each token once', async (t) => {
  const { home, server } = await signedIn(t, 0)
  server.rotation = 'single-use'
  const workers = await Promise.all(Array.from({ length: 8 }, () => startWorker(t, home)))
  workers.forEach((worker) => worker.go())
  const results = await Promise.all(workers.map(({ result }) => result))
  assert.equal(server.refreshes, 1)
  assert.equal(new Set(results.map(({ token }) => token)).size, 1)
  assert.ok(results[0]?.token)
})

test('kill -9 in the middle of a refresh frees the lock; where the old token stays valid nothing is lost', async (t) => {
  const { home, server } = await signedIn(t, 0)
  const held = server.holdNextRefresh()
  const victim = await startWorker(t, home)
  victim.go()
  await held.arrived
  const next = await startWorker(t, home)
  next.go()
  const died = once(victim.child, 'exit')
  victim.child.kill('SIGKILL')
  await died
  assert.ok((await next.result).token)
  assert.equal(server.refreshes, 2)
  held.letGo()
})

test('kill -9 between a single-use server and our write ends by name, also when tried again', async (t) => {
  const { home, server, vault, id } = await signedIn(t, 0)
  server.rotation = 'single-use'
  const held = server.holdNextRefresh()
  const victim = await startWorker(t, home)
  victim.go()
  await held.arrived
  const died = once(victim.child, 'exit')
  victim.child.kill('SIGKILL')
  await died
  held.letGo()
  for (let again = 0; again < 2; again++) {
    const next = await startWorker(t, home)
    next.go()
    assert.deepEqual(await next.result, { code: 'signin/refresh-outcome-lost' })
  }
  await assert.rejects(createTokenSource(vault, id).getToken(), {
    code: 'signin/refresh-outcome-lost',
    recovery: 'sign-in-again',
  })
})

test('a plain refusal of an undoubted token is not called lost', async (t) => {
  const { server, vault, id } = await signedIn(t, 0)
  server.refusals.push(
    { status: 400, body: { error: 'invalid_grant' } },
    { status: 400, body: { error: 'invalid_grant' } },
  )
  const source = createTokenSource(vault, id)
  await assert.rejects(source.getToken(), { code: 'signin/refresh-refused' })
  await assert.rejects(source.getToken(), { code: 'signin/refresh-refused' })
})

test('a refused refresh says what AADSTS said, with ids, number and recovery', async (t) => {
  const { server, vault, id } = await signedIn(t, 0)
  server.refusals.push({ status: 400, body: entraRefusal() })
  await assert.rejects(createTokenSource(vault, id).getToken(), (error: unknown) => {
    assert.ok(error instanceof SignInError)
    assert.equal(error.code, 'signin/refresh-refused')
    assert.equal(error.entraCode, 50173)
    assert.equal(error.suberror, 'bad_token')
    assert.equal(error.recovery, 'sign-in-again')
    assert.equal(error.ids.traceId, '0b2f7c5e-0000-4000-8000-0123456789ab')
    assert.match(error.message, /AADSTS50173: The provided grant has expired due to it being revoked\.$/)
    return true
  })
  server.refusals.push({
    status: 400,
    body: { error: 'invalid_grant', error_description: 'AADSTS50105: not assigned', error_codes: [50105] },
  })
  await assert.rejects(createTokenSource(vault, id).getToken(), { entraCode: 50105, recovery: 'ask-admin' })
  server.refusals.push({
    status: 400,
    body: {
      error: 'invalid_grant',
      error_description: 'AADSTS65001: no consent',
      error_codes: [65001],
      suberror: 'consent_required',
    },
  })
  await assert.rejects(createTokenSource(vault, id).getToken(), { code: 'signin/consent-missing' })
})

test('a server that is away for a moment is asked again; one that stays away stops nobody whose token still lives', async (t) => {
  const { server, vault, id } = await signedIn(t)
  const clock = movedClock(3600_000 - 200_000)
  const busy = { status: 503, body: {} }
  server.refusals.push(busy, busy)
  const source = createTokenSource(vault, id, { clock })
  const before = vault.read(id)?.tokens.accessToken.reveal()
  assert.notEqual((await source.getToken()).token.reveal(), before)
  clock.aheadMs += 3600_000
  const second = vault.read(id)?.tokens.accessToken.reveal()
  server.refusals.push(busy, busy, busy)
  assert.notEqual(second, before)
  clock.aheadMs -= 120_000
  assert.equal((await source.getToken()).token.reveal(), second)
  clock.aheadMs += 3600_000
  server.refusals.push(busy, busy, busy)
  await assert.rejects(source.getToken(), { code: 'signin/unavailable', recovery: 'retry' })
})

test('forceRefresh refreshes, but takes what another process just got; claims always go to the server', async (t) => {
  const { server, vault, id, home } = await signedIn(t)
  const source = createTokenSource(vault, id)
  const first = await source.getToken()
  const forced = await source.getToken({ forceRefresh: true })
  assert.notEqual(forced.token.reveal(), first.token.reveal())
  assert.equal(server.refreshes, 1)
  const claims = '{"access_token":{"nbf":{"essential":true,"value":"1"}}}'
  await source.getToken({ claims })
  assert.equal(server.refreshes, 2)
  assert.deepEqual(JSON.parse(server.requests.at(-1)?.get('claims') ?? ''), {
    access_token: { nbf: { essential: true, value: '1' }, xms_cc: { values: ['cp1'] } },
  })
  const workers = await Promise.all([
    startWorker(t, home, true),
    startWorker(t, home, true),
    startWorker(t, home, true),
  ])
  const held = server.holdNextRefresh()
  workers.forEach((worker) => worker.go())
  await held.arrived
  held.letGo()
  for (const { result } of workers) assert.ok((await result).token)
  assert.ok(server.refreshes >= 3)
  assert.notEqual((await source.getToken()).token.reveal(), forced.token.reveal(), 'sees what others saved')
})

test('an account that signs out during a refresh stays out; one that signs in again keeps the new tokens', async (t) => {
  const { server, vault, id } = await signedIn(t, 0)
  const held = server.holdNextRefresh()
  const waiting = createTokenSource(vault, id).getToken()
  await held.arrived
  vault.remove(id)
  held.letGo()
  await assert.rejects(waiting, { code: 'signin/account-unknown' })
  assert.deepEqual(vault.list(), [])
  assert.throws(() => createTokenSource(vault, id), { code: 'signin/account-unknown' })
})

test('a caller that gives up does not stop the refresh of the others', async (t) => {
  const { server, vault, id } = await signedIn(t, 0)
  const held = server.holdNextRefresh()
  const stop = new AbortController()
  const source = createTokenSource(vault, id)
  const [impatient, patient] = [source.getToken({ signal: stop.signal }), source.getToken()]
  await held.arrived
  stop.abort()
  await assert.rejects(impatient, { code: 'signin/aborted' })
  held.letGo()
  assert.ok((await patient).token)
})

test('tokens for another person are never kept', async (t) => {
  const { server, vault, id } = await signedIn(t, 0)
  server.claims = { oid: 'someone-else' }
  const before = vault.read(id)?.tokens.accessToken.reveal()
  await assert.rejects(createTokenSource(vault, id).getToken(), { code: 'signin/wrong-account' })
  assert.equal(vault.read(id)?.tokens.accessToken.reveal(), before)
})

test('a tenant that moved to another port is found through the cloud given', async (t) => {
  const { server, vault, id } = await signedIn(t, 0)
  const moved = vault.read(id)
  assert.ok(moved)
  const cloud = { ...moved.account.cloud, authority: 'http://127.0.0.1:1' }
  vault.save({ account: { ...moved.account, cloud }, tokens: moved.tokens, redirectReceived: '' })
  await assert.rejects(createTokenSource(vault, id).getToken(), { code: 'signin/unreachable' })
  const source = createTokenSource(vault, id, { cloud: server.cloud })
  await source.getToken()
  assert.equal(vault.read(id)?.account.cloud.authority, server.origin)
  assert.doesNotMatch(inspect(source, { depth: 9, showHidden: true }), /rt-[0-9a-f]{32}/)
  assert.ok(systemClock.nowMs() > 0)
})
