// The directory objects that registration deals with, read and written through a GraphClient.
import { type Clock, systemClock } from '../facts/clock.ts'
import { graphAppId } from '../facts/scopes.ts'
import type { GraphClient } from '../graph/index.ts'
import { type ErrorIds, RegistrationError } from './registration-error.ts'

export interface DirectoryOptions {
  readonly clock?: Clock
  readonly signal?: AbortSignal
  /** How long a just-made object may stay unknown to other servers. Default 60_000. */
  readonly replicationMs?: number
}

export interface Application {
  readonly id: string
  readonly appId: string
  readonly displayName: string
  readonly signInAudience?: string | null
  readonly isFallbackPublicClient?: boolean | null
  readonly publicClient?: { readonly redirectUris?: readonly string[] } | null
  readonly web?: {
    readonly redirectUris?: readonly string[]
    readonly implicitGrantSettings?: {
      readonly enableIdTokenIssuance?: boolean
      readonly enableAccessTokenIssuance?: boolean
    } | null
  } | null
  readonly spa?: { readonly redirectUris?: readonly string[] } | null
  readonly requiredResourceAccess?: readonly ResourceAccess[] | null
  readonly passwordCredentials?: readonly Credential[] | null
  readonly keyCredentials?: readonly Credential[] | null
}

export interface ResourceAccess {
  readonly resourceAppId: string
  readonly resourceAccess: readonly { readonly id: string; readonly type: string }[]
}

export interface Credential {
  readonly keyId?: string
  readonly displayName?: string | null
  readonly hint?: string | null
  readonly endDateTime?: string | null
}

export interface FederatedCredential {
  readonly id: string
  readonly name: string
  readonly issuer: string
  readonly subject: string
}

export interface ServicePrincipal {
  readonly id: string
  readonly appId: string
  readonly displayName?: string
  readonly accountEnabled?: boolean
  readonly appRoleAssignmentRequired?: boolean
}

export interface DirectoryUser {
  readonly id: string
  readonly userPrincipalName: string
  readonly displayName?: string | null
}

export interface Grant {
  readonly id: string
  readonly clientId: string
  readonly consentType: 'AllPrincipals' | 'Principal'
  readonly principalId: string | null
  readonly resourceId: string
  readonly scope: string
}

export interface RoleAssignment {
  readonly id: string
  readonly appRoleId: string
  readonly principalId: string
  readonly principalType?: string
  readonly principalDisplayName?: string
  readonly resourceId: string
}

type Query = Record<string, string>

export interface Directory {
  get<T>(path: string, query?: Query): Promise<T>
  list<T>(path: string, query?: Query): Promise<T[]>
  post<T>(path: string, body: object): Promise<T>
  patch(path: string, body: object): Promise<void>
  /** What is not there any more counts as deleted. */
  delete(path: string): Promise<void>
  /** Repeats `work` while the directory does not know an object that was made just now. */
  untilReplicated<T>(work: () => Promise<T>): Promise<T>
}

export function directoryOf(graph: GraphClient, options: DirectoryOptions = {}): Directory {
  const clock = options.clock ?? systemClock
  const common = options.signal ? { signal: options.signal } : {}
  const asked = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw asRefusal(error)
    }
  }
  return {
    get: (path, query) =>
      asked(async () => (await graph.request('GET', path, { query: query ?? {}, ...common })).body as never),
    list: (path, query) =>
      asked(async () => {
        const all: unknown[] = []
        for await (const page of graph.pages(path, { query: query ?? {}, ...common })) all.push(...page)
        return all as never
      }),
    post: (path, body) =>
      asked(async () => (await graph.request('POST', path, { body, ...common })).body as never),
    patch: (path, body) => asked(async () => void (await graph.request('PATCH', path, { body, ...common }))),
    delete: (path) =>
      asked(async () => {
        try {
          await graph.request('DELETE', path, common)
        } catch (error) {
          if (!hasCode(error, 'graph/not-found')) throw error
        }
      }),
    untilReplicated: async (work) => {
      const endMs = clock.nowMs() + (options.replicationMs ?? 60_000)
      for (let waitMs = 200; ; waitMs = Math.min(waitMs * 2, 5_000)) {
        try {
          return await work()
        } catch (error) {
          if (!isNotYetKnown(error)) throw error
          if (clock.nowMs() + waitMs > endMs) throw notReplicated(error)
          await clock.sleep(waitMs, options.signal)
        }
      }
    },
  }
}

/** Finds a registration by its client ID. */
export async function findApplication(directory: Directory, appId: string): Promise<Application | undefined> {
  const [found] = await directory.list<Application>('/applications', { $filter: `appId eq ${quoted(appId)}` })
  return found
}

export async function findApplicationsByName(directory: Directory, name: string): Promise<Application[]> {
  return directory.list<Application>('/applications', { $filter: `displayName eq ${quoted(name)}` })
}

export async function findServicePrincipal(
  directory: Directory,
  appId: string,
): Promise<ServicePrincipal | undefined> {
  const [found] = await directory.list<ServicePrincipal>('/servicePrincipals', {
    $filter: `appId eq ${quoted(appId)}`,
  })
  return found
}

/** @throws {RegistrationError} `registration/app-unknown` */
export async function needServicePrincipal(directory: Directory, appId: string): Promise<ServicePrincipal> {
  const found = await findServicePrincipal(directory, appId)
  if (found) return found
  if (appId !== graphAppId) throw await unknownClient(directory, appId)
  throw new RegistrationError('registration/app-unknown', 'Microsoft Graph is not present in this tenant', {
    fix: 'Check the tenant.',
  })
}

