// One HTTP/1.1 connection that stays open, one request at a time: as little work as can be, so that the server is what is measured.
import { connect, type Socket } from 'node:net'

export interface Reply {
  readonly status: number
  readonly location: string | undefined
  readonly text: string
}

export interface Connection {
  send(head: string, body?: string): Promise<Reply>
  end(): void
}

export async function openConnection(port: number, host: string): Promise<Connection> {
  const socket: Socket = connect({ port, host, noDelay: true })
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  let waiting: { resolve(reply: Reply): void; reject(error: Error): void } | undefined
  let received: Buffer<ArrayBufferLike> = Buffer.alloc(0)
  socket.on('data', (part: Buffer) => {
    received = received.length === 0 ? part : Buffer.concat([received, part])
    const reply = readReply(received)
    if (!reply) return
    received = Buffer.alloc(0)
    waiting?.resolve(reply)
  })
  const fail = (why: string) => (): void => waiting?.reject(new Error(why))
  socket.on('error', fail('the connection broke'))
  socket.on('close', fail('the connection was closed'))
  return {
    send: (head, body = '') =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject }
        socket.write(`${head}\r\n\r\n${body}`)
      }),
    end: () => void socket.destroy(),
  }
}

/** undefined while the answer is not complete. */
function readReply(bytes: Buffer): Reply | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const head = bytes.toString('latin1', 0, end)
  const body = bytes.subarray(end + 4)
  const status = Number(head.slice(9, 12))
  const location = /\r\nlocation: (.*)/i.exec(head)?.[1]?.trimEnd()
  const announced = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (announced !== undefined)
    return body.length < Number(announced) ? undefined : { status, location, text: body.toString() }
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return { status, location, text: '' }
  if (!body.subarray(-5).equals(Buffer.from('0\r\n\r\n'))) return undefined
  return { status, location, text: unchunk(body) }
}

function unchunk(body: Buffer): string {
  let text = ''
  for (let at = 0; ;) {
    const lineEnd = body.indexOf('\r\n', at)
    const size = parseInt(body.toString('latin1', at, lineEnd), 16)
    if (!(size > 0)) return text
    text += body.toString('utf8', lineEnd + 2, lineEnd + 2 + size)
    at = lineEnd + 4 + size
  }
}
