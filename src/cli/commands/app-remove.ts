import { connectAdmin } from '../admin.ts'
import { confirm } from '../ask.ts'
import type { Invocation } from '../invocation.ts'
import { oneLine } from '../strip-escapes.ts'
import { type AppFlags, findAppId } from './app-target.ts'

export async function run(invocation: Invocation<AppFlags>): Promise<void> {
  const { output } = invocation
  const { removeApp, showApp } = await import('../../registration/index.ts')
  const { graph } = await connectAdmin(invocation, 'remove')
  const appId = await findAppId(invocation, graph)
  const { name } = await showApp(graph, appId)
  await confirm(invocation, `Delete the registration ${oneLine(name)} (${appId})?`)
  const removed = await removeApp(graph, appId)
  output.record(removed)
  output.say(`deleted: ${oneLine(name)} (${appId})`)
  output.say('  for 30 days: App registrations > Deleted applications > Restore app registration')
}
