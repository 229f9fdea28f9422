import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { inspect } from 'node:util'
import type { Clock } from '../facts/clock.ts'
import {
  signInWithDeviceCode,
  type ClientRegistration,
  type DeviceCode,
  type DeviceSignInOptions,
  type PollEvent,
  type SignedIn,
} from './index.ts'
import {
  fixtureClient,
  fixtureOid,
  fixtureTenant,
  startTokenServer,
  type TokenServer,
} from './token-server.fixture.ts'

/** Waits at once, and writes down for how long. */
function quickClock(): Clock & { readonly waitsMs: number[]; aheadMs: number } {
  const clock = {
    waitsMs: [] as number[],
    aheadMs: 0,
    nowMs: () => Date.now() + clock.aheadMs,
    async sleep(ms: number, signal?: AbortSignal) {
      signal?.throwIfAborted()
      clock.waitsMs.push(Math.round(ms / 1000) * 1000)
      clock.aheadMs += ms
    },
  }
  return clock
}

interface Device {
  readonly server: TokenServer
  readonly client: ClientRegistration
  readonly clock: ReturnType<typeof quickClock>
  readonly codes: DeviceCode[]
  readonly events: PollEvent[]
  signIn(change?: Partial<DeviceSignInOptions>): Promise<SignedIn>
}

async function start(t: TestContext): Promise<Device> {
  const server = await startTokenServer()
  t.after(() => server.close())
  const client: ClientRegistration = {
    cloud: server.cloud,
    tenant: fixtureTenant,
    clientId: fixtureClient,
    clientKind: 'public',
    redirectUri: 'http://localhost/Callback',
    scopes: ['Mail.Read'],
  }
  const clock = quickClock()
  const codes: DeviceCode[] = []
  const events: PollEvent[] = []
  return {
    server,
    client,
    clock,
    codes,
    events,
    signIn: (change) =>
      signInWithDeviceCode({
        client,
        clock,
        onCode: (code) => codes.push(code),
        onWaiting: (event) => events.push(event),
        ...change,
      }),
  }
}

const refusal = (error: string, code: number): TokenServer['refusals'][number] => ({
  status: 400,
  body: { error, error_description: `AADSTS${code}: as it is.`, error_codes: [code] },
})
const pending = refusal('authorization_pending', 70016)

test('a device code signs an account in, asked for at the server’s interval', async (t) => {
  const { server, clock, codes, signIn } = await start(t)
  server.refusals.push(pending, pending)
  const { account, tokens } = await signIn({ expectedUsername: 'invoice.bot@contoso.example' })
  assert.equal(account.id, `${fixtureOid}.${fixtureTenant}`)
  assert.equal(account.signedInBy, 'device-code')
  assert.ok(tokens.refreshToken)
  assert.deepEqual(clock.waitsMs, [5_000, 5_000, 5_000])
  assert.equal(codes[0]?.userCode, 'FJAUPGYY2')
  assert.equal(codes[0]?.verificationUri, `${server.origin}/devicelogin`)
  assert.doesNotMatch(inspect(codes, { depth: 5 }), /dc-planted/, 'the device code itself is not handed out')
  assert.equal(server.deviceRequests[0]?.get('scope'), 'openid profile offline_access Mail.Read')
  assert.equal(server.deviceRequests[0]?.get('client_id'), fixtureClient)
  assert.equal(server.requests.at(-1)?.get('grant_type'), 'urn:ietf:params:oauth:grant-type:device_code')
})

test('RFC 8628 3.5: slow_down adds five seconds for good, and a server without an interval gets five', async (t) => {
  const { server, clock, events, signIn } = await start(t)
  server.deviceAnswer = { interval: undefined }
  server.refusals.push(pending, refusal('slow_down', 0), pending, refusal('slow_down', 0), pending)
  await signIn()
  assert.deepEqual(clock.waitsMs, [5_000, 5_000, 10_000, 10_000, 15_000, 15_000])
  assert.deepEqual(
    events.map(({ why, intervalMs }) => [why, intervalMs]),
    [
      ['slow-down', 10_000],
      ['slow-down', 15_000],
    ],
  )
})

