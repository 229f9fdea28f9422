// https for localhost and, by the name in the handshake, for every name of Microsoft's that the tenant stands in for.
import type { RequestListener } from 'node:http'
import { createServer, type Server, type ServerOptions } from 'node:https'
import { createSecureContext, type SecureContext } from 'node:tls'
import { isOurs } from './host-rules.ts'
import { endServers, listenOnLoopback, patience, portOf } from './listen.ts'
import { caReserveMs, type Leaf, type LocalCa, openLocalCa } from './local-ca.ts'

export interface TlsServer {
  readonly port: number
  readonly caFile: string
  /** Takes a connection that arrived elsewhere: the proxy's. */
  feed(socket: NodeJS.Socket): void
  close(): Promise<void>
}

/** @throws {TenantError} `tenant/port-busy` */
export async function startTlsServer(o: {
  readonly caFolder: string
  readonly hosts: readonly string[]
  readonly port: number
  readonly listener: RequestListener
}): Promise<TlsServer> {
  const leaves = await openLeaves(o)
  const { chain, key } = leaves.loopback
  const options: ServerOptions = {
    ...patience,
    cert: chain,
    key,
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: 15_000,
    SNICallback: (name, done) => void leaves.contextFor(name).then((found) => done(null, found), done),
  }
  const servers = await listenOnLoopback(
    () => createServer(options, o.listener).on('tlsClientError', (_error, socket) => socket.destroy()),
    o.port,
  )
  leaves.onRenewed((leaf) => {
    for (const server of servers)
      (server as Server).setSecureContext({ ...options, cert: leaf.chain, key: leaf.key })
  })
  const hourly = setInterval(() => void leaves.renewIfDue().catch(console.error), 3_600_000).unref()
  return {
    port: portOf(servers[0]!),
    caFile: leaves.caFile,
    feed: (socket) => void servers[0]!.emit('connection', socket),
    close() {
      clearInterval(hourly)
      return endServers(servers)
    },
  }
}

interface Leaves {
  /** For addresses: no name comes with the handshake. */
  readonly loopback: Leaf
  readonly caFile: string
  /** @throws when the name is not one of ours: the handshake fails. */
  contextFor(name: string): Promise<SecureContext>
  /** Makes a new CA when this one has less than a day left. */
  renewIfDue(): Promise<void>
  onRenewed(listen: (loopback: Leaf) => void): void
}

const loopbackNames = ['localhost', '127.0.0.1', '::1']

/** One leaf per name, made at the first handshake for it; all are made anew when the CA nears its end. */
async function openLeaves(o: { caFolder: string; hosts: readonly string[] }): Promise<Leaves> {
  const open = (): Promise<LocalCa> => openLocalCa({ folder: o.caFolder, hosts: o.hosts, nowMs: Date.now() })
  let ca = await open()
  let made = new Map<string, Promise<SecureContext>>()
  let tell: (loopback: Leaf) => void = () => undefined
  let renewing: Promise<void> | undefined
  const renew = async (): Promise<void> => {
    ca = await open()
    made = new Map()
    tell(await ca.mintLeaf(loopbackNames))
  }
  const make = async (names: readonly string[]): Promise<SecureContext> => {
    const { chain, key } = await ca.mintLeaf(names)
    return createSecureContext({ cert: chain, key })
  }
  const renewIfDue = async (): Promise<void> => {
    if (ca.expiresAtMs - Date.now() < caReserveMs)
      await (renewing ??= renew().finally(() => (renewing = undefined)))
  }
  return {
    loopback: await ca.mintLeaf(loopbackNames),
    caFile: ca.file,
    renewIfDue,
    onRenewed: (listen) => (tell = listen),
    async contextFor(given) {
      const name = given.toLowerCase()
      if (name !== 'localhost' && !isOurs(name))
        throw new Error('a name the local tenant does not stand in for')
      await renewIfDue()
      let context = made.get(name)
      if (!context) {
        context = make(name === 'localhost' ? loopbackNames : [name])
        made.set(name, context)
        context.catch(() => made.delete(name))
      }
      return context
    },
  }
}
