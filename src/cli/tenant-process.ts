import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { EntraCloudName } from '../facts/entra-clouds.ts'
import { CliError } from './cli-error.ts'
import { findTenant, type TenantAddress } from './tenant-control.ts'

/** https stands on the next port, the proxy on the one after it. */
export const usualTenantPort = 4365

export interface TenantProcess {
  readonly address: TenantAddress
  /** False when another process had it up already: then it is not ours to stop. */
  readonly ours: boolean
  /** Resolves when it has ended by itself. */
  readonly ended: Promise<void>
  stop(): Promise<void>
}

const main = fileURLToPath(new URL('../tenant/main.ts', import.meta.url))

/**
 * How Node runs a tenant: it stands beside other programs all day, so it collects short-lived objects sooner, and its
 * threads share one heap. A third less memory under load; no slower (bench/README.md).
 */
export const tenantNode = {
  flags: ['--min-semi-space-size=2', '--max-semi-space-size=2'],
  env: { MALLOC_ARENA_MAX: '1' },
} as const

/**
 * Starts the local tenant on a data folder and waits until it is ready, or finds the one that is up on it.
 *
 * @throws {CliError} `cli/port-busy`, `cli/tenant-failed`
 */
export async function startTenantProcess(o: {
  readonly tenantDir: string
  readonly port: number
  readonly detach?: boolean
  /** Also https on localhost, and the proxy for Microsoft's names. */
  readonly proxy?: boolean
  readonly passThrough?: boolean
  /** The cloud of a tenant that is yet to be made; one that is there keeps its own. */
  readonly cloud?: EntraCloudName
}): Promise<TenantProcess> {
  const up = findTenant(o.tenantDir)
  if (up && (await answers(up))) return found(up)
  mkdirSync(o.tenantDir, { recursive: true, mode: 0o700 })
  const log = openSync(join(o.tenantDir, 'tenant.log'), 'a', 0o600)
  const next = (step: number): string => String(o.port === 0 ? 0 : o.port + step)
  const proxy = o.proxy ? ['--proxy', '--https-port', next(1), '--proxy-port', next(2)] : []
  const passThrough = o.passThrough ? ['--pass-through'] : []
  const cloud = o.cloud ? ['--cloud', o.cloud] : []
  const args = [
    ...tenantNode.flags,
    main,
    '--data',
    o.tenantDir,
    '--port',
    next(0),
    ...cloud,
    ...proxy,
    ...passThrough,
  ]
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', log],
    env: { ...process.env, ...tenantNode.env },
    detached: o.detach === true,
  })
  const said = await firstLine(child)
  if (said.error === 'tenant/already-up') {
    const other = findTenant(o.tenantDir)
    if (other) return found(other)
  }
  if (said.error === 'tenant/port-busy') {
    throw new CliError('cli/port-busy', said.message ?? `the port ${o.port} is in use by another process`, {
      fix: 'letterlock tenant up --port 0, which picks a free one',
    })
  }
  if (said.error === 'tenant/other-cloud')
    throw new CliError('cli/cloud-unknown', said.message ?? 'the local tenant belongs to another cloud', {
      fix: 'leave --cloud away; or LETTERLOCK_HOME=FOLDER letterlock tenant up --cloud NAME for one of its own',
    })
  if (said.error !== undefined || said.origin === undefined) {
    throw new CliError('cli/tenant-failed', `the local tenant did not start (${said.error ?? 'no answer'})`, {
      fix: `look at ${join(o.tenantDir, 'tenant.log')}`,
    })
  }
  if (o.detach) child.unref()
  const address = said as TenantAddress
  const ended = child.exitCode === null ? once(child, 'exit').then(() => undefined) : Promise.resolve()
  return { address, ours: true, ended, stop: () => stopChild(child, ended) }
}

/** Asks the process to end and waits for it. */
export async function stopTenant(address: TenantAddress): Promise<void> {
  process.kill(address.pid, 'SIGTERM')
  const deadline = performance.now() + 5_000
  while (alive(address.pid)) {
    if (performance.now() > deadline) {
      process.kill(address.pid, 'SIGKILL')
      return
    }
    await new Promise((done) => setTimeout(done, 20))
  }
}

interface FirstLine extends Partial<TenantAddress> {
  readonly error?: string
  readonly message?: string
}

async function firstLine(child: ChildProcess): Promise<FirstLine> {
  const lines = createInterface({ input: child.stdout! })
  try {
    for await (const line of lines) return JSON.parse(line) as FirstLine
  } catch {
    return { error: 'its first line is not JSON' }
  } finally {
    lines.close()
    child.stdout!.destroy()
  }
  return { error: 'it ended before it was ready' }
}

async function stopChild(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGTERM')
  const force = setTimeout(() => child.kill('SIGKILL'), 3_000)
  await ended
  clearTimeout(force)
}

function found(address: TenantAddress): TenantProcess {
  return { address, ours: false, ended: new Promise(() => undefined), stop: async () => undefined }
}

async function answers(address: TenantAddress): Promise<boolean> {
  try {
    const reply = await fetch(`${address.origin}/${address.tenantId}/v2.0/.well-known/openid-configuration`, {
      signal: AbortSignal.timeout(2_000),
    })
    await reply.body?.cancel()
    return reply.ok
  } catch {
    return false
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
