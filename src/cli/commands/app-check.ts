import { connectAdmin } from '../admin.ts'
import type { ExitCode, Invocation } from '../invocation.ts'
import type { Output } from '../output.ts'
import type { Finding } from '../../registration/index.ts'
import { oneLine } from '../strip-escapes.ts'
import { type AppFlags, readSpec } from './app-target.ts'

export async function run(invocation: Invocation<AppFlags>): Promise<ExitCode> {
  const { output } = invocation
  const spec = await readSpec(invocation)
  const { checkApp } = await import('../../registration/index.ts')
  const { graph } = await connectAdmin(invocation, 'read')
  const findings = await checkApp(graph, spec)
  for (const [index, finding] of findings.entries()) {
    output.record(finding)
    sayFinding(output, finding, findings[index + 1])
  }
  // Where nothing could be read, 0 would say that all is well.
  const problems = findings.filter((one) => one.level === 'problem' || one.code === 'app/not-readable')
  if (problems.length === 0) return 0
  return problems.every((one) => one.who === 'administrator') ? 4 : 1
}

/** A fix that serves several findings in a row is said after the last of them. */
function sayFinding(output: Output, { level, what, fix, who }: Finding, next: Finding | undefined): void {
  const style = {
    ok: output.added,
    warning: output.changed,
    problem: output.removed,
    'not-checked': output.dim,
  }
  output.say(`${style[level](level.padEnd(11))} ${oneLine(what)}`)
  if (fix && fix !== next?.fix)
    output.say(`  do this: ${oneLine(fix)}${who === 'administrator' ? ' (an administrator)' : ''}`)
}
