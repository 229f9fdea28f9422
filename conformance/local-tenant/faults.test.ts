import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { systemClock, type Clock } from '../../src/facts/clock.ts'
import { graphCommandLineToolsClientId } from '../../src/facts/well-known-clients.ts'
import {
  createTokenSource,
  openMemoryVault,
  signInAsApplication,
  SignInError,
  signInWithBrowser,
  type SignedIn,
  type Vault,
} from '../../src/signin/index.ts'
import { makeCertificate, startClientLab, type ClientLab } from './lab.ts'

type Answer = (send: () => Promise<Response>) => Promise<Response>

/** The network in front of the tenant: each answer of the token endpoint goes through the next of these. */
function through(...answers: Answer[]): { fetch: typeof fetch; left: Answer[] } {
  const left = [...answers]
  const faulty = (async (input: string | URL | Request, init?: RequestInit) => {
    const url = String(input instanceof Request ? input.url : input)
    const send = (): Promise<Response> => fetch(input, init)
    const next = url.endsWith('/token') ? left.shift() : undefined
    return next ? next(send) : send()
  }) as typeof fetch
  return { fetch: faulty, left }
}

const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  async () =>
    new Response('{"error":"temporarily_unavailable"}', {
      status: code,
      headers: { 'content-type': 'application/json', ...headers },
    })
const lost: Answer = async (send) => {
  await (await send()).text()
  throw new TypeError('fetch failed')
}
const unreachable: Answer = async () => Promise.reject(new TypeError('fetch failed'))
const changed =
  (change: (text: string) => string): Answer =>
  async (send) => {
    const reply = await send()
    return new Response(change(await reply.text()), { status: reply.status, headers: reply.headers })
  }
const truncated = changed((text) => text.slice(0, text.length / 2))
const doubled = changed((text) => text + text)
const page = async (): Promise<Response> =>
  new Response('<html>Sign in to this hotel’s network</html>', { headers: { 'content-type': 'text/html' } })
/** The request arrives twice, as a proxy that repeats it would do. */
const repeated: Answer = async (send) => {
  const first = await send()
  await (await send()).text()
  return first
}

function signIn(lab: ClientLab, o: { fetch?: typeof fetch; clock?: Clock } = {}): Promise<SignedIn> {
  return signInWithBrowser({
    client: {
      cloud: lab.cloud,
      tenant: lab.tenant.tenantId,
      clientId: graphCommandLineToolsClientId,
      clientKind: 'public',
      redirectUri: 'http://localhost',
      scopes: ['User.Read'],
    },
    openUrl: (url) => lab.openUrl(url),
    ...o,
  })
}

async function expired(t: TestContext, lab: ClientLab): Promise<{ vault: Vault; id: string }> {
  const signedIn = await signIn(lab)
  const vault = openMemoryVault()
  t.after(() => vault.close())
  const tokens = { ...signedIn.tokens, obtainedAtMs: Date.now() - 3_600_000, expiresAtMs: Date.now() - 1 }
  vault.save({ ...signedIn, tokens })
  return { vault, id: signedIn.account.id }
}

/** Waits take no time. */
const patient: Clock = { ...systemClock, sleep: async () => undefined }

test('a sign-in whose token answer fails in any way is named, and gives nothing to keep', async (t) => {
  const lab = await startClientLab(t)
  const cases: [string, Answer, RegExp][] = [
    ['429', status(429, { 'retry-after': '7' }), /^signin\/unavailable$/],
    ['500', status(500), /^signin\/unavailable$/],
    ['503', status(503), /^signin\/unavailable$/],
    ['never sent', unreachable, /^signin\/unreachable$/],
    ['lost', lost, /^signin\/unreachable$/],
    ['truncated', truncated, /^signin\/reply-malformed$/],
    ['doubled', doubled, /^signin\/reply-malformed$/],
    ['a page of somebody else', page, /^signin\/reply-malformed$/],
  ]
  for (const [name, answer, code] of cases) {
    const error = await signIn(lab, { fetch: through(answer).fetch }).then(
      () => assert.fail(name),
      (given: unknown) => given,
    )
    assert.ok(error instanceof SignInError, name)
    assert.match(error.code, code, name)
    if (name === '429') assert.equal(error.retryAfterMs, 7_000)
    assert.doesNotMatch(`${error.message} ${String(error.cause)}`, /eyJ|[\w-]{80}/, name)
  }
})

