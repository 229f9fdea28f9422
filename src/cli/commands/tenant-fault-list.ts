import type { Invocation } from '../invocation.ts'
import type { Output } from '../output.ts'
import { openControl } from '../tenant-control.ts'

export interface Fault {
  readonly id: string
  readonly match: string
  readonly phase: string
  readonly rate: number
  readonly status?: number
  readonly delayMs?: number
  readonly reset?: boolean
  readonly times?: number
  readonly hits: number
}

export async function run({ output, home }: Invocation): Promise<void> {
  const faults = await openControl(home.tenantDir).call<Fault[]>('GET', 'faults')
  for (const fault of faults) sayFault(output, fault)
  if (faults.length === 0) output.say('no faults')
}

export function sayFault(output: Output, fault: Fault): void {
  output.record(fault)
  const effects = [
    fault.status && `status ${fault.status}`,
    fault.delayMs && `${fault.delayMs} ms late`,
    fault.reset && 'connection closed',
  ].filter(Boolean)
  const often = `${fault.phase}, rate ${fault.rate}${fault.times === undefined ? '' : `, ${fault.times} times`}`
  output.say(`${fault.id}  ${fault.match}  ${effects.join(', ')}  (${often}; met ${fault.hits} times)`)
}
