import { CliError } from '../cli-error.ts'
import type { Invocation } from '../invocation.ts'
import { openControl } from '../tenant-control.ts'
import { type ClockState, sayClock } from './tenant-clock-show.ts'

export async function run({ output, home, args }: Invocation): Promise<void> {
  const rate = Number(args[0])
  if (!(rate >= 0))
    throw new CliError('cli/usage', `"${args[0]}" is not a rate`, { fix: 'write a number, such as 60' })
  sayClock(output, await openControl(home.tenantDir).call<ClockState>('POST', 'clock', { rate }))
}
