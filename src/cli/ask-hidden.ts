import { Writable } from 'node:stream'
import { Secret } from '../signin/secret.ts'
import { CliError } from './cli-error.ts'

/** Asks on the terminal for what must not be seen there. What is typed is not echoed, and not kept in any history. */
export async function askHidden(question: string, signal: AbortSignal): Promise<Secret> {
  const { createInterface } = await import('node:readline/promises')
  process.stderr.write(question)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true, historySize: 0 })
  // Ctrl-C belongs to the command, which listens for it as everywhere.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    const typed = (await lines.question('', { signal })).trim()
    if (typed !== '') return new Secret(typed)
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
  throw new CliError('cli/usage', 'nothing was typed', { fix: 'run it again, or give --secret-file FILE' })
}