test('a code that a proxy redeems twice still signs in, by the first answer', async (t) => {
  const lab = await startClientLab(t)
  assert.ok((await signIn(lab, { fetch: through(repeated).fetch })).tokens.refreshToken)
})

test('a refresh is asked again after 429, 5xx, a lost answer and a cut connection, and then succeeds', async (t) => {
  const lab = await startClientLab(t)
  const pairs: [Answer, Answer][] = [
    [status(429, { 'retry-after': '1' }), status(503)],
    [lost, unreachable],
    [repeated, status(500)],
  ]
  for (const answers of pairs) {
    const { vault, id } = await expired(t, lab)
    const wire = through(...answers)
    const source = createTokenSource(vault, id, { clock: patient, fetch: wire.fetch })
    assert.ok((await source.getToken()).token)
  }
})

test('a refresh that stays in trouble ends by name, and the next one succeeds: nothing was spoilt', async (t) => {
  const lab = await startClientLab(t)
  const cases: [Answer[], string][] = [
    [[status(503), status(503), status(503)], 'signin/unavailable'],
    [[lost, lost, lost], 'signin/unreachable'],
    [[truncated], 'signin/reply-malformed'],
    [[doubled], 'signin/reply-malformed'],
    [[page], 'signin/reply-malformed'],
  ]
  for (const [answers, code] of cases) {
    const { vault, id } = await expired(t, lab)
    const source = createTokenSource(vault, id, { clock: patient, fetch: through(...answers).fetch })
    await assert.rejects(source.getToken(), { code })
    assert.ok((await source.getToken()).token, code)
  }
})

test('a server that does not answer is given up after the time-out, not before', async (t) => {
  const lab = await startClientLab(t)
  const { vault, id } = await expired(t, lab)
  const waits = (init?: RequestInit): Promise<never> =>
    new Promise((_, reject) =>
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error), { once: true }),
    )
  const deaf = ((input: string | URL, init?: RequestInit) =>
    String(input).endsWith('/token') ? waits(init) : fetch(input, init)) as typeof fetch
  const source = createTokenSource(vault, id, { clock: patient, fetch: deaf, timeoutMs: 200 })
  const began = performance.now()
  await assert.rejects(source.getToken(), { code: 'signin/unreachable', message: /did not answer in time/ })
  assert.ok(performance.now() - began >= 3 * 200 - 20, 'three attempts of 200 ms')
})

for (const minutes of [-10, 10]) {
  test(`a clock that is ${minutes} minutes off signs in, refreshes, and proves itself with a certificate`, async (t) => {
    const lab = await startClientLab(t)
    const offMs = minutes * 60_000
    const clock: Clock = { ...patient, nowMs: () => Date.now() + offMs }
    const signedIn = await signIn(lab, { clock: { ...systemClock, nowMs: clock.nowMs } })
    const vault = openMemoryVault()
    t.after(() => vault.close())
    vault.save(signedIn)
    const source = createTokenSource(vault, signedIn.account.id, { clock })
    const first = await source.getToken()
    assert.ok(first.expiresAtMs > clock.nowMs() + 30 * 60_000)
    assert.notEqual((await source.getToken({ forceRefresh: true })).token.reveal(), first.token.reveal())
    const { pem, keyCredential } = makeCertificate(lab.folder)
    const { appId } = await lab.registerApplication({ keyCredentials: [keyCredential] })
    const credential = { kind: 'certificate' as const, file: pem }
    assert.ok(await signInAsApplication({ client: { ...lab.clientOf(appId), credential }, clock }))
  })
}

test('keys that change between the page and the token are fetched anew: the sign-in succeeds', async (t) => {
  const lab = await startClientLab(t)
  const rollover: Answer = async (send) => {
    const reply = await lab.control('POST', 'keys/rotate', {})
    assert.ok(reply.ok, await reply.text())
    return send()
  }
  assert.ok((await signIn(lab, { fetch: through(rollover).fetch })).tokens.accessToken)
  const after: Answer = async (send) => {
    const answer = await send()
    await lab.control('POST', 'keys/rotate', {})
    return answer
  }
  assert.ok(
    (await signIn(lab, { fetch: through(after).fetch })).tokens.accessToken,
    'the old key is published still',
  )
})
