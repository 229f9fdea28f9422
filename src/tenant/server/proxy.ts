// The proxy: Microsoft's names lead to the tenant, everything else is refused. design section 3; RFC 9110 section 9.3.6.
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Socket } from 'node:net'
import { isOurs } from './host-rules.ts'
import { endServers, listenOn, patience, portOf } from './listen.ts'
import { type PassThrough, PassThroughError } from './pass-through.ts'

export interface Proxy {
  readonly port: number
  close(): Promise<void>
}

/** @throws {TenantError} `tenant/port-busy` */
export async function startProxy(o: {
  readonly port: number
  /** Answers a request in absolute form whose address is https and ours. */
  readonly listener: RequestListener
  /** Hands a tunnel to one of our names over to TLS. */
  feed(socket: Socket): void
  readonly passThrough: PassThrough | undefined
}): Promise<Proxy> {
  const tunnels = new Set<Duplex>()
  const server = createServer(patience, (request, response) => void answerAbsoluteForm(o, request, response))
  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    tunnels.add(socket)
    socket.on('error', () => socket.destroy()).on('close', () => tunnels.delete(socket))
    openTunnel(o, { authority: request.url ?? '', socket, head })
  })
  await listenOn(server, '127.0.0.1', o.port)
  return {
    port: portOf(server),
    async close() {
      for (const tunnel of tunnels) tunnel.destroy()
      await endServers([server])
    },
  }
}

type Parts = Pick<Parameters<typeof startProxy>[0], 'listener' | 'feed' | 'passThrough'>

function openTunnel(o: Parts, tunnel: { authority: string; socket: Socket; head: Buffer }): void {
  const { authority, socket, head } = tunnel
  const [, host, port] = /^(\[[\da-f:.]+\]|[^\s:/@[\]]+):(\d{1,5})$/i.exec(authority) ?? []
  if (!host || !port) return endWith(socket, 400, 'CONNECT takes a host and a port.')
  if (isOurs(host)) {
    if (port !== '443') return endWith(socket, 403, refusal(authority))
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    if (head.length > 0) socket.unshift(head)
    return o.feed(socket)
  }
  if (!o.passThrough) return endWith(socket, 403, refusal(authority))
  o.passThrough.connect(host, Number(port)).then(
    (upstream) => {
      if (socket.destroyed) return void upstream.destroy()
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      upstream.write(head)
      upstream.on('error', () => socket.destroy()).on('close', () => socket.destroy())
      socket.on('close', () => upstream.destroy())
      upstream.pipe(socket).pipe(upstream)
    },
    (error: unknown) => endWith(socket, statusOf(error), textOf(error, authority)),
  )
}

async function answerAbsoluteForm(
  o: Parts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = URL.parse(request.url ?? '')
  if (!url || !/^https?:\/\//i.test(request.url!) || url.username || url.password)
    return end(
      response,
      400,
      'This is the proxy of a letterlock local tenant; it serves no pages of its own.',
    )
  if (isOurs(url.hostname)) {
    if (url.port !== '') return end(response, 403, refusal(url.host))
    if (url.protocol === 'https:') return void o.listener(request, response)
    // As Microsoft's hosts do: nothing is served in the clear.
    url.protocol = 'https:'
    if (request.method === 'GET' || request.method === 'HEAD')
      return void response.writeHead(301, { location: url.href, 'content-length': 0 }).end()
    return end(response, 403, `${url.hostname} is answered over https only.`)
  }
  if (!o.passThrough) return end(response, 403, refusal(url.host))
  try {
    await o.passThrough.forward(url, { request, response })
  } catch (error) {
    if (!response.headersSent) end(response, statusOf(error), textOf(error, url.host))
    else response.destroy()
  }
}

const refusal = (target: string): string =>
  `The local tenant's proxy stands in for Microsoft's sign-in, Graph and portals alone, and refuses ${printable(target)}. ` +
  'Other public hosts: letterlock tenant up --proxy --pass-through. Hosts on this machine: NO_PROXY.'

const statusOf = (error: unknown): number =>
  error instanceof PassThroughError && error.reason === 'not-public' ? 403 : 502

const textOf = (error: unknown, target: string): string =>
  statusOf(error) === 403
    ? `${printable(target)}: ${(error as Error).message}`
    : `${printable(target)} could not be reached.`

const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)

function endWith(socket: Socket, status: number, text: string): void {
  const body = `${text}\n`
  socket.end(
    `HTTP/1.1 ${status} ${status === 403 ? 'Forbidden' : status === 400 ? 'Bad Request' : 'Bad Gateway'}\r\n` +
      `content-type: text/plain; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}

function end(response: ServerResponse, status: number, text: string): void {
  response
    .writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
    .end(`${text}\n`)
}
