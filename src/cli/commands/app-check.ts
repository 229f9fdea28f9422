import { connectAdmin } from '../admin.ts'
import type { ExitCode, Invocation } from '../invocation.ts'
import { type AppFlags, readSpec } from './app-target.ts'

export async function run(invocation: Invocation<AppFlags>): Promise<ExitCode> {
  const { output } = invocation
  const spec = await readSpec(invocation)
  const { checkApp } = await import('../../registration/index.ts')
  const { graph } = await connectAdmin(invocation)
  const findings = await checkApp(graph, spec)
  for (const finding of findings) {
    output.record(finding)
    output.say(`${finding.level.padEnd(11)} ${finding.what}`)
    if (finding.fix) output.say(`  do this: ${finding.fix}`)
  }
  const problems = findings.filter((one) => one.level === 'problem')
  if (problems.length === 0) return 0
  return problems.every((one) => one.who === 'administrator') ? 4 : 1
}
