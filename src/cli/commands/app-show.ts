import { connectAdmin } from '../admin.ts'
import type { Invocation } from '../invocation.ts'
import { type AppFlags, findAppId } from './app-target.ts'

export async function run(invocation: Invocation<AppFlags>): Promise<void> {
  const { output } = invocation
  const { showApp } = await import('../../registration/index.ts')
  const { graph } = await connectAdmin(invocation)
  const shown = await showApp(graph, await findAppId(invocation, graph))
  output.record(shown)
  output.say(output.bold(shown.name))
  output.say(`  client ID          ${shown.appId}`)
  output.say(`  application        ${shown.objectId}`)
  output.say(`  service principal  ${shown.servicePrincipalId ?? 'none'}`)
  output.say(`  client             ${shown.client}, ${shown.audience ?? 'audience unknown'}`)
  for (const [platform, uris] of Object.entries(shown.redirectUris))
    for (const uri of uris) output.say(`  redirect URI       ${uri} (${platform})`)
  const names = shown.assigned.map((one) => one.name).join(', ') || 'nobody'
  output.say(`  assigned           ${shown.assignmentRequired ? 'required; ' : 'not required; '}${names}`)
  for (const one of shown.permissions) {
    const status = one.grantedToAll
      ? 'granted'
      : one.grantedTo.length > 0
        ? `granted to ${one.grantedTo.length}`
        : 'not granted'
    output.say(`  ${one.name.padEnd(24)} ${one.kind}, ${one.listed ? 'listed' : 'not listed'}, ${status}`)
  }
  for (const one of shown.secrets) output.say(`  secret             ${one.name} ends ${one.ends ?? 'never'}`)
}
