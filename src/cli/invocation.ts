import { createOutput, type Output } from './output.ts'
import { type EnvironmentSecrets, takeEnvironmentSecrets } from './environment.ts'
import { findHome, type Home } from './home.ts'

/** One command being carried out. */
export interface Invocation<Flags = object> {
  readonly flags: Flags & CommonFlags
  readonly args: readonly string[]
  readonly output: Output
  readonly home: Home
  readonly secrets: EnvironmentSecrets
  /** Aborted by the first Ctrl-C; the second ends the process. */
  readonly signal: AbortSignal
}

export interface CommonFlags {
  readonly json?: boolean
  readonly quiet?: boolean
  readonly account?: string
  readonly cloud?: string
}

/** Done · failed · wrong usage · sign-in needed · administrator needed · safe to run again · partly done · interrupted. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 130

export interface CommandModule {
  /** An {@link ExitCode}; `tenant exec` returns that of its program. */
  run(invocation: Invocation<never>): Promise<number | void>
}

/** Runs one command to its end and returns the exit code; whatever it throws is told in three lines. */
export async function runCommand(
  load: () => Promise<CommandModule>,
  flags: CommonFlags,
  args: readonly string[],
): Promise<number> {
  const interrupt = new AbortController()
  const onSignal = (): void => {
    if (interrupt.signal.aborted) process.exit(130)
    interrupt.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  const output = createOutput(flags)
  try {
    const command = await load()
    const secrets = takeEnvironmentSecrets()
    const invocation = { flags, args, output, home: findHome(), secrets, signal: interrupt.signal }
    return (await command.run(invocation as Invocation<never>)) ?? 0
  } catch (error) {
    const { reportError } = await import('./report-error.ts')
    return reportError(error, { output, interrupted: interrupt.signal.aborted })
  } finally {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}
