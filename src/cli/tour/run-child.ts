import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { flushCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { RunSummary } from '../../flow/index.ts'
import { CliError } from '../cli-error.ts'

/** What `letterlock run` tells the process that started it with an IPC channel. */
export interface RunNews {
  readonly done: number
  readonly total: number
  readonly sent: number
  /** The message that has ended, if that is the news. */
  readonly ended?: EndedMessage
}

export interface EndedMessage {
  readonly id: string
  readonly subject: string
  readonly state: string
  readonly reason?: string
}

export interface RunChild {
  readonly process: ChildProcess
  /** Its exit code, or null when a signal ended it. */
  readonly ended: Promise<number | null>
  /** The summary on the last line of its stdout; undefined when it never came to that. */
  summary(): RunSummary | undefined
}

const main = fileURLToPath(new URL('../main.ts', import.meta.url))

/** Starts `letterlock run` as a process of its own; its progress goes straight to the terminal. */
export function startRun(o: {
  readonly home: string
  readonly args: readonly string[]
  onNews?(news: RunNews): void
}): RunChild {
  // The run loads much of what is loaded here: on a fresh clone it need not compile it again.
  flushCompileCache()
  const child = spawn(process.execPath, [main, 'run', ...o.args, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: { ...process.env, LETTERLOCK_HOME: o.home },
  })
  let said = ''
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (said += text))
  if (o.onNews) child.on('message', (news) => o.onNews!(news as RunNews))
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return { process: child, ended, summary: () => lastSummary(said) }
}

/** @throws {CliError} `cli/run-failed` with the run's own exit code */
export async function finishRun(child: RunChild): Promise<RunSummary> {
  const code = await child.ended
  const summary = child.summary()
  if (summary && (code === 0 || code === 6)) return summary
  throw new CliError('cli/run-failed', `the run ended with ${code ?? 'a signal'}; its own words are above`, {
    fix: 'run it again to go on',
    ...(code !== null && code > 0 && { exitCode: code }),
  })
}

function lastSummary(said: string): RunSummary | undefined {
  for (const line of said.trimEnd().split('\n').reverse()) {
    try {
      const json = JSON.parse(line) as RunSummary
      if (typeof json.inScope === 'number') return json
    } catch {
      return undefined
    }
  }
  return undefined
}
