// A measured server as a process: started the same way for all, asked for what it used, killed without warning at the end.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Ask, Usage } from './probe.ts'

export interface ServerProcess {
  readonly origin: string
  readonly pid: number
  /** Of ours alone. */
  readonly tenantId: string | undefined
  /** From the start of the process to the end of the first metadata answer. */
  readonly coldStartMs: number
  usage(): Promise<Usage>
  signaturesPerSecond(): Promise<number>
  keepCompiled(): Promise<void>
  /** SIGKILL: what was acknowledged by then must be on the disk. */
  kill(): Promise<void>
}

const probe = new URL('probe.ts', import.meta.url)

/** The program prints one JSON line with its `origin` when it listens. */
export async function startServer(o: {
  readonly file: URL
  readonly args: readonly string[]
  /** How Node runs it; nothing when it is not said. */
  readonly node?: { readonly flags: readonly string[]; readonly env: Readonly<Record<string, string>> }
  metadataPath(said: { tenantId?: string }): string
}): Promise<ServerProcess> {
  const began = performance.now()
  const args = [...(o.node?.flags ?? []), '--import', probe.href, fileURLToPath(o.file), ...o.args]
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...o.node?.env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  // Warnings of a development set-up; shown when the server fails.
  let warned = ''
  child.stderr!.on('data', (part: Buffer) => (warned = (warned + String(part)).slice(-4_000)))
  const said = await firstLine(child).catch((cause: unknown) => {
    throw new Error(`a server did not start: ${warned}`, { cause })
  })
  await get(`${said.origin}${o.metadataPath(said)}`)
  const coldStartMs = performance.now() - began
  const ask = async (asked: Ask): Promise<unknown> => {
    child.send(asked)
    return ((await once(child, 'message')) as [unknown])[0]
  }
  return {
    origin: said.origin,
    pid: child.pid!,
    tenantId: said.tenantId,
    coldStartMs,
    usage: () => ask('usage') as Promise<Usage>,
    signaturesPerSecond: () => ask('signatures') as Promise<number>,
    async keepCompiled() {
      await ask('compiled')
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}

async function firstLine(child: ChildProcess): Promise<{ origin: string; tenantId?: string }> {
  for await (const line of createInterface({ input: child.stdout! })) {
    // Some print a banner of their own first.
    if (!line.startsWith('{')) continue
    child.stdout!.resume()
    return JSON.parse(line) as { origin: string }
  }
  throw new Error('it ended before it was ready')
}

function get(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    request(url, { agent: false }, (reply) => {
      reply.resume()
      if (reply.statusCode !== 200) reject(new Error(`${url} answered ${reply.statusCode}`))
      else reply.once('end', resolve)
    })
      .once('error', reject)
      .end()
  })
}
