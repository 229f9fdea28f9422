import { connectAdmin } from '../admin.ts'
import { confirm } from '../ask.ts'
import type { Invocation } from '../invocation.ts'
import { type AppFlags, findAppId } from './app-target.ts'

export async function run(invocation: Invocation<AppFlags>): Promise<void> {
  const user = invocation.args[0]!
  const { assignUser } = await import('../../registration/index.ts')
  const { graph, cloud } = await connectAdmin(invocation)
  const appId = await findAppId(invocation, graph)
  if (cloud.name !== 'local') await confirm(invocation, `Let ${user} use ${appId}?`)
  const assigned = await assignUser(graph, { appId, user })
  invocation.output.record({ appId, ...assigned })
  const how = assigned.alreadyAssigned ? 'was assigned already' : 'is assigned'
  invocation.output.say(
    `${assigned.userPrincipalName} ${how} to ${appId} (assignment ${assigned.assignmentId})`,
  )
}
