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
  const interrupt = new Interrupt()
  const onSignal = (): void => {
    if (interrupt.isCalled) process.exit(130)
    interrupt.call()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  const output = createOutput(flags)
  try {
    const command = await load()
    const secrets = takeEnvironmentSecrets()
    const invocation = {
      flags,
      args,
      output,
      home: findHome(),
      secrets,
      get signal() {
        return interrupt.signal
      },
    }
    return (await command.run(invocation as Invocation<never>)) ?? 0
  } catch (error) {
    const { reportError } = await import('./report-error.ts')
    return reportError(error, { output, interrupted: interrupt.isCalled })
  } finally {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}

/** An abort signal that is made when it is first asked for: the machinery behind it costs a quick command too much. */
class Interrupt {
  isCalled = false
  #controller: AbortController | undefined

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.isCalled) this.#controller.abort()
    return this.#controller.signal
  }

  call(): void {
    this.isCalled = true
    this.#controller?.abort()
  }
}
