import type { Invocation } from '../invocation.ts'
import type { Output } from '../output.ts'
import { openControl } from '../tenant-control.ts'

export interface ClockState {
  readonly nowMs: number
  readonly rate: number
}

export async function run({ output, home }: Invocation): Promise<void> {
  sayClock(output, await openControl(home.tenantDir).call<ClockState>('GET', 'clock'))
}

export function sayClock(output: Output, clock: ClockState): void {
  output.record({ ...clock, now: new Date(clock.nowMs).toISOString() })
  output.say(`${new Date(clock.nowMs).toISOString()}, ${clock.rate} s of its time in a real second`)
}