/** Says of an id that is no client ID here whether it is one of the two other ids that people copy (portal.md section 4). */
export async function unknownClient(directory: Directory, id: string): Promise<RegistrationError> {
  for (const [path, what] of [
    ['/applications', 'the Object ID of the registration'],
    ['/servicePrincipals', 'the Object ID of the enterprise application'],
  ] as const) {
    const found = await findById(directory, `${path}/${encodeURIComponent(id)}`)
    if (found)
      return new RegistrationError(
        'registration/app-unknown',
        `${id} is ${what} "${found.displayName ?? ''}"; its client ID is ${found.appId}`,
        { fix: `Use the client ID: ${found.appId}.` },
      )
  }
  return new RegistrationError('registration/app-unknown', `there is no registration ${id} in this tenant`, {
    fix: 'Copy "Application (client) ID" of the registration, and check the tenant; or make it: letterlock app apply.',
  })
}

async function findById(
  directory: Directory,
  path: string,
): Promise<{ readonly appId: string; readonly displayName?: string } | undefined> {
  try {
    return await directory.get(path, { $select: 'appId,displayName' })
  } catch (error) {
    // It only makes the refusal more helpful: whatever this meets, the refusal stands.
    if (hasCode(error, 'graph/not-found') || error instanceof RegistrationError) return undefined
    if (hasCode(error, 'graph/bad-request')) return undefined
    throw error
  }
}

/** The registration of this client ID or name that was deleted less than 30 days ago. */
export async function findDeletedApplication(
  directory: Directory,
  wanted: { readonly name: string; readonly clientId?: string | undefined },
): Promise<Application | undefined> {
  const { name, clientId } = wanted
  const $filter = clientId === undefined ? `displayName eq ${quoted(name)}` : `appId eq ${quoted(clientId)}`
  const path = '/directory/deletedItems/microsoft.graph.application'
  const [found] = await directory.list<Application>(path, { $filter })
  return found
}

/** By full address or object id; undefined where there is none. */
export async function findUser(directory: Directory, name: string): Promise<DirectoryUser | undefined> {
  try {
    return await directory.get<DirectoryUser>(`/users/${encodeURIComponent(name)}`, {
      $select: 'id,userPrincipalName,displayName',
    })
  } catch (error) {
    if (!hasCode(error, 'graph/not-found')) throw error
    return undefined
  }
}

/** @throws {RegistrationError} `registration/user-unknown` */
export async function needUser(directory: Directory, name: string): Promise<DirectoryUser> {
  const found = await findUser(directory, name)
  if (found) return found
  throw new RegistrationError('registration/user-unknown', `there is no user ${name} in this tenant`, {
    fix: 'Write the full address of a user of this tenant.',
  })
}

export async function grantsOf(directory: Directory, clientPrincipalId: string): Promise<Grant[]> {
  return directory.list<Grant>('/oauth2PermissionGrants', {
    $filter: `clientId eq ${quoted(clientPrincipalId)}`,
  })
}

/** Who is assigned to this service principal (as a resource): users, groups, and clients with its app roles. */
export async function assignmentsTo(directory: Directory, principalId: string): Promise<RoleAssignment[]> {
  return directory.list<RoleAssignment>(`/servicePrincipals/${principalId}/appRoleAssignedTo`)
}

/** The app roles that this service principal holds as a client, of every resource. */
export async function rolesHeldBy(directory: Directory, principalId: string): Promise<RoleAssignment[]> {
  return directory.list<RoleAssignment>(`/servicePrincipals/${principalId}/appRoleAssignments`)
}

export async function federationsOf(
  directory: Directory,
  applicationId: string,
): Promise<FederatedCredential[]> {
  return directory.list<FederatedCredential>(`/applications/${applicationId}/federatedIdentityCredentials`)
}

/** A text inside `$filter`: quotes doubled. */
export function quoted(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === code
}

/** True where what was to be made may be there: the directory says so, or its answer to the POST got lost. Then look. */
export function mayBeThere(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (hasCode(error, 'graph/conflict')) return true
  if ((error as { mayHaveHappened?: unknown }).mayHaveHappened === true) return true
  return hasCode(error, 'graph/bad-request') && /already exists/i.test(textOf(error))
}

function isNotYetKnown(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (hasCode(error, 'graph/not-found')) return true
  const backing = /does not reference a valid application object|NoBackingApplicationObject/i
  return hasCode(error, 'graph/bad-request') && backing.test(textOf(error))
}

function asRefusal(error: unknown): unknown {
  if (!hasCode(error, 'graph/refused')) return error
  const { ids } = error as { ids?: ErrorIds }
  return new RegistrationError(
    'registration/not-allowed',
    'this account may not read or change app registrations here',
    {
      fix: 'Sign in as an Application Administrator, or hand the change to one.',
      status: 403,
      ids: ids ?? {},
      cause: error,
    },
  )
}

function notReplicated(cause: unknown): RegistrationError {
  return new RegistrationError(
    'registration/not-replicated',
    'the directory does not yet know an object that was made a minute ago',
    { fix: 'Run it again in some minutes: what was made is found again.', cause },
  )
}

function textOf(error: Error): string {
  const { graphCode, graphMessage } = error as { graphCode?: unknown; graphMessage?: unknown }
  return [error.message, graphCode, graphMessage].filter((part) => typeof part === 'string').join(' ')
}
