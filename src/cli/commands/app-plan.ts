import { connectAdmin } from '../admin.ts'
import type { Invocation } from '../invocation.ts'
import type { Output } from '../output.ts'
import type { FlowNeeds, Plan, PlannedChange } from '../../registration/index.ts'
import { oneLine } from '../strip-escapes.ts'
import { type AppFlags, readSpec } from './app-target.ts'
import { specForFlows } from './spec-for-flows.ts'

export async function run(invocation: Invocation<AppFlags & { for?: string }>): Promise<void> {
  const { output, flags } = invocation
  const { needsOf, planApp } = await import('../../registration/index.ts')
  const derived = flags.for === undefined ? undefined : await specForFlows(invocation, flags.for)
  if (derived) await sayNeeds(output, derived.flows)
  const spec = derived?.spec ?? (await readSpec(invocation))
  const { graph } = await connectAdmin(invocation, 'read')
  const plan = await planApp(graph, spec)
  output.record({
    name: spec.name,
    appId: plan.appId,
    changes: plan.changes,
    ...(derived && { needs: needsOf(derived.flows), unseen: derived.flows.flatMap((one) => one.unseen) }),
  })
  sayPlan(output, plan)
}

/** Each permission with the lines that need it. */
export async function sayNeeds(output: Output, flows: readonly FlowNeeds[]): Promise<void> {
  const { needsOf } = await import('../../registration/index.ts')
  output.say(`what ${flows.map((one) => one.file).join(', ')} needs`)
  for (const { permission, because, file, line } of needsOf(flows))
    output.say(
      `  ${permission.padEnd(22)} ${oneLine(`${file === undefined ? '' : `${file}:${line} `}${because}`)}`,
    )
  for (const { file, line, why } of flows.flatMap((one) => one.unseen))
    output.warn(`not told by the text: ${oneLine(`${file}:${line}: ${why}`)}`)
}

export function sayPlan(output: Output, plan: Plan): void {
  const { changes, spec } = plan
  if (changes.length === 0) output.say(`${oneLine(spec.name)} is as the app file says; nothing to change`)
  else
    output.say(`${oneLine(spec.name)} (${plan.appId ?? 'not registered yet'}): ${changes.length} to change`)
  for (const change of changes) for (const line of changeLines(output, change)) output.say(`  ${line}`)
}

/** `+` is made, `~` is changed, `-` goes; a list's lines name only what comes and goes. */
export function changeLines(output: Output, change: PlannedChange): string[] {
  const { object, action, what, before, after } = change
  const named = `${object}: ${what}`
  if (action !== 'change') return [output.added(`+ ${named} = ${written(after)}`)]
  if (typeof before !== 'object' || typeof after !== 'object' || before === null || after === null)
    return [output.changed(`~ ${named}: ${written(before)} -> ${written(after)}`)]
  const [old, wanted] = [new Set(before), new Set(after)]
  return [
    output.changed(`~ ${named}`),
    ...[...wanted].filter((one) => !old.has(one)).map((one) => output.added(`    + ${oneLine(one)}`)),
    ...[...old].filter((one) => !wanted.has(one)).map((one) => output.removed(`    - ${oneLine(one)}`)),
  ]
}

function written(value: PlannedChange['before']): string {
  if (value === null) return 'nothing'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return typeof value === 'object' ? oneLine(value.join(', ')) || 'nothing' : oneLine(value)
}