test('RFC 8628 3.5: a server that is away is asked half as often each time, never past a minute, and not given up', async (t) => {
  const { server, clock, signIn } = await start(t)
  const away = { status: 503, body: {} }
  server.refusals.push(away, away, { ...away, headers: { 'retry-after': '50' } }, away, away, pending)
  await signIn()
  assert.deepEqual(clock.waitsMs, [5_000, 10_000, 20_000, 50_000, 60_000, 60_000, 60_000])
})

test('the person who declines ends the wait, by Entra’s word and by the standard’s', async (t) => {
  const { server, signIn } = await start(t)
  for (const error of ['authorization_declined', 'access_denied']) {
    server.refusals.push(pending, refusal(error, 0))
    await assert.rejects(signIn(), { code: 'signin/declined', recovery: 'sign-in-again' })
  }
})

test('a code that ran out is named, whether the server or our clock says so first', async (t) => {
  const { server, clock, signIn } = await start(t)
  server.refusals.push(refusal('expired_token', 70020))
  await assert.rejects(signIn(), { code: 'signin/device-code-expired', entraCode: 70020 })
  const asked = server.requests.length
  server.deviceAnswer = { expires_in: 12, interval: 5 }
  server.refusals.push(pending, pending, pending)
  await assert.rejects(signIn(), { code: 'signin/device-code-expired' })
  assert.equal(server.requests.length - asked, 2, 'no question after its end')
  assert.deepEqual(clock.waitsMs.slice(1), [5_000, 5_000, 2_000])
})

test('a registration that allows no public client flows is a matter of configuration (AADSTS7000218)', async (t) => {
  const { server, signIn } = await start(t)
  server.refusals.push({ ...refusal('invalid_client', 7000218), status: 401 })
  await assert.rejects(signIn(), {
    code: 'signin/client-refused',
    recovery: 'fix-configuration',
    entraCode: 7000218,
  })
})

test('another person, or the same name given to another person, is refused', async (t) => {
  const { server, signIn } = await start(t)
  await assert.rejects(signIn({ expectedUsername: 'ada@contoso.example' }), { code: 'signin/wrong-account' })
  const pinnedTo = { oid: 'bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee', tid: fixtureTenant }
  await assert.rejects(signIn({ expectedUsername: 'invoice.bot@contoso.example', pinnedTo }), {
    code: 'signin/wrong-account',
    message: /another person than the one signed in here/,
  })
  server.claims = { preferred_username: 'renamed.bot@contoso.example' }
  const same = { oid: fixtureOid, tid: fixtureTenant }
  const { account } = await signIn({ expectedUsername: 'invoice.bot@contoso.example', pinnedTo: same })
  assert.equal(account.username, 'renamed.bot@contoso.example', 'renamed, and still the same person')
})

test('an ID token with a wrong signature, audience or tenant is refused here too', async (t) => {
  const { server, signIn } = await start(t)
  server.claims = { aud: 'someone-else' }
  await assert.rejects(signIn(), { code: 'signin/id-token-invalid' })
  server.claims = { tid: '22222222-2222-4333-8444-555555555555' }
  await assert.rejects(signIn(), { code: 'signin/wrong-tenant' })
  server.claims = {}
  server.wrongKey = true
  await assert.rejects(signIn(), { code: 'signin/id-token-invalid' })
})

test('an address to type the code at that is not safe is never shown', async (t) => {
  const { server, codes, signIn } = await start(t)
  for (const verification_uri of [
    'http://evil.example/devicelogin',
    'javascript:alert(1)',
    'https://microsoft.com@evil.example',
  ]) {
    server.deviceAnswer = { verification_uri }
    await assert.rejects(signIn(), { code: 'signin/reply-malformed' })
  }
  assert.deepEqual(codes, [])
})

test('the wait for the person can be ended by a time-out or by the caller', async (t) => {
  const { server, client, signIn } = await start(t)
  const never: Clock = {
    nowMs: () => Date.now(),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        if (ms === 1_000) setImmediate(resolve)
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
      }),
  }
  await assert.rejects(signIn({ clock: never, timeoutMs: 1_000 }), { code: 'signin/timed-out' })
  const stop = new AbortController()
  const waiting = signIn({ clock: never, signal: stop.signal, onCode: () => stop.abort() })
  await assert.rejects(waiting, { code: 'signin/aborted' })
  assert.equal(server.requests.length, 0)
  assert.ok(client)
})
