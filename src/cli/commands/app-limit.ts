import type { LimitPlan, LimitScope } from '../../registration/index.ts'
import { connectAdmin } from '../admin.ts'
import { confirm } from '../ask.ts'
import { CliError } from '../cli-error.ts'
import type { Invocation } from '../invocation.ts'
import { runPowerShell } from '../powershell.ts'
import { type AppFlags, findAppId, readSpec } from './app-target.ts'

interface LimitFlags extends AppFlags {
  readonly mailbox?: string
  readonly group?: string
  readonly legacy?: boolean
  readonly run?: boolean
}

export async function run(invocation: Invocation<LimitFlags>): Promise<void> {
  const { output, flags } = invocation
  const spec = await readSpec(invocation)
  const { limitPowerShell, planLimit, runLimit, showApp } = await import('../../registration/index.ts')
  const scope = scopeOf(flags)
  // What cannot be limited is said before anybody signs in.
  const judge = (appId: string, servicePrincipalId: string): LimitPlan =>
    planLimit({ spec, appId, servicePrincipalId, scope, ...(flags.legacy && { legacy: true }) })
  judge('', '')
  const { graph, cloud, tenant } = await connectAdmin(invocation, 'assign')
  const appId = await findAppId(invocation, graph)
  const { servicePrincipalId } = await showApp(graph, appId)
  if (servicePrincipalId === null)
    throw new CliError('cli/client-unknown', 'it has no enterprise application yet', {
      fix: 'letterlock app apply',
    })
  const plan = judge(appId, servicePrincipalId)
  if (cloud.name === 'local') {
    const { connectLocalExchange } = await import('../exchange.ts')
    const runCmdlet = await connectLocalExchange(invocation, { cloud, tenant })
    const done = await runLimit(plan, { run: runCmdlet, graph, servicePrincipalId })
    output.record({ appId, kind: plan.kind, delay: plan.delay, ...done })
    output.say(done.ran.length === 0 ? 'nothing to change' : `done: ${done.ran.join(', ')}`)
    if (done.grantsRemoved.length > 0)
      output.say(`taken away in Entra, where it opened every mailbox: ${done.grantsRemoved.join(', ')}`)
    for (const { mailbox, rows } of done.tests)
      for (const row of rows)
        output.say(`  ${mailbox}: ${String(row['RoleName'] ?? 'policy')} ${String(row['InScope'] ?? row['AccessCheckResult'])}`) // prettier-ignore
    return sayAfterwards(invocation, plan)
  }
  const script = limitPowerShell(plan, { cloud: cloud.name, tenant, servicePrincipalId })
  output.record({ appId, kind: plan.kind, delay: plan.delay, powershell: script, ran: flags.run === true })
  output.say(script)
  if (flags.run) {
    await confirm(invocation, 'Run this in pwsh?')
    await runPowerShell(script, invocation.signal)
  }
  sayAfterwards(invocation, plan)
}

function scopeOf({ mailbox, group }: LimitFlags): LimitScope {
  if (group !== undefined && mailbox === undefined) return { group }
  const mailboxes = (mailbox ?? '').split(',').map((one) => one.trim()).filter(Boolean) // prettier-ignore
  if (mailboxes.length > 0 && group === undefined) return { mailboxes }
  throw new CliError('cli/usage', 'say which mailboxes stay open: by address, or as members of one group', {
    fix: 'add --mailbox bot@contoso.com,other@contoso.com or --group bots@contoso.com',
  })
}

function sayAfterwards({ output }: Invocation<LimitFlags>, plan: LimitPlan): void {
  output.note(`it holds after ${plan.delay}`)
  if (plan.kind === 'legacy')
    output.note('access policies are deprecated: Microsoft wants no new ones; without --legacy, RBAC for Applications is used') // prettier-ignore
  else
    output.note('take these out of applicationPermissions in the app file: Exchange grants them now, and Entra must not') // prettier-ignore
}
