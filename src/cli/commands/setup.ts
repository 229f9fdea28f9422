import { connectAdmin, type AdminFlags } from '../admin.ts'
import { confirm } from '../ask.ts'
import type { Invocation } from '../invocation.ts'
import { saveSettings } from '../settings.ts'
import { performProcedure } from '../tour/steps.ts'
import { sayStep } from '../tour/say.ts'

export interface SetupFlags extends AdminFlags {
  readonly yes?: boolean
  readonly name?: string
  readonly user?: string
  readonly redirectUri?: string
}

export async function run(invocation: Invocation<SetupFlags>): Promise<void> {
  const { flags, output, home } = invocation
  const remote = flags.tenant !== undefined && flags.tenant !== 'local'
  const named = flags.cloud ?? (remote ? flags.cloud : 'local')
  const flagged = { ...flags, ...(named !== undefined && { cloud: named }) }
  if (named === 'local') {
    const { startTenantProcess, usualTenantPort } = await import('../tenant-process.ts')
    const tenant = await startTenantProcess({
      tenantDir: home.tenantDir,
      port: usualTenantPort,
      detach: true,
    })
    output.note(`the local tenant ${tenant.ours ? 'is' : 'was already'} up at ${tenant.address.origin}`)
  } else await confirm(invocation, `Register an application in ${flags.tenant} and grant it consent?`)
  const admin = await connectAdmin({ ...invocation, flags: flagged })
  const user = flags.user ?? (named === 'local' ? 'invoice.bot@contoso.example' : undefined)
  const registered = await performProcedure(
    {
      cloud: admin.cloud,
      tenant: admin.tenant,
      name: flags.name ?? 'Invoice bot',
      redirectUri: flags.redirectUri ?? 'http://localhost:9999/Callback',
      user,
      signIn: async () => ({
        graph: admin.graph,
        signedIn: undefined,
        proof: [`an administrator of ${admin.tenant}`],
      }),
    },
    (step) => sayStep((line) => output.note(line), step),
  )
  saveSettings(home, { registration: registered.saved })
  const { clientId, tenantId } = registered
  output.record({ ok: true, clientId, tenantId, steps: registered.steps, user: user ?? null })
  output.say(`client ID  ${clientId}`)
  output.say(`tenant ID  ${tenantId}`)
  output.say(`next: letterlock login${user === undefined ? '' : ` ${user}`}`)
}
