import { permissionById } from '../facts/permissions.ts'
import { graphAppId } from '../facts/scopes.ts'
import type { GraphClient } from '../graph/index.ts'
import { scopesOf } from './consent.ts'
import {
  assignmentsTo,
  type Directory,
  type DirectoryOptions,
  directoryOf,
  findApplication,
  findServicePrincipal,
  type Grant,
  grantsOf,
  type RoleAssignment,
  rolesHeldBy,
  type ServicePrincipal,
  unknownClient,
} from './directory.ts'
import { listedPermissions } from './plan.ts'
import type { Platform } from './redirect-uri.ts'

export interface ShownApp {
  readonly name: string
  readonly appId: string
  readonly objectId: string
  readonly servicePrincipalId: string | null
  readonly audience: string | null
  readonly client: 'public' | 'confidential'
  readonly redirectUris: Readonly<Record<Platform, readonly string[]>>
  readonly enabled: boolean
  readonly assignmentRequired: boolean
  readonly assigned: readonly { readonly id: string; readonly name: string; readonly kind: string }[]
  readonly permissions: readonly ShownPermission[]
  readonly secrets: readonly { readonly name: string; readonly hint: string; readonly ends: string | null }[]
  readonly certificates: number
}

/** One permission in three columns: in the registration's list, granted to everybody, granted to some users. */
export interface ShownPermission {
  readonly name: string
  readonly kind: 'delegated' | 'application'
  readonly listed: boolean
  readonly grantedToAll: boolean
  /** Object ids of users. */
  readonly grantedTo: readonly string[]
}

/**
 * Everything about one registration that a person asks for. Reads only.
 *
 * @throws {RegistrationError} `registration/app-unknown`, `registration/not-allowed`
 */
export async function showApp(
  graph: GraphClient,
  appId: string,
  options?: DirectoryOptions,
): Promise<ShownApp> {
  const directory = directoryOf(graph, options)
  const application = await findApplication(directory, appId)
  if (!application) throw await unknownClient(directory, appId)
  const principal = await findServicePrincipal(directory, appId)
  const assignments = principal ? await assignmentsTo(directory, principal.id) : []
  const granted = principal ? await readGranted(directory, principal) : { grants: [], roles: [] }
  return {
    name: application.displayName,
    appId: application.appId,
    objectId: application.id,
    servicePrincipalId: principal?.id ?? null,
    audience: application.signInAudience ?? null,
    client: application.isFallbackPublicClient ? 'public' : 'confidential',
    redirectUris: {
      publicClient: application.publicClient?.redirectUris ?? [],
      web: application.web?.redirectUris ?? [],
      spa: application.spa?.redirectUris ?? [],
    },
    enabled: principal?.accountEnabled ?? true,
    assignmentRequired: principal?.appRoleAssignmentRequired ?? false,
    assigned: assignments.map((one) => ({
      id: one.principalId,
      name: one.principalDisplayName ?? one.principalId,
      kind: one.principalType ?? 'User',
    })),
    permissions: joinPermissions(listedPermissions(application), granted),
    secrets: (application.passwordCredentials ?? []).map((one) => ({
      name: one.displayName ?? '',
      hint: one.hint ?? '',
      ends: one.endDateTime ?? null,
    })),
    certificates: application.keyCredentials?.length ?? 0,
  }
}

interface Granted {
  readonly grants: readonly Grant[]
  readonly roles: readonly RoleAssignment[]
}

async function readGranted(directory: Directory, client: ServicePrincipal): Promise<Granted> {
  const resource = await findServicePrincipal(directory, graphAppId)
  if (!resource) return { grants: [], roles: [] }
  const grants = await grantsOf(directory, client.id)
  const roles = await rolesHeldBy(directory, client.id)
  return {
    grants: grants.filter((one) => one.resourceId === resource.id),
    roles: roles.filter((one) => one.resourceId === resource.id),
  }
}

function joinPermissions(listed: readonly string[], granted: Granted): ShownPermission[] {
  const toAll = new Set<string>()
  const toSome = new Map<string, string[]>()
  for (const grant of granted.grants) {
    for (const scope of scopesOf(grant)) {
      if (grant.consentType === 'AllPrincipals') toAll.add(scope)
      else toSome.set(scope, [...(toSome.get(scope) ?? []), grant.principalId ?? ''])
    }
  }
  for (const role of granted.roles) {
    toAll.add(`${permissionById(role.appRoleId)?.value ?? role.appRoleId} (application)`)
  }
  const names = new Set([...listed, ...toAll, ...toSome.keys()])
  return [...names].map((name) => ({
    name: name.replace(/ \(application\)$/, ''),
    kind: name.endsWith(' (application)') ? 'application' : 'delegated',
    listed: listed.includes(name),
    grantedToAll: toAll.has(name),
    grantedTo: toSome.get(name) ?? [],
  }))
}
