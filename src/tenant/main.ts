// The local tenant as a process: one JSON line on stdout when it is ready, or when it cannot be.
import { readFileSync } from 'node:fs'
import { enableCompileCache, flushCompileCache } from 'node:module'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { EntraCloudName } from '../facts/entra-clouds.ts'

// Compiled code is kept between starts: a second start is ready in about half the time.
enableCompileCache()
// This process does nothing but serve, so its answers may be of the server's own kind: no stream is made for each.
const { getRequestListener } = await import('@hono/node-server')
getRequestListener(() => new Response(), { overrideGlobalObjects: true })
const { startTenant, TenantError } = await import('./index.ts')

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    port: { type: 'string', default: '0' },
    cloud: { type: 'string' },
    proxy: { type: 'boolean', default: false },
    'https-port': { type: 'string', default: '0' },
    'proxy-port': { type: 'string', default: '0' },
    'pass-through': { type: 'boolean', default: false },
  },
})
/** By then whoever waited for the start has had the first answers. */
const flushAfterMs = 1_000
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

try {
  const tenant = await startTenant({
    ...(values.data ? { dataDir: values.data } : {}),
    port: Number(values.port),
    ...(values.cloud ? { cloud: values.cloud as EntraCloudName } : {}),
    ...(values.proxy
      ? {
          proxy: {
            httpsPort: Number(values['https-port']),
            port: Number(values['proxy-port']),
            passThrough: values['pass-through'],
          },
        }
      : {}),
    onShutdown: () => void end(),
  })
  const end = async (): Promise<void> => {
    await tenant.close()
    process.exit(0)
  }
  process.on('SIGTERM', () => void end())
  process.on('SIGINT', () => void end())
  const { origin, port, tenantId, cloud, proxyUrl, httpsOrigin, caFile } = tenant
  say({ origin, port, tenantId, cloud, pid: process.pid, proxyUrl, httpsOrigin, caFile })
  // Soon, not at the end: a process that is killed would leave the next one to compile everything again.
  setTimeout(flushCompileCache, flushAfterMs).unref()
} catch (error) {
  if (!(error instanceof TenantError)) throw error
  say({
    error: error.code,
    message: error.message,
    ...(error.code === 'tenant/already-up' ? runningTenant() : {}),
  })
  process.exitCode = 1
}

function runningTenant(): object {
  try {
    return JSON.parse(readFileSync(join(values.data!, 'tenant.json'), 'utf8')) as object
  } catch {
    return {}
  }
}
