import type { Invocation } from '../invocation.ts'
import type { Output } from '../output.ts'
import { openControl } from '../tenant-control.ts'

/** Of conditional access, a named location or a token lifetime, in Graph's shape. */
export interface Policy {
  readonly kind: string
  readonly id: string
  readonly displayName?: string
  readonly state?: string
}

export async function run({ output, home }: Invocation): Promise<void> {
  const control = openControl(home.tenantDir)
  const [settings, policies] = await Promise.all([
    control.call<object>('GET', 'settings'),
    control.call<Policy[]>('GET', 'policies'),
  ])
  saySettings(output, settings)
  for (const one of policies) sayPolicy(output, one)
}

export function saySettings(output: Output, settings: object): void {
  output.record(settings)
  for (const [name, value] of Object.entries(settings))
    output.say(`${name.padEnd(24)} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
}

export function sayPolicy(output: Output, policy: Policy): void {
  output.record(policy)
  output.say(`${policy.kind.padEnd(24)} ${policy.displayName ?? policy.id}  ${policy.state ?? ''}`.trimEnd())
}
