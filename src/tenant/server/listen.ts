// Loopback listeners with the limits that every one of them has.
import type { Server, ServerOptions } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { TenantError } from '../context.ts'

/**
 * Listens on 127.0.0.1 and, where there is one and the port is free there, on ::1: `localhost` may mean either.
 *
 * @param port 0: a free one.
 * @throws {TenantError} `tenant/port-busy`
 */
export async function listenOnLoopback(make: () => Server, port: number): Promise<Server[]> {
  const first = await listenOn(make(), '127.0.0.1', port)
  const second = await listenOn(make(), '::1', portOf(first)).catch(() => undefined)
  return second ? [first, second] : [first]
}

/**
 * How long a client may take: one that sends a byte now and then holds its connection no longer than this, and others are
 * answered meanwhile. (The handshake has its own limit, in tls-server.ts.)
 */
export const patience = {
  headersTimeout: 15_000,
  requestTimeout: 60_000,
  connectionsCheckingInterval: 2_000,
  // Node's five seconds close an idle connection just as a busy client sends on it: its answer is lost for nothing.
  keepAliveTimeout: 120_000,
} as const satisfies ServerOptions

/** A handshake that never ends is no connection to http's own count, and would hold `close` up. */
const openSockets = new WeakMap<Server, Set<Socket>>()

export function listenOn(server: Server, hostname: string, port: number): Promise<Server> {
  const sockets = new Set<Socket>()
  openSockets.set(server, sockets)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        cause.code === 'EADDRINUSE'
          ? new TenantError('tenant/port-busy', `port ${port} is used by another program`, { cause })
          : cause,
      ),
    )
    server.listen(port, hostname, () => resolve(server))
  })
}

export const portOf = (server: Server): number => (server.address() as AddressInfo).port

export async function endServers(servers: readonly Server[]): Promise<void> {
  const ended = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())))
  for (const server of servers) {
    server.closeAllConnections()
    for (const socket of openSockets.get(server) ?? []) socket.destroy()
  }
  await Promise.all(ended)
}
