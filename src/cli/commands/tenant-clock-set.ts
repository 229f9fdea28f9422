import { parseMoment } from '../duration.ts'
import type { Invocation } from '../invocation.ts'
import { openControl } from '../tenant-control.ts'
import { type ClockState, sayClock } from './tenant-clock-show.ts'

export async function run({ output, home, args }: Invocation): Promise<void> {
  const nowMs = parseMoment(args[0]!, Date.now()).getTime()
  sayClock(output, await openControl(home.tenantDir).call<ClockState>('POST', 'clock', { nowMs }))
}
