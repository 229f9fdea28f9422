// Bytes that no client library sends: to the tenant's own port, to https, and to the proxy, its CONNECT lines above all.
import { once } from 'node:events'
import { connect } from 'node:net'
import { type Dice, scraps } from './scraps.ts'

const hosts = ['login.microsoftonline.com', 'graph.microsoft.com', 'evil.example', '127.0.0.1', 'localhost', '[::1]', '0', ''] // prettier-ignore

function connectLine(dice: Dice): string {
  const host = dice.chance(0.7) ? dice.pick(hosts) : dice.pick(scraps).slice(0, 200)
  const port = dice.pick(['443', '80', '0', '65536', '-1', 'x', '', '443:443', '00443'])
  const line = dice.chance(0.7)
    ? `CONNECT ${host}:${port} HTTP/1.1`
    : `CONNECT ${dice.pick([host, `//${host}`, `https://${host}/`, '*'])} HTTP/${dice.pick(['1.1', '1.0', '2', '9.9', 'x'])}`
  return `${line}\r\nHost: ${dice.pick([`${host}:${port}`, '', 'a, b'])}\r\n\r\n${dice.pick(['', '\x16\x03\x01', 'GET / HTTP/1.1\r\n\r\n', scraps[3]!])}`
}

function requestText(dice: Dice): string {
  const target = dice.pick(['/', '*', 'http://login.microsoftonline.com/', 'https://graph.microsoft.com/v1.0/me', 'https://u:p@graph.microsoft.com/', 'http://127.0.0.1:1/', 'https://', '//x', '/\x7f', '/%00', 'x:y:z', '']) // prettier-ignore
  const head = `${dice.pick(['GET', 'POST', 'OPTIONS', 'TRACE', 'PRI', 'get', 'G\0T', ''])} ${target} HTTP/${dice.pick(['1.1', '1.1', '1.0', '0.9', '2.0', ''])}`
  const headers = Array.from(
    { length: Math.floor(dice.next() * 4) },
    () =>
    dice.pick([
      'Host: 127.0.0.1', 'Host:', 'Host: a\r\nHost: b', 'Transfer-Encoding: chunked', 'Transfer-Encoding: x', 'Content-Length: -1', 'Content-Length: 5\r\nContent-Length: 6',
      'Content-Length: 99999999999999999999', 'Expect: 100-continue', 'Upgrade: h2c\r\nConnection: upgrade', 'X: ' + 'y'.repeat(20_000), ': x', 'X\0: y', '\tfolded', 'Range: bytes=1-0',
    ]), // prettier-ignore
  )
  return `${[head, ...headers].join(dice.pick(['\r\n', '\r\n', '\n']))}\r\n\r\n${dice.pick(['', '5\r\nabc', 'ffffffffffffffff\r\n', '0\r\n\r\n', '{'])}`
}

/** Longer than an unfinished TLS handshake is waited for (src/tenant/server/tls-server.ts). */
const deadlineMs = 20_000

/** Sends the bytes and closes its side; resolves with the status of the answer, 0 when the server just hung up. */
export async function sendRaw(port: number, dice: Dice): Promise<{ status: number; sent: string }> {
  const sent = dice.chance(0.5) ? connectLine(dice) : requestText(dice)
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  let said = ''
  socket.on('data', (chunk: Buffer) => (said += chunk.toString('latin1').slice(0, 64)))
  socket.on('error', () => undefined)
  socket.end(sent)
  try {
    await once(socket, 'close', { signal: AbortSignal.timeout(deadlineMs) })
  } catch {
    throw new Error(`${port} keeps the connection after ${JSON.stringify(sent.slice(0, 300))}`)
  } finally {
    socket.destroy()
  }
  return { status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(said)?.[1] ?? 0), sent }
}
