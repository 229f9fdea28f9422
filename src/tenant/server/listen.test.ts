// Slow-loris: clients that send a byte now and then. The limits are the listeners’ own, only shorter, so that nobody waits.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { test } from 'node:test'
import { endServers, listenOn, patience, portOf } from './listen.ts'

test('a client that sends its head or its body too slowly is hung up on, and the others are answered', async (t) => {
  const limits = {
    ...patience,
    headersTimeout: patience.headersTimeout / 50,
    requestTimeout: patience.requestTimeout / 50,
    connectionsCheckingInterval: patience.connectionsCheckingInterval / 50,
  }
  const server = createServer(limits, (request, response) => {
    request.resume().on('end', () => response.end('answered'))
  })
  await listenOn(server, '127.0.0.1', 0)
  t.after(() => endServers([server]))
  const hungUp = [
    '',
    'GET / HTTP/1.1\r\nHost: 127',
    'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nslow',
  ].map(async (sent) => {
    const socket = connect(portOf(server), '127.0.0.1').on('error', () => undefined)
    socket.resume().write(sent)
    await once(socket, 'close')
  })
  const other = await fetch(`http://127.0.0.1:${portOf(server)}/`)
  assert.equal(await other.text(), 'answered')
  await Promise.all(hungUp)
})

test('a client has 15 seconds for its head and 60 for its whole request, looked at every 2', () => {
  const server = createServer(patience)
  assert.deepEqual([server.headersTimeout, server.requestTimeout], [15_000, 60_000])
  assert.equal(patience.connectionsCheckingInterval, 2_000)
})
