import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { createServer, connect, type Server } from 'node:net'
import { networkInterfaces } from 'node:os'
import { test, type TestContext } from 'node:test'
import { SignInError } from '../signin-error.ts'
import { receiveRedirect, type ReceiverEvent, type RedirectReceiver } from './loopback.ts'

const state = 'the-state-that-was-sent'

async function open(
  t: TestContext,
  options: { redirectUri?: string; serverIgnoresPort?: boolean } = {},
): Promise<{ receiver: RedirectReceiver; events: ReceiverEvent[]; address: string }> {
  const events: ReceiverEvent[] = []
  const receiver = await receiveRedirect({
    redirectUri: options.redirectUri ?? `http://localhost:${await freePort()}/Callback`,
    serverIgnoresPort: options.serverIgnoresPort ?? true,
    state,
    onEvent: (event) => events.push(event),
  })
  t.after(() => receiver.finish({ kind: 'failed' }))
  return { receiver, events, address: receiver.redirectUri }
}

async function freePort(): Promise<number> {
  const server = await hold('127.0.0.1')
  const port = portOf(server)
  server.close()
  await once(server, 'close')
  return port
}

async function hold(host: string, port = 0): Promise<Server> {
  const server = createServer()
  server.listen({ host, port, ipv6Only: true })
  await once(server, 'listening')
  return server
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === '::1'),
)
const whys = (events: ReceiverEvent[]): string[] =>
  events.flatMap((event) => (event.kind === 'ignored-request' ? [`${event.why} ${event.status}`] : []))
const manual = { redirect: 'manual' } as const

test('the right answer is taken once, and a 303 takes the code out of the address bar', async (t) => {
  const { receiver, address } = await open(t)
  const first = await fetch(`${address}?code=c1&state=${state}`, manual)
  assert.equal(first.status, 303)
  assert.equal(first.headers.get('location'), '/Callback')
  const answer = await receiver.response
  assert.equal(answer.get('code'), 'c1')
  const [page] = await Promise.all([
    fetch(address),
    receiver.finish({ kind: 'signed-in', username: 'ada@contoso.example' }),
  ])
  assert.match(await page.text(), /You are signed in/)
})

test('every page forbids caching, referrers, scripts and frames', async (t) => {
  const { address } = await open(t)
  for (const path of ['', '?state=x', '/../favicon.ico', `?code=c&state=${state}`]) {
    const { headers } = await fetch(address + path, manual)
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('referrer-policy'), 'no-referrer')
    assert.match(
      headers.get('content-security-policy') ?? '',
      /^default-src 'none'; .*frame-ancestors 'none'/,
    )
    assert.doesNotMatch(headers.get('content-security-policy') ?? '', /script-src|unsafe/)
  }
})

test('a page tells the browser that the sign-in failed after the redirect', async (t) => {
  const { receiver, address } = await open(t)
  const page = fetch(`${address}?error=access_denied&state=${state}`)
  assert.equal((await receiver.response).get('error'), 'access_denied')
  await receiver.finish({ kind: 'failed' })
  assert.match(await (await page).text(), /did not finish/)
})

test('favicon, wrong path, wrong case, forged state and a second tab do not end the wait', async (t) => {
  const { receiver, events, address } = await open(t)
  const origin = new URL(address).origin
  const status = async (url: string, init?: RequestInit): Promise<number> =>
    (await fetch(url, { ...manual, ...init })).status
  assert.equal(await status(`${origin}/favicon.ico`), 404)
  assert.equal(await status(`${origin}/callback?code=c&state=${state}`), 404)
  assert.equal(await status(`${origin}/Callback/?code=c&state=${state}`), 404)
  assert.equal(await status(`${origin}/%43allback?code=c&state=${state}`), 404)
  assert.equal(await status(`${address}?code=c&state=forged`), 400)
  assert.equal(await status(`${address}?code=c`), 400)
  assert.equal(await status(`${address}?code=a&code=b&state=${state}`), 400)
  assert.equal(await status(`${address}?code=c&state=${state}&state=${state}`), 400)
  assert.equal(await status(`${address}?state=${state}`), 400)
  assert.equal(await status(address), 400)
  assert.equal(await status(address, { method: 'HEAD' }), 405)
  assert.equal(await status(address, { method: 'POST', body: JSON.stringify({ code: 'c', state }) }), 400)
  assert.equal(await status(`${address}?code=right&state=${state}`), 303)
  assert.equal((await receiver.response).get('code'), 'right')
  assert.equal(await status(`${address}?code=second&state=${state}`), 400)
  assert.deepEqual(whys(events), [
    'wrong-path 404',
    'wrong-path 404',
    'wrong-path 404',
    'wrong-path 404',
    'wrong-state 400',
    'wrong-state 400',
    'repeated-parameter 400',
    'repeated-parameter 400',
    'no-code 400',
    'no-parameters 400',
    'wrong-method 405',
    'wrong-content-type 400',
    'already-received 400',
  ])
})

