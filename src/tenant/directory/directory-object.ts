// Any object of the directory by its ID, as lists of members, owners and groups show it. Graph: directoryObject.
import type { DirectoryParts } from './contract.ts'
import { userView } from './user-view.ts'

export type DirectoryObject = Record<string, unknown> & {
  readonly id: string
  readonly '@odata.type': string
}

export function findObject(
  id: string,
  { context, directory, users }: DirectoryParts,
): DirectoryObject | undefined {
  const user = context.findUser(id)
  // A name is no key here.
  if (user && user.id === id.toLowerCase())
    return { '@odata.type': '#microsoft.graph.user', ...userView(user, users), id: user.id }
  const group = directory.groups.find(id)
  if (group) return { '@odata.type': '#microsoft.graph.group', ...group }
  const principal = directory.findPrincipal(id)
  if (principal && principal.id === id)
    return { '@odata.type': '#microsoft.graph.servicePrincipal', ...principal }
  const application = directory.findApplication(id)
  if (application && application.id === id)
    return { '@odata.type': '#microsoft.graph.application', ...application }
  return undefined
}

export function findObjects(ids: readonly string[], parts: DirectoryParts): DirectoryObject[] {
  return ids.map((id) => findObject(id, parts)).filter((one) => one !== undefined)
}

/** Of one kind alone, as `…/microsoft.graph.user` asks. */
export function ofType(objects: readonly DirectoryObject[], type: string): DirectoryObject[] {
  const wanted = `#${type}`.toLowerCase()
  return objects.filter((one) => one['@odata.type'].toLowerCase() === wanted)
}
