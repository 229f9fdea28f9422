import type { GraphClient } from '../graph/index.ts'
import {
  assignmentsTo,
  type Directory,
  type DirectoryOptions,
  directoryOf,
  mayBeThere,
  needServicePrincipal,
  needUser,
  type RoleAssignment,
  rolesHeldBy,
} from './directory.ts'

/** Entra's id for "default access": what an application without roles of its own assigns. */
export const defaultAccessRoleId = '00000000-0000-0000-0000-000000000000'

export interface Assigned {
  readonly assignmentId: string
  readonly userId: string
  readonly userPrincipalName: string
  readonly alreadyAssigned: boolean
}

/**
 * Lets a user use an application that requires assignment. Sends one POST, or none if the user is assigned already.
 *
 * @throws {RegistrationError} `registration/app-unknown`, `registration/user-unknown`, `registration/not-allowed`,
 *   `registration/not-replicated`
 */
export async function assignUser(
  graph: GraphClient,
  request: { readonly appId: string; readonly user: string },
  options?: DirectoryOptions,
): Promise<Assigned> {
  const directory = directoryOf(graph, options)
  const user = await needUser(directory, request.user)
  const principal = await needServicePrincipal(directory, request.appId)
  const { assignment, alreadyAssigned } = await directory.untilReplicated(() =>
    assignPrincipal(directory, principal.id, user.id),
  )
  return {
    assignmentId: assignment.id,
    userId: user.id,
    userPrincipalName: user.userPrincipalName,
    alreadyAssigned,
  }
}

/**
 * Takes a user's or group's assignment away; `user` may be an object id. Returns how many there were.
 *
 * @throws {RegistrationError} `registration/app-unknown`, `registration/user-unknown`, `registration/not-allowed`
 */
export async function unassignUser(
  graph: GraphClient,
  request: { readonly appId: string; readonly user: string },
  options?: DirectoryOptions,
): Promise<{ readonly userId: string; readonly removed: number }> {
  const directory = directoryOf(graph, options)
  const principal = await needServicePrincipal(directory, request.appId)
  const all = await assignmentsTo(directory, principal.id)
  const isId = all.some((one) => one.principalId === request.user)
  const userId = isId ? request.user : (await needUser(directory, request.user)).id
  const held = all.filter((one) => one.principalId === userId)
  for (const one of held)
    await directory.delete(`/servicePrincipals/${principal.id}/appRoleAssignedTo/${one.id}`)
  return { userId, removed: held.length }
}

export async function assignPrincipal(
  directory: Directory,
  servicePrincipalId: string,
  userId: string,
): Promise<{ assignment: RoleAssignment; alreadyAssigned: boolean }> {
  return assignRole(directory, {
    resourceId: servicePrincipalId,
    principalId: userId,
    appRoleId: defaultAccessRoleId,
  })
}

export async function assignRole(
  directory: Directory,
  wanted: { readonly resourceId: string; readonly principalId: string; readonly appRoleId: string },
): Promise<{ assignment: RoleAssignment; alreadyAssigned: boolean }> {
  const { resourceId, principalId, appRoleId } = wanted
  const find = async (): Promise<RoleAssignment | undefined> => {
    const anyRole = appRoleId === defaultAccessRoleId
    // Graph's own list of holders is the whole tenant's: of a client, look at what it holds.
    const all = anyRole
      ? await assignmentsTo(directory, resourceId)
      : (await rolesHeldBy(directory, principalId)).filter((one) => one.resourceId === resourceId)
    return all.find((one) => one.principalId === principalId && (anyRole || one.appRoleId === appRoleId))
  }
  const existing = await find()
  if (existing) return { assignment: existing, alreadyAssigned: true }
  try {
    const path = `/servicePrincipals/${resourceId}/appRoleAssignedTo`
    return {
      assignment: await directory.post(path, { principalId, resourceId, appRoleId }),
      alreadyAssigned: false,
    }
  } catch (error) {
    const there = mayBeThere(error) ? await find() : undefined
    if (!there) throw error
    return { assignment: there, alreadyAssigned: true }
  }
}
