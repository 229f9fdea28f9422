import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { CliError } from '../cli-error.ts'
import type { Invocation } from '../invocation.ts'
import { needProxy, waysInEnvironment } from '../ways-in.ts'

/** Runs one program on the local tenant; returns what it exits with, or 128 and the number of the signal that ended it. */
export async function run({ args, home, signal }: Invocation): Promise<number> {
  const [program, ...rest] = args
  const variables = waysInEnvironment(home, needProxy(home.tenantDir), process.env)
  const child = spawn(program!, rest, { stdio: 'inherit', env: { ...process.env, ...variables } })
  // Ctrl-C reaches the child by itself; what only we were sent is passed on.
  signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true })
  return await new Promise<number>((done, fail) => {
    child.once('exit', (code, ended) => done(code ?? 128 + constants.signals[ended!]))
    child.once('error', (cause) =>
      fail(
        new CliError('cli/program-not-started', `"${program}" could not be started`, {
          cause,
          exitCode: 127,
          fix:
            process.platform === 'win32'
              ? 'check the name; a .cmd or .bat runs with: letterlock tenant exec -- cmd /c NAME'
              : 'check the name, and that it is on the PATH',
        }),
      ),
    )
  })
}
