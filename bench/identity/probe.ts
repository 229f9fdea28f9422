// Loaded first into every measured server: answers what the process has used, and how fast it can sign.
import { generateKeyPair, sign } from 'node:crypto'
import { flushCompileCache } from 'node:module'
import { promisify } from 'node:util'

export interface Usage {
  readonly cpuMs: number
  readonly rssBytes: number
}
/** `compiled`: keeps what was compiled, since a process that is killed keeps nothing, and its next start would be slower. */
export type Ask = 'usage' | 'signatures' | 'compiled'

process.on('message', (asked: Ask) => {
  if (asked === 'usage') return void process.send!(usage())
  if (asked === 'compiled') return void process.send!(flushCompileCache() ?? null)
  void signaturesPerSecond().then((rate) => process.send!(rate))
})
// The server decides how long the process lives, not this.
process.channel?.unref()

function usage(): Usage {
  const { user, system } = process.cpuUsage()
  return { cpuMs: (user + system) / 1_000, rssBytes: process.memoryUsage.rss() }
}

/** RS256 over a token's length of bytes, as many in flight as the load has connections: the ceiling of this process. */
async function signaturesPerSecond(): Promise<number> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  const signOnPool = promisify(sign) as (alg: string, data: Buffer, key: typeof privateKey) => Promise<Buffer>
  const text = Buffer.alloc(1_000, 'x')
  const until = performance.now() + 1_000
  let made = 0
  const began = performance.now()
  const work = async (): Promise<void> => {
    while (performance.now() < until) {
      await signOnPool('sha256', text, privateKey)
      made++
    }
  }
  await Promise.all(Array.from({ length: 16 }, work))
  return (made / (performance.now() - began)) * 1_000
}
