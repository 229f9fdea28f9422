// A child process that says when it is ready, starts on a word, and answers with one line of JSON.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface GatedProcess<Answer> {
  readonly child: ChildProcess
  /** Undefined when it died without an answer. */
  readonly answer: Promise<Answer | undefined>
  readonly ended: Promise<unknown>
  go(): void
}

export async function startGated<Answer>(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<GatedProcess<Answer>> {
  const child = spawn(process.execPath, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  })
  child.stdin!.on('error', () => undefined)
  const ended = once(child, 'exit')
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  const first = await lines.next()
  if (first.value !== '{"ready":true}') throw new Error(`${args[0]} did not start: ${String(first.value)}`)
  const answer = lines
    .next()
    .then(({ value }) => (value === undefined ? undefined : (JSON.parse(value) as Answer)))
  answer.catch(() => undefined)
  return { child, answer, ended, go: () => void child.stdin!.write('go\n') }
}
