// All that a check looks at, read once; what may not be read says which permission it needs.
import type { AppSpec } from './app-spec.ts'
import {
  type Application,
  assignmentsTo,
  type Directory,
  findDeletedApplication,
  findServicePrincipal,
  findUser,
  type FederatedCredential,
  federationsOf,
  type Grant,
  grantsOf,
  type RoleAssignment,
  rolesHeldBy,
  type ServicePrincipal,
} from './directory.ts'
import { findOne } from './plan.ts'
import { RegistrationError } from './registration-error.ts'

/** What was read, or the permission that reading it needs. */
export type Reading<T> =
  | { readonly read: true; readonly value: T }
  | { readonly read: false; readonly needs: string }

export interface RegistrationState {
  readonly application: Application | undefined
  /** Why there is none, where more is known than that: another id was copied, say. */
  readonly absence: string | undefined
  /** It lies in the recycle bin. */
  readonly deleted: Application | undefined
  readonly servicePrincipal: ServicePrincipal | undefined
  readonly grants: Reading<readonly Grant[]>
  /** Application permissions that it holds. */
  readonly roles: Reading<readonly RoleAssignment[]>
  /** Who may use it. */
  readonly assigned: Reading<readonly RoleAssignment[]>
  /** The users of the app file: their names by object id. */
  readonly users: Reading<ReadonlyMap<string, string>>
  readonly absentUsers: readonly string[]
  readonly federations: Reading<readonly FederatedCredential[]>
  resourceOf(principalId: string): { readonly appId: string; readonly name: string }
}

/**
 * @throws {RegistrationError} `registration/not-allowed` where applications may not be read at all,
 *   `registration/name-ambiguous`
 */
export async function readState(directory: Directory, spec: AppSpec): Promise<RegistrationState> {
  const { application, absence } = await findOrAbsent(directory, spec)
  const servicePrincipal = application && (await findServicePrincipal(directory, application.appId))
  const principalId = servicePrincipal?.id
  const none = <T>(): Promise<readonly T[]> => Promise.resolve([])
  const ofPrincipal = <T>(read: (d: Directory, id: string) => Promise<readonly T[]>) =>
    principalId === undefined ? none<T>() : read(directory, principalId)
  const absentUsers: string[] = []
  const [grants, roles, assigned, users, federations] = await Promise.all([
    reading('DelegatedPermissionGrant.Read.All', () => ofPrincipal(grantsOf)),
    reading('Application.Read.All', () => ofPrincipal(rolesHeldBy)),
    reading('Application.Read.All', () => ofPrincipal(assignmentsTo)),
    reading('User.ReadBasic.All', () => readUsers(directory, spec, absentUsers)),
    reading('Application.Read.All', () =>
      application ? federationsOf(directory, application.id) : none<FederatedCredential>(),
    ),
  ])
  const resources = await readResources(directory, [
    ...(grants.read ? grants.value : []),
    ...(roles.read ? roles.value : []),
  ])
  return {
    application,
    absence,
    deleted: application ? undefined : await quietly(() => findDeletedApplication(directory, spec)),
    servicePrincipal,
    grants,
    roles,
    assigned,
    users,
    absentUsers,
    federations,
    resourceOf: (id) => resources.get(id) ?? { appId: id, name: `the resource ${id}` },
  }
}

async function findOrAbsent(
  directory: Directory,
  spec: AppSpec,
): Promise<{ application?: Application | undefined; absence?: string }> {
  try {
    return { application: await findOne(directory, spec) }
  } catch (error) {
    if (error instanceof RegistrationError && error.code === 'registration/app-unknown')
      return { absence: error.message }
    throw error
  }
}

async function reading<T>(needs: string, read: () => Promise<T>): Promise<Reading<T>> {
  try {
    return { read: true, value: await read() }
  } catch (error) {
    if (!isRefusal(error)) throw error
    return { read: false, needs }
  }
}

async function quietly<T>(read: () => Promise<T | undefined>): Promise<T | undefined> {
  const found = await reading('', read)
  return found.read ? found.value : undefined
}

function isRefusal(error: unknown): boolean {
  return error instanceof RegistrationError && error.code === 'registration/not-allowed'
}

async function readUsers(
  directory: Directory,
  spec: AppSpec,
  absent: string[],
): Promise<ReadonlyMap<string, string>> {
  const users = new Map<string, string>()
  for (const name of new Set(spec.assigned)) {
    const user = await findUser(directory, name)
    if (user) users.set(user.id, name)
    else absent.push(name)
  }
  return users
}

async function readResources(
  directory: Directory,
  rows: readonly { readonly resourceId: string }[],
): Promise<Map<string, { appId: string; name: string }>> {
  const ids = [...new Set(rows.map((one) => one.resourceId))]
  const found = await Promise.all(
    ids.map((id) =>
      quietly(() =>
        directory.get<ServicePrincipal>(`/servicePrincipals/${id}`, { $select: 'id,appId,displayName' }),
      ),
    ),
  )
  return new Map(
    found.flatMap((one) => (one ? [[one.id, { appId: one.appId, name: one.displayName ?? one.appId }]] : [])),
  )
}
