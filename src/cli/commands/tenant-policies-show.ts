import type { Invocation } from '../invocation.ts'
import type { Output } from '../output.ts'
import { openControl } from '../tenant-control.ts'

export async function run({ output, home }: Invocation): Promise<void> {
  sayPolicies(output, await openControl(home.tenantDir).call<object>('GET', 'settings'))
}

export function sayPolicies(output: Output, policies: object): void {
  output.record(policies)
  for (const [name, value] of Object.entries(policies))
    output.say(`${name.padEnd(24)} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
}
