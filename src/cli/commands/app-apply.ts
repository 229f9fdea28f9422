import { connectAdmin } from '../admin.ts'
import { confirm } from '../ask.ts'
import type { Invocation } from '../invocation.ts'
import { type AppFlags, readSpec } from './app-target.ts'
import { sayPlan } from './app-plan.ts'

export async function run(invocation: Invocation<AppFlags>): Promise<void> {
  const { output, home } = invocation
  const spec = await readSpec(invocation)
  const { applyPlan, planApp, redirectUrisOf } = await import('../../registration/index.ts')
  const { graph, cloud, tenant } = await connectAdmin(invocation, 'register')
  const plan = await planApp(graph, spec)
  sayPlan(output, plan)
  if (plan.changes.length > 0 && cloud.name !== 'local') await confirm(invocation, 'Apply this plan?')
  const applied = await applyPlan(graph, plan)
  const uris = redirectUrisOf(spec)
  const redirectUri = (spec.client === 'public' ? uris.publicClient : uris.web)[0]
  if (redirectUri !== undefined) {
    const { saveSettings } = await import('../settings.ts')
    saveSettings(home, {
      registration: {
        cloud: cloud.name,
        tenant,
        clientId: applied.appId,
        clientKind: spec.client,
        redirectUri,
        scopes: spec.permissions,
      },
    })
  }
  const { appId, objectId, servicePrincipalId, created } = applied
  output.record({ appId, objectId, servicePrincipalId, created, done: applied.done })
  output.say(`${created ? 'registered' : 'up to date'}: client ID ${appId}`)
  output.say(`  application        ${objectId}`)
  output.say(`  service principal  ${servicePrincipalId}`)
  if (spec.clientId === undefined)
    output.note(`  to rename it later, write into the app file: clientId: ${appId}`)
}
