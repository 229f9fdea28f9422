import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { CliError } from './cli-error.ts'

/**
 * Runs a text in the PowerShell that is installed, which signs in by itself. The text goes in by stdin: nothing of it is
 * seen in the list of processes.
 *
 * @throws {CliError} `cli/program-not-started`, `cli/powershell-failed`
 */
export async function runPowerShell(script: string, signal: AbortSignal): Promise<void> {
  const child = spawn('pwsh', ['-NoLogo', '-NoProfile', '-Command', '-'], {
    stdio: ['pipe', 'inherit', 'inherit'],
    signal,
  })
  // Read from stdin, PowerShell would go on with the next line after a failure: one statement, ended by an empty line.
  const wrapped = `try {\n${script}\n} catch { [Console]::Error.WriteLine($_); exit 1 }\n\n`
  child.stdin.on('error', () => undefined)
  child.stdin.end(wrapped)
  let status: unknown
  try {
    ;[status] = await once(child, 'close')
  } catch (cause) {
    if (signal.aborted) throw cause
    throw new CliError('cli/program-not-started', 'PowerShell (pwsh) is not installed here', {
      fix: 'run the commands above in PowerShell elsewhere',
      cause,
    })
  }
  if (status !== 0)
    throw new CliError('cli/powershell-failed', `PowerShell ended with ${String(status)}`, {
      fix: 'read what it said; run again, it makes nothing twice',
    })
}
