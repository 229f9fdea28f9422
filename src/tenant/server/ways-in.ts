// `tenant up --proxy`: https on localhost, and the proxy that leads Microsoft's names to it. Loaded only then.
import type { RequestListener } from 'node:http'
import { microsoftHosts } from '../../facts/microsoft-hosts.ts'
import type { Wire } from './host-rules.ts'
import { openPassThrough } from './pass-through.ts'
import { startProxy } from './proxy.ts'
import { startTlsServer } from './tls-server.ts'

export interface WaysInOptions {
  /** Default 0: a free port. */
  readonly httpsPort?: number
  /** Default 0: a free port. */
  readonly port?: number
  /** Lets other public hosts through; this machine and private networks never. */
  readonly passThrough?: boolean
}

export interface WaysInAddresses {
  /** `http://127.0.0.1:PORT`, for HTTPS_PROXY and the like. */
  readonly proxyUrl: string
  /** `https://localhost:PORT` */
  readonly httpsOrigin: string
  /** The certificate of the local CA, PEM. Seven days long the only key that signs for the tenant's names. */
  readonly caFile: string
}

export interface WaysIn extends WaysInAddresses {
  close(): Promise<void>
}

/** @throws {TenantError} `tenant/port-busy` */
export async function openWaysIn(o: {
  readonly options: WaysInOptions
  readonly caFolder: string
  listenerFor(wireOf: (request: { socket: unknown; url?: string | undefined }) => Wire): RequestListener
}): Promise<WaysIn> {
  const tls = await startTlsServer({
    caFolder: o.caFolder,
    hosts: ['localhost', ...microsoftHosts.map((one) => one.host)],
    port: o.options.httpsPort ?? 0,
    listener: o.listenerFor(({ socket }) => ({
      tls: true,
      servername: (socket as { servername?: string | false }).servername || undefined,
    })),
  })
  const proxy = await startProxy({
    port: o.options.port ?? 0,
    listener: o.listenerFor(({ url }) => ({ tls: true, servername: URL.parse(url ?? '')?.hostname })),
    feed: (socket) => tls.feed(socket),
    passThrough: o.options.passThrough ? openPassThrough() : undefined,
  }).catch(async (error: unknown) => {
    await tls.close()
    throw error
  })
  return {
    proxyUrl: `http://127.0.0.1:${proxy.port}`,
    httpsOrigin: `https://localhost:${tls.port}`,
    caFile: tls.caFile,
    async close() {
      await proxy.close()
      await tls.close()
    },
  }
}
