import { parseDuration } from '../duration.ts'
import type { Invocation } from '../invocation.ts'
import { openControl } from '../tenant-control.ts'
import { type ClockState, sayClock } from './tenant-clock-show.ts'

export async function run({ output, home, args }: Invocation): Promise<void> {
  const advanceMs = parseDuration(args[0]!)
  sayClock(output, await openControl(home.tenantDir).call<ClockState>('POST', 'clock', { advanceMs }))
}
