// Attacks on the person's side of the sign-in, by name. Those on the tenant's side: src/tenant/identity/security.test.ts.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { networkInterfaces } from 'node:os'
import { test, type TestContext } from 'node:test'
import { signInWithBrowser } from './index.ts'
import { receiveRedirect } from './node/loopback.ts'
import { publicClientOf, startTokenServer } from './token-server.fixture.ts'

/** A browser whose walk can be waited for: it may end after the sign-in does. */
function browser<T>(walk: (url: string) => Promise<T>): { openUrl(url: string): void; end(): Promise<T> } {
  const ended = Promise.withResolvers<T>()
  return { openUrl: (url) => void walk(url).then(ended.resolve, ended.reject), end: () => ended.promise }
}

const readPage = async (url: string): Promise<string> => (await fetch(url)).text()

async function start(t: TestContext) {
  const server = await startTokenServer()
  t.after(() => server.close())
  const client = publicClientOf(server)
  return { server, client }
}

/** Another program of this machine, waiting where the code might come. */
async function squat(
  t: TestContext,
  host: string,
): Promise<{ port: number; heard: string[]; server: Server }> {
  const heard: string[] = []
  const server = createServer((request, response) => {
    heard.push(request.url ?? '')
    response.end()
  }).listen({ host, port: 0, ipv6Only: host === '::1' })
  await once(server, 'listening')
  t.after(() => server.close())
  return { port: (server.address() as { port: number }).port, heard, server }
}

const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === '::1'),
)

for (const host of ['127.0.0.1', '::1']) {
  test(
    `loopback hijack: a program that waits on ${host} alone never gets the code`,
    { skip: host === '::1' && !hasIpv6 && 'no IPv6 on this machine' },
    async (t) => {
      const { client } = await start(t)
      const other = await squat(t, host)
      const redirectUri = `http://localhost:${other.port}/Callback`
      const signedIn = await signInWithBrowser({
        client: { ...client, redirectUri },
        openUrl: async (url) => void (await (await fetch(url)).text()),
      })
      assert.notEqual(new URL(signedIn.redirectReceived).port, String(other.port))
      assert.deepEqual(other.heard, [])
    },
  )
}

test('port squatting: where the port counts, a taken one ends the sign-in before any address is opened', async (t) => {
  const { client } = await start(t)
  const other = await squat(t, '127.0.0.1')
  const cloud = { ...client.cloud, ignoresLocalhostPort: false }
  for (const host of ['localhost', '127.0.0.1']) {
    const redirectUri = `http://${host}:${other.port}/Callback`
    await assert.rejects(
      signInWithBrowser({ client: { ...client, cloud, redirectUri }, openUrl: () => assert.fail('opened') }),
      { code: 'signin/port-busy' },
    )
  }
  assert.deepEqual(other.heard, [])
})

test('port squatting: nobody can take the port while we wait on it', async (t) => {
  const receiver = await receiveRedirect({
    redirectUri: 'http://localhost/Callback',
    serverIgnoresPort: true,
    state: 'state',
  })
  t.after(() => receiver.finish({ kind: 'failed' }))
  const { port } = new URL(receiver.redirectUri)
  for (const host of receiver.hosts) {
    const thief = createServer().listen({ host, port: Number(port), ipv6Only: host === '::1' })
    const [error] = (await once(thief, 'error')) as [NodeJS.ErrnoException]
    assert.equal(error.code, 'EADDRINUSE')
  }
})

test('code injection: a code of another sign-in is refused, even where the attacker knows our state', async (t) => {
  const { client, server } = await start(t)
  const stolen = async (url: string): Promise<string> => {
    const theirs = new URL(url)
    theirs.searchParams.set('code_challenge', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')
    return (await fetch(theirs, { redirect: 'manual' })).headers.get('location') ?? ''
  }
  await assert.rejects(
    signInWithBrowser({
      client,
      openUrl: async (url) => void (await (await fetch(await stolen(url))).text()),
    }),
    { code: 'signin/code-refused', entraCode: 501481 },
  )
  assert.equal(server.requests.length, 1)
})

test('mix-up: an answer of another server, naming itself, is refused before the code is sent anywhere', async (t) => {
  const { client, server } = await start(t)
  const mixed = async (url: string): Promise<void> => {
    const back = new URL((await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '')
    back.searchParams.set('iss', 'https://login.evil.example/v2.0')
    await (await fetch(back)).text()
  }
  await assert.rejects(signInWithBrowser({ client, openUrl: mixed }), { code: 'signin/issuer-mismatch' })
  assert.equal(server.requests.length, 0)
})

test('history and referrer: the code leaves the address bar, is on no page, and no page tells where it came from', async (t) => {
  const { client } = await start(t)
  const { openUrl, end } = browser(async (url) => {
    const back = (await fetch(url, { redirect: 'manual' })).headers.get('location') ?? ''
    const first = await fetch(back, { redirect: 'manual' })
    assert.equal(first.status, 303)
    const next = new URL(first.headers.get('location') ?? '', back)
    const last = await fetch(next)
    return [
      { url: '', text: await first.text(), headers: first.headers },
      { url: next.href, text: await last.text(), headers: last.headers },
    ]
  })
  await signInWithBrowser({ client, openUrl })
  const pages = await end()
  assert.equal(pages.length, 2)
  assert.match(pages[1]!.text, /Signed in as Invoice\.Bot@contoso\.example/)
  for (const { url, text, headers } of pages) {
    assert.doesNotMatch(url + text, /code=|state=|[0-9a-f]{32}/)
    assert.equal(headers.get('referrer-policy'), 'no-referrer')
    assert.equal(headers.get('cache-control'), 'no-store')
  }
})

test('a name in the ID token cannot write into the last page', async (t) => {
  const { client, server } = await start(t)
  server.claims = { preferred_username: '<script>alert(1)</script>' }
  const { openUrl, end } = browser(readPage)
  await signInWithBrowser({ client, openUrl })
  const text = await end()
  assert.match(text, /&#60;script&#62;/)
  assert.doesNotMatch(text, /<script/)
})

test('the last page says what happened for a refusal, with its code and number, and nothing of the request', async (t) => {
  const { client, server } = await start(t)
  const body = { error: 'invalid_grant', error_description: 'AADSTS70008: <b>late</b>', error_codes: [70008] }
  server.refusals.push({ status: 400, body })
  const { openUrl, end } = browser(readPage)
  await assert.rejects(signInWithBrowser({ client, openUrl }), { code: 'signin/code-refused' })
  const text = await end()
  assert.match(text, /took too long, or its code was used already\. \(signin\/code-refused, AADSTS70008\)/)
  assert.doesNotMatch(text, /late/)
})
