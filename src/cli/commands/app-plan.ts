import { connectAdmin } from '../admin.ts'
import type { Invocation } from '../invocation.ts'
import type { Output } from '../output.ts'
import type { Plan, PlannedChange } from '../../registration/index.ts'
import { type AppFlags, readSpec } from './app-target.ts'

export async function run(invocation: Invocation<AppFlags>): Promise<void> {
  const spec = await readSpec(invocation)
  const { planApp } = await import('../../registration/index.ts')
  const { graph } = await connectAdmin(invocation)
  const plan = await planApp(graph, spec)
  invocation.output.record({ name: spec.name, appId: plan.appId, changes: plan.changes })
  sayPlan(invocation.output, plan)
}

export function sayPlan(output: Output, plan: Plan): void {
  const { changes, spec } = plan
  if (changes.length === 0) output.say(`${spec.name} is as the app file says; nothing to change`)
  else output.say(`${spec.name} (${plan.appId ?? 'not registered yet'}): ${changes.length} to change`)
  for (const change of changes) output.say(`  ${changeLine(change)}`)
}

export function changeLine(change: PlannedChange): string {
  const value = (one: PlannedChange['before']): string =>
    one === null ? 'nothing' : typeof one === 'object' ? one.join(', ') || 'nothing' : String(one)
  const sign = { create: '+', add: '+', change: '~' }[change.action]
  const what = `${sign} ${change.object}: ${change.what}`
  return change.before === null
    ? `${what} = ${value(change.after)}`
    : `${what}: ${value(change.before)} -> ${value(change.after)}`
}
