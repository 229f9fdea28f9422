// A program of its own, led to the local tenant by HTTPS_PROXY and our CA alone: it is handed JSON, and says JSON.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { json } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { WaysInAddresses } from '../src/tenant/index.ts'

export async function runOverProxy(
  tenant: Partial<WaysInAddresses>,
  program: URL,
  input: object,
): Promise<{ readonly said: unknown; readonly code: number }> {
  const child = spawn(process.execPath, [fileURLToPath(program)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      ...process.env,
      NODE_USE_ENV_PROXY: '1',
      HTTPS_PROXY: tenant.proxyUrl,
      NODE_EXTRA_CA_CERTS: tenant.caFile,
      NO_PROXY: 'localhost,127.0.0.1',
    },
  })
  child.stdin.end(JSON.stringify(input))
  const [said, [code]] = await Promise.all([json(child.stdout), once(child, 'close') as Promise<[number]>])
  return { said, code }
}
