import { graphAppId } from '../facts/scopes.ts'
import type { GraphClient } from '../graph/index.ts'
import { knownPermission } from './app-spec.ts'
import { scopesOf } from './consent.ts'
import {
  type DirectoryOptions,
  directoryOf,
  grantsOf,
  needServicePrincipal,
  needUser,
  rolesHeldBy,
} from './directory.ts'

export interface NarrowRequest {
  readonly appId: string
  /** What stays, by name; what else is granted goes. */
  readonly scopes: readonly string[]
  readonly roles?: readonly string[]
  /** User names: consent for other single users goes. Default: consent for any user stays. */
  readonly users?: readonly string[]
}

/** One consent that goes, or went. */
export interface ConsentTaken {
  readonly permissions: readonly string[]
  readonly from: 'organisation' | 'user' | 'application'
  /** Object id of the user, where it was one user's. */
  readonly userId?: string
}

/**
 * Takes away every consent beyond what is asked for: of Graph and of every other service. With `dryRun` it only says so.
 * A token that was given out keeps its scopes until it ends, an hour or so later.
 *
 * @throws {RegistrationError} `registration/permission-unknown`, `registration/app-unknown`,
 *   `registration/user-unknown`, `registration/not-allowed`
 */
export async function narrowConsent(
  graph: GraphClient,
  request: NarrowRequest,
  options?: DirectoryOptions & { readonly dryRun?: boolean },
): Promise<readonly ConsentTaken[]> {
  const scopes = new Set(request.scopes.map((name) => knownPermission(name, 'delegated').value))
  const roles = new Set((request.roles ?? []).map((name) => knownPermission(name, 'application').id))
  const directory = directoryOf(graph, options)
  const client = await needServicePrincipal(directory, request.appId)
  const resource = await needServicePrincipal(directory, graphAppId)
  const users = new Set<string>()
  for (const name of request.users ?? []) users.add((await needUser(directory, name)).id)
  const taken: ConsentTaken[] = []
  for (const grant of await grantsOf(directory, client.id)) {
    const isOthers =
      grant.consentType === 'Principal' && request.users !== undefined && !users.has(grant.principalId ?? '')
    const all = scopesOf(grant)
    const kept = grant.resourceId === resource.id && !isOthers ? all.filter((one) => scopes.has(one)) : []
    if (kept.length === all.length && all.length > 0) continue
    const user = grant.principalId === null ? {} : { userId: grant.principalId }
    const from = grant.principalId === null ? 'organisation' : 'user'
    taken.push({ permissions: all.filter((one) => !kept.includes(one)), from, ...user })
    if (options?.dryRun) continue
    const path = `/oauth2PermissionGrants/${grant.id}`
    if (kept.length === 0) await directory.delete(path)
    else await directory.patch(path, { scope: kept.join(' ') })
  }
  for (const held of await rolesHeldBy(directory, client.id)) {
    if (held.resourceId === resource.id && roles.has(held.appRoleId)) continue
    taken.push({ permissions: [held.appRoleId], from: 'application' })
    if (!options?.dryRun)
      await directory.delete(`/servicePrincipals/${held.resourceId}/appRoleAssignedTo/${held.id}`)
  }
  return taken
}
