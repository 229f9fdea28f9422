import { CliError } from './cli-error.ts'
import type { Invocation } from './invocation.ts'

/** Asks on a terminal; elsewhere `--yes` must have been given. */
export async function confirm(
  invocation: Invocation<{ yes?: boolean }>,
  question: string,
  what = 'this must be confirmed',
): Promise<void> {
  if (invocation.flags.yes) return
  if (!invocation.output.terminal) {
    throw new CliError('cli/not-confirmed', `${what}, and there is no terminal to ask on`, {
      fix: 'read what it would do, then run it again with --yes',
    })
  }
  const { createInterface } = await import('node:readline/promises')
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await lines.question(`${question} [y/N] `, { signal: invocation.signal })
    if (/^y(es)?$/i.test(answer.trim())) return
  } finally {
    lines.close()
  }
  throw new CliError('cli/not-confirmed', 'nothing was changed', { fix: 'answer y, or give --yes' })
}

/** Lets a person choose by a letter; the last one stands for an empty answer. Only on a terminal. */
export async function choose<Letter extends string>(
  { output, signal }: Invocation,
  question: string,
  answers: Readonly<Record<Letter, string>>,
): Promise<Letter> {
  const letters = Object.keys(answers) as Letter[]
  const { createInterface } = await import('node:readline/promises')
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    output.warn(question)
    for (const letter of letters) output.warn(`  ${letter}  ${answers[letter]}`)
    const answer = (await lines.question(`${letters.join('/')}: `, { signal })).trim().toLowerCase()
    return letters.find((letter) => letter === answer) ?? letters.at(-1)!
  } finally {
    lines.close()
  }
}
