// Attacks by name that spend something of the tenant's: time, memory, connections. The others: security.test.ts.
import assert from 'node:assert/strict'
import crypto, { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { syncBuiltinESMExports } from 'node:module'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { Browser, redirectUri, startPeople, type Application, type People } from './person.fixture.ts'

let people: People
let bot: Application
let origin: string
before(async () => {
  people = await startPeople()
  origin = people.tenant.origin
  bot = await people.register({ publicClient: { redirectUris: [redirectUri] } })
})
after(() => people.tenant.close())

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** What was compared in constant time while `work` ran, as pairs of hex digests. */
async function comparedDuring(work: () => Promise<unknown>): Promise<string[][]> {
  const pairs: string[][] = []
  const real = crypto.timingSafeEqual
  const hex = (one: Parameters<typeof real>[0]): string =>
    Buffer.from(
      ArrayBuffer.isView(one)
        ? new Uint8Array(one.buffer, one.byteOffset, one.byteLength)
        : new Uint8Array(one),
    ).toString('hex')
  crypto.timingSafeEqual = (one, other) => {
    pairs.push([hex(one), hex(other)])
    return real(one, other)
  }
  syncBuiltinESMExports()
  try {
    await work()
  } finally {
    crypto.timingSafeEqual = real
    syncBuiltinESMExports()
  }
  return pairs
}

test('timing-safe secret compare: every secret is compared as a digest in constant time, whatever its length', async () => {
  const { controlToken } = people.tenant
  const web = await people.register({ web: { redirectUris: ['https://bot.contoso.example/cb'] } })
  const made = await people.graph('POST', `/applications/${web.id}/addPassword`, {})
  const { secretText } = (await made.json()) as { secretText: string }
  const secret = (client_secret: string) =>
    people.token({
      client_id: web.appId,
      grant_type: 'client_credentials',
      scope: 'https://graph.microsoft.com/.default',
      client_secret,
    })
  const login = await people.createUser()
  const signIn = async (passwd: string) => {
    const browser = new Browser(origin)
    await browser.open(people.authorize(bot.appId, { login_hint: login }))
    return browser.submit({ passwd })
  }
  const control = (token: string) =>
    fetch(`${origin}/_letterlock/status`, { headers: { authorization: `Bearer ${token}` } })
  const csrf = async (token: string) => {
    const browser = new Browser(origin)
    await browser.open(people.authorize(bot.appId))
    const { url, body } = browser.formOf({ login })
    body.set('csrf', token)
    return browser.open(url, { method: 'POST', body })
  }
  for (const [what, right, send] of [
    ['client secret', secretText, secret],
    ['password', people.passwordOf(login), signIn],
    ['control token', controlToken, control],
    ['CSRF token', randomBytes(32).toString('base64url'), csrf],
  ] as const)
    for (const wrong of [`${right.slice(0, -1)}~`, right.slice(0, 5), `${right}${right}`]) {
      const pairs = await comparedDuring(() => send(wrong))
      const pair = pairs.find((one) => one.includes(sha256(wrong)))
      assert.ok(pair, `the ${what} was compared another way`)
      assert.deepEqual(
        pair.map((one) => one.length),
        [64, 64],
        what,
      )
    }
  const { body } = await secret(secretText)
  assert.ok(body['access_token'], 'the right one is let in')
})

test('slow-loris: two hundred clients that send nearly nothing keep nobody else waiting', async (t) => {
  const beginnings = [
    '',
    'G',
    'GET / HTTP/1.1\r\nHost: 127',
    'POST /common/oauth2/v2.0/token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 5000\r\n\r\na=',
  ]
  const sockets = Array.from({ length: 200 }, (_, index) => {
    const socket = connect(people.tenant.port, '127.0.0.1').on('error', () => undefined)
    socket.write(beginnings[index % beginnings.length]!)
    return socket
  })
  t.after(() => sockets.forEach((socket) => socket.destroy()))
  await Promise.all(sockets.map((socket) => (socket.connecting ? once(socket, 'connect') : undefined)))
  const login = await people.createUser()
  const page = await people.signIn(new Browser(origin), people.authorize(bot.appId), login)
  assert.equal(page.name, 'consent')
  assert.equal(sockets.filter((socket) => socket.destroyed).length, 0, 'they are all still there')
  // That they are hung up on later is shown in ../server/listen.test.ts.
})

test('oversized bodies: refused with 413 on every form and API, announced or not, and the tenant lives on', async () => {
  const { tenantId } = people.tenant
  const big = 'x'.repeat(1_000_000)
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  for (const path of [
    `/${tenantId}/oauth2/v2.0/token`,
    `/${tenantId}/oauth2/v2.0/authorize`,
    `/${tenantId}/oauth2/v2.0/logout`,
    `/${tenantId}/oauth2/v2.0/devicecode`,
    `/${tenantId}/login`,
    '/devicelogin',
  ]) {
    const announced = await fetch(origin + path, { method: 'POST', headers, body: `a=${big}` })
    assert.equal(announced.status, 413, path)
    const chunks = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode(big.slice(0, 100_000)))
      },
    })
    const small = await fetch(origin + path, {
      method: 'POST',
      headers,
      body: new Blob(['a=b']).stream(),
      duplex: 'half',
    })
    assert.ok(small.status < 500, `${path} takes a small body in chunks: ${small.status}`)
    const streamed = await fetch(origin + path, {
      method: 'POST',
      headers,
      body: chunks,
      duplex: 'half',
    }).then(
      (reply) => reply.status,
      () => 'closed',
    )
    assert.ok(streamed === 413 || streamed === 'closed', `${path} ${streamed}`)
  }
  const control = await fetch(`${origin}/_letterlock/users`, {
    method: 'POST',
    headers: { authorization: `Bearer ${people.tenant.controlToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ displayName: big }),
  })
  assert.equal(control.status, 413)
  const graph = await people.graph('POST', '/applications', { displayName: 'x'.repeat(9_000_000) })
  assert.equal(graph.status, 413)
  const long = await fetch(people.authorize(bot.appId, { state: 'x'.repeat(100_000) }))
  assert.ok([414, 431].includes(long.status), String(long.status))
  assert.equal((await fetch(`${origin}/common/discovery/v2.0/keys`)).status, 200)
})
