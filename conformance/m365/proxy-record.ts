// Stands before the tenant's proxy and writes down what is asked of it. Passes every byte on, both ways.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface ProxyRecord {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  /** Hosts that were asked for, with the status of the proxy's answer. */
  readonly asked: Map<string, string>
  close(): void
}

export async function recordProxy(proxyUrl: string): Promise<ProxyRecord> {
  const asked = new Map<string, string>()
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const proxy = connect(Number(new URL(proxyUrl).port), '127.0.0.1')
    let host: string | undefined
    client.once('data', (chunk) => {
      host = /^[A-Z]+ (?:https?:\/\/)?([^\s/]+)[^\r\n]* HTTP\/1\.1\r\n/.exec(chunk.toString('latin1'))?.[1]
    })
    proxy.once('data', (chunk) => {
      if (host) asked.set(host, chunk.toString('latin1').split(' ')[1]!)
    })
    for (const [one, other] of [
      [client, proxy],
      [proxy, client],
    ] as const) {
      sockets.add(one)
      one.on('error', () => other.destroy()).on('close', () => sockets.delete(one))
      one.pipe(other)
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    asked,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
