import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { inspect } from 'node:util'
import { createGraphClient, type GraphClient, type GraphClientOptions, GraphError } from './index.ts'
import { createSimulatedClock } from './simulated-clock.ts'

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void

/** Answers the requests in turn, the last answer for all that follow, and keeps what it saw. */
async function scriptedServer(t: TestContext, ...answers: Answer[]) {
  const seen: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('latin1')
      seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body })
      answers[Math.min(seen.length, answers.length) - 1]?.(request, response, body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return { seen, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (_request, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json', 'request-id': 'r-1', ...headers })
    response.end(JSON.stringify(body))
  }
const failure = (status: number, code: string, headers: Record<string, string> = {}): Answer =>
  json(status, { error: { code, message: 'for people' } }, headers)
const reset: Answer = (request) => request.socket.destroy()

function clientOf(graphOrigin: string, o: Partial<GraphClientOptions> = {}): GraphClient {
  return createGraphClient({
    graphOrigin,
    getToken: async () => ({ token: 'token-one' }),
    clock: createSimulatedClock(),
    ...o,
  })
}

async function failureOf(work: Promise<unknown>): Promise<GraphError> {
  try {
    await work
  } catch (error) {
    assert.ok(error instanceof GraphError, `a GraphError, not ${inspect(error)}`)
    return error
  }
  return assert.fail('it succeeded')
}

test('a throttled POST goes again after Retry-After, fractions and all', async (t) => {
  const clock = createSimulatedClock()
  const { origin, seen } = await scriptedServer(
    t,
    failure(429, 'ApplicationThrottled', { 'Retry-After': '2.128' }),
    json(201, { id: 'm' }),
  )
  const startedAtMs = clock.nowMs()
  const reply = await clientOf(origin, { clock }).request('POST', '/me/messages', { body: { subject: 'x' } })
  assert.equal(reply.status, 201)
  assert.equal(seen.length, 2)
  assert.ok(clock.nowMs() - startedAtMs >= 2_128)
})

test('a POST answered with 5xx is sent once, and may have happened', async (t) => {
  for (const status of [500, 502, 503, 504]) {
    const { origin, seen } = await scriptedServer(t, failure(status, 'UnknownError', { 'Retry-After': '1' }))
    const error = await failureOf(clientOf(origin).request('POST', '/me/messages/a/send'))
    assert.equal(error.code, 'graph/unavailable')
    assert.equal(error.mayHaveHappened, true)
    assert.equal(seen.length, 1)
  }
})

test('a POST whose connection breaks is sent once, and may have happened', async (t) => {
  const { origin, seen } = await scriptedServer(t, reset)
  const error = await failureOf(clientOf(origin).request('POST', '/me/messages/a/send'))
  assert.equal(error.code, 'graph/connection-lost')
  assert.equal(error.mayHaveHappened, true)
  assert.equal(seen.length, 1)
})

test('a POST that Graph refuses did not happen', async (t) => {
  for (const [status, code] of [
    [400, 'graph/bad-request'],
    [403, 'graph/refused'],
    [404, 'graph/not-found'],
    [409, 'graph/conflict'],
    [412, 'graph/conflict'],
    [501, 'graph/not-supported'],
    [507, 'graph/mailbox-full'],
  ] as const) {
    const { origin, seen } = await scriptedServer(t, failure(status, 'Whatever'))
    const error = await failureOf(clientOf(origin).request('POST', '/me/messages/a/send'))
    assert.deepEqual([error.code, error.mayHaveHappened, seen.length], [code, false, 1])
  }
})

test('a read goes on after 503, 504 and a broken connection', async (t) => {
  const { origin, seen } = await scriptedServer(
    t,
    failure(503, 'ErrorServerBusy'),
    failure(504, 'UnknownError'),
    reset,
    json(200, { id: 'me' }),
  )
  assert.deepEqual((await clientOf(origin).request('GET', '/me')).body, { id: 'me' })
  assert.equal(seen.length, 4)
})

test('a conflict that follows a doubtful attempt is still doubtful', async (t) => {
  const { origin } = await scriptedServer(
    t,
    failure(504, 'UnknownError'),
    failure(412, 'ErrorIrresolvableConflict'),
  )
  const error = await failureOf(
    clientOf(origin).request('PATCH', '/me/messages/a', { body: { isRead: true } }),
  )
  assert.equal(error.code, 'graph/conflict')
  assert.equal(error.mayHaveHappened, true)
})

test('a server that is not there gets every kind of request again, and none of them happened', async (t) => {
  const { origin } = await scriptedServer(t, reset)
  let sent = 0
  const fetch: typeof globalThis.fetch = async () => {
    sent += 1
    throw new TypeError('fetch failed', {
      cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
    })
  }
  const error = await failureOf(clientOf(origin, { fetch }).request('POST', '/me/messages/a/send'))
  assert.equal(error.code, 'graph/unavailable')
  assert.equal(error.mayHaveHappened, false)
  assert.ok(sent > 2)
})

test('a claims challenge is passed to the token request and the call replayed once', async (t) => {
  const claims = '{"access_token":{"nbf":{"essential":true,"value":"1"}}}'
  const challenge = {
    'WWW-Authenticate': `Bearer realm="", error="insufficient_claims", claims="${Buffer.from(claims).toString('base64')}"`,
  }
  const { origin, seen } = await scriptedServer(t, failure(401, 'InvalidAuthenticationToken', challenge))
  const asked: unknown[] = []
  const getToken: GraphClientOptions['getToken'] = async (o) => {
    asked.push(o?.claims)
    return { token: `token-${asked.length}` }
  }
  const error = await failureOf(clientOf(origin, { getToken }).request('GET', '/me'))
  assert.equal(error.code, 'graph/unauthorized')
  assert.equal(error.recovery, 'sign-in-again')
  assert.deepEqual(asked, [undefined, claims])
  assert.deepEqual(
    seen.map((request) => request.headers.authorization),
    ['Bearer token-1', 'Bearer token-2'],
  )
})

test('a dead token is renewed once, and the same token is not tried twice', async (t) => {
  const { origin, seen } = await scriptedServer(t, failure(401, 'InvalidAuthenticationToken'), json(200, {}))
  const getToken: GraphClientOptions['getToken'] = async (o) => ({
    token: o?.forceRefresh === true ? 'new' : 'old',
  })
  await clientOf(origin, { getToken }).request('POST', '/me/messages', { body: {} })
  assert.equal(seen[1]?.headers.authorization, 'Bearer new')

  const fixed = await scriptedServer(t, failure(401, 'InvalidAuthenticationToken'))
  assert.equal((await failureOf(clientOf(fixed.origin).request('GET', '/me'))).code, 'graph/unauthorized')
  assert.equal(fixed.seen.length, 1)
})

test('a redirect is refused and its target hears nothing', async (t) => {
  const other = await scriptedServer(t, json(200, {}))
  for (const status of [301, 302, 303, 307, 308]) {
    const { origin } = await scriptedServer(t, json(status, {}, { Location: `${other.origin}/v1.0/me` }))
    assert.equal((await failureOf(clientOf(origin).request('GET', '/me'))).code, 'graph/foreign-origin')
  }
  assert.equal(other.seen.length, 0)
})

test('no other origin is sent the token, whatever a link says', async (t) => {
  const other = await scriptedServer(t, json(200, { value: [] }))
  const { origin, seen } = await scriptedServer(
    t,
    json(200, { value: [1], '@odata.nextLink': `${other.origin}/v1.0/x` }),
  )
  const pages = clientOf(origin).pages('/me/messages')[Symbol.asyncIterator]()
  assert.deepEqual((await pages.next()).value, [1])
  assert.equal((await failureOf(Promise.resolve(pages.next()))).code, 'graph/foreign-origin')
  assert.equal(other.seen.length, 0)
  const client = clientOf(origin)
  const port = new URL(origin).port
  for (const path of [
    'https://graph.microsoft.com/v1.0/me',
    `http://localhost:${port}/v1.0/me`,
    `http://user@127.0.0.1:${port}/v1.0/me`,
    `${origin}/_letterlock/faults`,
    '/../_letterlock/faults',
    'file:///etc/passwd',
  ]) {
    assert.equal(
      (await failureOf(Promise.resolve().then(() => client.request('GET', path)))).code,
      'graph/foreign-origin',
      path,
    )
  }
  assert.equal(seen.length, 1)
  assert.throws(() => clientOf('http://graph.example'), { code: 'graph/foreign-origin' })
})

test('pages are followed to the end with the same headers, and a link that repeats ends in an error', async (t) => {
  const page =
    (value: number[], next?: string): Answer =>
    (request, response) =>
      json(200, {
        value,
        ...(next === undefined ? {} : { '@odata.nextLink': `http://${request.headers.host}${next}` }),
      })(request, response, '')
  const { origin, seen } = await scriptedServer(
    t,
    page([1, 2], '/v1.0/p?$skip=2'),
    page([], '/v1.0/p?$skip=3'),
    page([3]),
  )
  const options = { headers: { Prefer: 'x' }, query: { $top: 2, $filter: "subject eq 'a+b & c'" } }
  const got: number[] = []
  for await (const rows of clientOf(origin).pages<number>('/me/messages', options)) got.push(...rows)
  assert.deepEqual(got, [1, 2, 3])
  assert.equal(seen[0]?.url, '/v1.0/me/messages?$top=2&$filter=subject%20eq%20%27a%2Bb%20%26%20c%27')
  assert.deepEqual(
    seen.map((request) => request.headers['prefer']),
    ['x', 'x', 'x'],
  )

  const circle = await scriptedServer(t, page([1], '/v1.0/p?$skip=2'))
  const error = await failureOf(Array.fromAsync(clientOf(circle.origin).pages('/me/messages')))
  assert.equal(error.code, 'graph/reply-malformed')
  assert.equal(circle.seen.length, 2)
})

test('a success that cannot be read is malformed, and a write among them may have happened', async (t) => {
  const { origin } = await scriptedServer(t, (_request, response) => response.end('<html>'))
  const error = await failureOf(clientOf(origin).request('POST', '/me/messages', { body: {} }))
  assert.equal(error.code, 'graph/reply-malformed')
  assert.equal(error.mayHaveHappened, true)
  assert.doesNotMatch(inspect(error), /html/)
})

test('no answer within the deadline is a time-out, and a write may have happened', async (t) => {
  const { origin, seen } = await scriptedServer(t, () => undefined)
  const error = await failureOf(clientOf(origin).request('POST', '/me/messages/a/send', { deadlineMs: 60 }))
  assert.equal(error.code, 'graph/timed-out')
  assert.equal(error.mayHaveHappened, true)
  assert.equal(seen.length, 1)
})

test('waiting longer than the deadline is not begun', async (t) => {
  const clock = createSimulatedClock()
  const { origin, seen } = await scriptedServer(
    t,
    failure(429, 'ApplicationThrottled', { 'Retry-After': '600' }),
  )
  const error = await failureOf(clientOf(origin, { clock }).request('GET', '/me', { deadlineMs: 5_000 }))
  assert.equal(error.code, 'graph/throttled')
  assert.equal(error.retryAfterMs, 600_000)
  assert.equal(seen.length, 1)
  assert.deepEqual(clock.slept, [])
})

test('an error names status, code and ids, and holds no token', async (t) => {
  const { origin, seen } = await scriptedServer(t, failure(403, 'ErrorAccessDenied'))
  const getToken: GraphClientOptions['getToken'] = async () => ({
    token: { reveal: () => 'very-secret-token' },
  })
  const error = await failureOf(
    clientOf(origin, { getToken }).request('GET', '/me/messages', { query: { $top: 1 } }),
  )
  assert.equal(error.status, 403)
  assert.equal(error.graphCode, 'ErrorAccessDenied')
  assert.equal(error.recovery, 'ask-admin')
  assert.deepEqual(error.ids, { requestId: 'r-1', correlationId: seen[0]?.headers['client-request-id'] })
  assert.doesNotMatch(inspect(error, { depth: 9 }) + JSON.stringify(error), /very-secret-token/)
})

test('bytes arrive whole, and a download that breaks off starts again', async (t) => {
  const bytes = Buffer.alloc(300_000, 'abc')
  const { origin, seen } = await scriptedServer(
    t,
    (_request, response) => {
      response.writeHead(200, { 'Content-Length': String(bytes.length) })
      response.write(bytes.subarray(0, 1_000), () => response.destroy())
    },
    (_request, response) => response.end(bytes),
  )
  const { body } = await clientOf(origin).request<Uint8Array>('GET', '/me/messages/a/attachments/b/$value', {
    bytes: true,
  })
  assert.ok(bytes.equals(body))
  assert.equal(seen.length, 2)
})

test('an upload carries its range and no token, and only to the hosts of the cloud', async (t) => {
  const { origin, seen } = await scriptedServer(t, json(201, {}))
  const client = clientOf(origin)
  await client.upload(`${origin}/upload/1?authtoken=t`, { bytes: Buffer.from('abc'), from: 10, total: 13 })
  assert.equal(seen[0]?.headers.authorization, undefined)
  assert.equal(seen[0]?.headers['content-range'], 'bytes 10-12/13')
  for (const url of [
    'https://evil.example/u',
    'http://outlook.office.com/u',
    'https://outlook.office.com:8443/u',
    'nonsense',
  ]) {
    const range = { bytes: Buffer.from('abc'), from: 0, total: 3 }
    await assert.rejects(async () => client.upload(url, range), { code: 'graph/foreign-origin' })
  }
})

test('aborting ends a wait at once with the reason given', async (t) => {
  const { origin } = await scriptedServer(t, () => undefined)
  const abort = new AbortController()
  const work = clientOf(origin).request('GET', '/me', { signal: abort.signal })
  setImmediate(() => abort.abort(new Error('Ctrl-C')))
  await assert.rejects(work, /Ctrl-C/)
})

test('no more than four requests travel at once', async (t) => {
  let inFlight = 0
  let most = 0
  const { origin } = await scriptedServer(t, (request, response) => {
    inFlight += 1
    most = Math.max(most, inFlight)
    setImmediate(() => {
      inFlight -= 1
      json(200, {})(request, response, '')
    })
  })
  const client = clientOf(origin)
  await Promise.all(Array.from({ length: 40 }, () => client.request('GET', '/me')))
  assert.ok(most >= 2 && most <= 4, `${most} at once`)
})
