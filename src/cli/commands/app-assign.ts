import { connectAdmin } from '../admin.ts'
import { confirm } from '../ask.ts'
import type { Invocation } from '../invocation.ts'
import { type AppFlags, findAppId } from './app-target.ts'

export async function run(invocation: Invocation<AppFlags & { remove?: boolean }>): Promise<void> {
  const { output, flags, args } = invocation
  const user = args[0]!
  const { assignUser, unassignUser } = await import('../../registration/index.ts')
  const { graph, cloud } = await connectAdmin(invocation, 'assign')
  const appId = await findAppId(invocation, graph)
  const question = flags.remove ? `Take ${appId} away from ${user}?` : `Let ${user} use ${appId}?`
  if (cloud.name !== 'local') await confirm(invocation, question)
  if (flags.remove) {
    const { userId, removed } = await unassignUser(graph, { appId, user })
    output.record({ appId, userId, removed })
    return output.say(`${user} ${removed === 0 ? 'was not' : 'is no longer'} assigned to ${appId}`)
  }
  const assigned = await assignUser(graph, { appId, user })
  output.record({ appId, ...assigned })
  const how = assigned.alreadyAssigned ? 'was assigned already' : 'is assigned'
  output.say(`${assigned.userPrincipalName} ${how} to ${appId} (assignment ${assigned.assignmentId})`)
}
