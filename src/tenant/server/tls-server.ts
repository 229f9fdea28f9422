// https for localhost and, by the name in the handshake, for every name of Microsoft's that the tenant stands in for.
import type { RequestListener } from 'node:http'
import { createServer, type Server } from 'node:https'
import { createSecureContext, type SecureContext } from 'node:tls'
import { isOurs } from './host-rules.ts'
import { endServers, listenOnLoopback, portOf } from './listen.ts'
import { caReserveMs, type LocalCa, openLocalCa } from './local-ca.ts'

export interface TlsServer {
  readonly port: number
  readonly ca: LocalCa
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
  const contexts = await openContexts(o)
  const { chain, key } = contexts.loopback
  const servers = await listenOnLoopback(
    () =>
      createServer(
        {
          cert: chain,
          key,
          minVersion: 'TLSv1.2',
          ALPNProtocols: ['http/1.1'],
          handshakeTimeout: 15_000,
          SNICallback: (name, done) =>
            void contexts.contextFor(name).then((found) => done(null, found), done),
        },
        o.listener,
      ).on('tlsClientError', (_error, socket) => socket.destroy()),
    o.port,
  )
  return {
    port: portOf(servers[0]!),
    get ca() {
      return contexts.ca()
    },
    feed: (socket) => void (servers[0] as Server).emit('connection', socket),
    close: () => endServers(servers),
  }
}

interface Contexts {
  readonly loopback: { chain: string; key: string }
  ca(): LocalCa
  /** @throws when the name is not one of ours: the handshake fails. */
  contextFor(name: string): Promise<SecureContext>
}

/** One leaf per name, made at the first handshake for it; all are made anew when the CA nears its end. */
async function openContexts(o: { caFolder: string; hosts: readonly string[] }): Promise<Contexts> {
  const open = (): Promise<LocalCa> => openLocalCa({ folder: o.caFolder, hosts: o.hosts, nowMs: Date.now() })
  let ca = await open()
  let made = new Map<string, Promise<SecureContext>>()
  const loopbackNames = ['localhost', '127.0.0.1', '::1']
  const contextOf = async (names: readonly string[]): Promise<SecureContext> => {
    const { chain, key } = await ca.mintLeaf(names)
    return createSecureContext({ cert: chain, key })
  }
  let renewing: Promise<void> | undefined
  return {
    loopback: await ca.mintLeaf(loopbackNames),
    ca: () => ca,
    async contextFor(given) {
      const name = given.toLowerCase()
      if (name !== 'localhost' && !isOurs(name))
        throw new Error('a name the local tenant does not stand in for')
      if (ca.expiresAtMs - Date.now() < caReserveMs) {
        renewing ??= open().then((renewed) => {
          ca = renewed
          made = new Map()
          renewing = undefined
        })
        await renewing
      }
      let context = made.get(name)
      if (!context) {
        context = contextOf(name === 'localhost' ? loopbackNames : [name])
        made.set(name, context)
      }
      return context
    },
  }
}
