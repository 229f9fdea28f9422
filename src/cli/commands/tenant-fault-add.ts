import { CliError } from '../cli-error.ts'
import { parseDuration } from '../duration.ts'
import type { Invocation } from '../invocation.ts'
import { openControl } from '../tenant-control.ts'
import { type Fault, sayFault } from './tenant-fault-list.ts'

export interface FaultFlags {
  readonly match?: string
  readonly status?: number
  readonly aadsts?: number
  readonly delay?: string
  readonly reset?: boolean
  readonly afterCommit?: boolean
  readonly rate?: number
  readonly times?: number
  readonly retryAfter?: number
}

export async function run({ flags, output, home }: Invocation<FaultFlags>): Promise<void> {
  const { match, status, aadsts, delay, reset, rate, times, retryAfter } = flags
  if (match === undefined || !/^[A-Z*]+ \//.test(match)) {
    throw new CliError('cli/usage', 'a fault needs --match with a method and a path', {
      fix: 'write it so: --match "POST /me/sendMail"',
    })
  }
  if (status === undefined && delay === undefined && aadsts === undefined && !reset)
    throw new CliError('cli/usage', 'this fault does nothing', {
      fix: 'add --status N, --aadsts N, --delay DURATION or --reset',
    })
  const added = await openControl(home.tenantDir).call<Fault>('POST', 'faults', {
    match,
    phase: flags.afterCommit ? 'after-commit' : 'before-commit',
    rate: rate ?? 1,
    ...(status !== undefined && { status }),
    ...(aadsts !== undefined && { aadsts }),
    ...(delay !== undefined && { delayMs: parseDuration(delay) }),
    ...(reset && { reset }),
    ...(times !== undefined && { times }),
    ...(retryAfter !== undefined && { retryAfterSeconds: retryAfter }),
  })
  sayFault(output, added)
}