test('form_post is taken like a query, and too large a body is not', async (t) => {
  const { receiver, events, address } = await open(t)
  const large = await fetch(address, {
    method: 'POST',
    body: new URLSearchParams({ code: 'c'.repeat(70_000), state }),
    ...manual,
  })
  assert.equal(large.status, 413)
  const reply = await fetch(address, {
    method: 'POST',
    body: new URLSearchParams({ code: 'posted', state }),
    ...manual,
  })
  assert.equal(reply.status, 303)
  assert.equal((await receiver.response).get('code'), 'posted')
  assert.deepEqual(whys(events), ['too-large 413'])
})

test('a foreign Host header is refused: a name that points here is not us', async (t) => {
  const { events, address } = await open(t)
  const { port } = new URL(address)
  for (const host of ['evil.example', `evil.example:${port}`, 'localhost:1', 'localhost']) {
    const sent = request({
      host: '127.0.0.1',
      port,
      path: `/Callback?code=c&state=${state}`,
      headers: { host },
    }).end()
    const [response] = (await once(sent, 'response')) as [{ statusCode: number; resume(): void }]
    response.resume()
    assert.equal(response.statusCode, 400)
  }
  assert.equal(whys(events).filter((why) => why === 'wrong-host 400').length, 4)
})

test('localhost is listened on in both families and nowhere else, and only during the wait', async (t) => {
  const { receiver, address } = await open(t)
  const port = Number(new URL(address).port)
  assert.deepEqual(receiver.hosts, hasIpv6 ? ['127.0.0.1', '::1'] : ['127.0.0.1'])
  const outside = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
  for (const { address: host } of outside) assert.equal(await canConnect(host, port), false)
  for (const host of receiver.hosts) assert.equal(await canConnect(host, port), true)
  await receiver.finish({ kind: 'failed' })
  for (const host of receiver.hosts) assert.equal(await canConnect(host, port), false)
})

function canConnect(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

for (const host of ['127.0.0.1', '::1']) {
  test(
    `a port held on ${host} alone is busy: the other process would get the code`,
    { skip: host === '::1' && !hasIpv6 && 'no IPv6 here' },
    async (t) => {
      const other = await hold(host)
      t.after(() => other.close())
      const port = portOf(other)
      const busy = open(t, { redirectUri: `http://localhost:${port}/Callback`, serverIgnoresPort: false })
      await assert.rejects(busy, (error: unknown) => {
        assert.ok(error instanceof SignInError)
        assert.equal(error.code, 'signin/port-busy')
        assert.equal(error.recovery, 'fix-configuration')
        if (process.platform === 'linux')
          assert.match(error.message, new RegExp(`\\(process ${process.pid}\\)`))
        return true
      })
      assert.equal(
        await canConnect(host === '::1' ? '127.0.0.1' : '::1', port),
        false,
        'the half that was free is closed again',
      )
    },
  )
}

test('where the server ignores the port, a busy one is replaced and said so; path and case stay', async (t) => {
  const other = await hold('127.0.0.1')
  t.after(() => other.close())
  const { events, address } = await open(t, { redirectUri: `http://localhost:${portOf(other)}/Callback` })
  const changed = events.find((event) => event.kind === 'port-changed')
  assert.equal(changed?.from, portOf(other))
  assert.equal(address, `http://localhost:${changed?.to}/Callback`)
})

test('an IP literal keeps its port: Entra is not known to ignore it there', async (t) => {
  const other = await hold('127.0.0.1')
  t.after(() => other.close())
  const busy = open(t, { redirectUri: `http://127.0.0.1:${portOf(other)}/Callback` })
  await assert.rejects(busy, { code: 'signin/port-busy' })
})

test('http://localhost without a port gets a free one, twice at once, and no path is added', async (t) => {
  const one = await open(t, { redirectUri: 'http://localhost' })
  const two = await open(t, { redirectUri: 'http://localhost' })
  assert.match(one.address, /^http:\/\/localhost:\d+$/)
  assert.notEqual(one.address, two.address)
  assert.equal((await fetch(`${one.address}/?code=c&state=${state}`, manual)).status, 303)
})

test('a redirect URI that cannot be served here is refused by name', async (t) => {
  const addresses = [
    'https://localhost:9999/Callback',
    'http://contoso.example/Callback',
    'http://localhost:9999/Callback?x=1',
    'http://localhost:0/',
    'http://localhost:70000/',
    'http://user@localhost/',
    'http://localhost.evil.example/',
    'msal1234://auth',
    'http://localhost:9999/#x',
  ]
  for (const redirectUri of addresses) {
    await assert.rejects(open(t, { redirectUri }), { code: 'signin/redirect-uri-unsupported' }, redirectUri)
  }
})
