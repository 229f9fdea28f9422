import { permissionById } from '../facts/permissions.ts'
import { graphAppId } from '../facts/scopes.ts'
import type { GraphClient } from '../graph/index.ts'
import { type AppSpec, parseAppSpec, redirectUrisOf, specPermissions } from './app-spec.ts'
import {
  type Application,
  assignmentsTo,
  type Directory,
  type DirectoryOptions,
  directoryOf,
  findApplication,
  findApplicationsByName,
  findServicePrincipal,
  needUser,
  unknownClient,
  type ResourceAccess,
  type ServicePrincipal,
} from './directory.ts'
import type { Platform } from './redirect-uri.ts'
import { RegistrationError } from './registration-error.ts'

export type PlannedValue = string | boolean | null | readonly string[]

/** One line of a plan, readable as it stands. */
export interface PlannedChange {
  readonly object: 'application' | 'service principal' | 'assignment'
  readonly action: 'create' | 'change' | 'add'
  readonly what: string
  readonly before: PlannedValue
  readonly after: PlannedValue
}

export interface Plan {
  readonly spec: AppSpec
  /** Null while the registration does not exist. */
  readonly appId: string | null
  readonly changes: readonly PlannedChange[]
}

/** What is there now, as far as a plan depends on it. */
export interface Found {
  readonly application: Application | undefined
  readonly servicePrincipal: ServicePrincipal | undefined
  /** Names out of `spec.assigned` that are not assigned yet, with their object ids. */
  readonly unassigned: readonly { readonly name: string; readonly id: string }[]
}

/**
 * Compares the registration as it should be with the one that is there. Reads only.
 *
 * The file owns name, audience, client kind, redirect URIs, Graph's permissions and the assignment switch: what else
 * stands there is removed. Permissions of other services stay, and assigned users are only ever added: a user
 * locked out by mistake is worse than one too many, which `checkApp` names.
 *
 * @throws {RegistrationError} `registration/app-file-invalid`, `registration/permission-unknown`,
 *   `registration/app-unknown`, `registration/name-ambiguous`, `registration/user-unknown`, `registration/not-allowed`
 */
export async function planApp(graph: GraphClient, spec: AppSpec, options?: DirectoryOptions): Promise<Plan> {
  const wanted = parseAppSpec(spec)
  const found = await findApp(directoryOf(graph, options), wanted)
  return planFrom(wanted, found)
}

export function planFrom(spec: AppSpec, found: Found): Plan {
  const { application, servicePrincipal } = found
  const changes = [
    ...(application ? applicationChanges(spec, application) : applicationCreation(spec)),
    ...principalChanges(spec, servicePrincipal),
    ...found.unassigned.map((user): PlannedChange => {
      return { object: 'assignment', action: 'add', what: 'assigned user', before: null, after: user.name }
    }),
  ]
  return { spec, appId: application?.appId ?? null, changes }
}

export async function findApp(directory: Directory, spec: AppSpec): Promise<Found> {
  const application = await findOne(directory, spec)
  const servicePrincipal = application && (await findServicePrincipal(directory, application.appId))
  const assigned = new Set<string>()
  if (servicePrincipal && spec.assigned.length > 0) {
    for (const one of await assignmentsTo(directory, servicePrincipal.id)) assigned.add(one.principalId)
  }
  const unassigned: { name: string; id: string }[] = []
  for (const name of new Set(spec.assigned)) {
    const user = await needUser(directory, name)
    if (!assigned.has(user.id)) unassigned.push({ name, id: user.id })
  }
  return { application, servicePrincipal, unassigned }
}

export async function findOne(directory: Directory, spec: AppSpec): Promise<Application | undefined> {
  if (spec.clientId !== undefined) {
    const found = await findApplication(directory, spec.clientId)
    if (found) return found
    throw await unknownClient(directory, spec.clientId)
  }
  const all = await findApplicationsByName(directory, spec.name)
  if (all.length <= 1) return all[0]
  const ids = all.map((one) => one.appId).join(', ')
  throw new RegistrationError(
    'registration/name-ambiguous',
    `${all.length} registrations are named "${spec.name}": ${ids}`,
    {
      fix: 'Write the clientId of the one that is meant into the app file.',
    },
  )
}

/** The body that makes an application, or (of an existing one) the properties that `spec` owns. */
export function applicationBody(spec: AppSpec, existing?: Application): Record<string, unknown> {
  const uris = redirectUrisOf(spec)
  return {
    displayName: spec.name,
    signInAudience: spec.audience,
    isFallbackPublicClient: spec.client === 'public',
    publicClient: { redirectUris: uris.publicClient },
    web: {
      redirectUris: uris.web,
      ...(existing && grantsImplicitly(existing) && { implicitGrantSettings: noImplicitGrant }),
    },
    spa: { redirectUris: uris.spa },
    requiredResourceAccess: wantedAccess(spec, existing),
  }
}

const noImplicitGrant = { enableIdTokenIssuance: false, enableAccessTokenIssuance: false }

/** Tokens straight from /authorize, which OAuth 2.1 and RFC 9700 2.1.2 withdrew: no flow of ours needs them. */
function grantsImplicitly(application: Application): boolean {
  const settings = application.web?.implicitGrantSettings
  return settings?.enableIdTokenIssuance === true || settings?.enableAccessTokenIssuance === true
}

/** The permission names a registration lists for Graph; unknown ids stand as they are. */
export function listedPermissions(application: Application): string[] {
  const graph = application.requiredResourceAccess?.find((one) => one.resourceAppId === graphAppId)
  return (graph?.resourceAccess ?? []).map(({ id, type }) => {
    const name = permissionById(id)?.value ?? id
    return type === 'Role' ? `${name} (application)` : name
  })
}

/** The names of `spec`'s permissions, written as `listedPermissions` writes them. */
export function wantedPermissions(spec: AppSpec): string[] {
  return specPermissions(spec).map((one) =>
    one.kind === 'application' ? `${one.value} (application)` : one.value,
  )
}

function wantedAccess(spec: AppSpec, existing?: Application): ResourceAccess[] {
  const others = (existing?.requiredResourceAccess ?? []).filter((one) => one.resourceAppId !== graphAppId)
  const resourceAccess = specPermissions(spec).map(({ id, kind }) => {
    return { id, type: kind === 'application' ? 'Role' : 'Scope' }
  })
  return resourceAccess.length === 0 ? others : [{ resourceAppId: graphAppId, resourceAccess }, ...others]
}

const platformNames: Readonly<Record<Platform, string>> = {
  publicClient: 'redirect URIs (mobile and desktop)',
  web: 'redirect URIs (web)',
  spa: 'redirect URIs (single-page application)',
}

/** What `spec` says of an application, and what `application` says: in pairs, under the names a person reads. */
function compared(
  spec: AppSpec,
  application?: Application,
): { what: string; before: PlannedValue; after: PlannedValue }[] {
  const uris = redirectUrisOf(spec)
  const rows: { what: string; before: PlannedValue; after: PlannedValue }[] = [
    { what: 'name', before: application?.displayName ?? null, after: spec.name },
    { what: 'audience', before: application?.signInAudience ?? null, after: spec.audience },
    {
      what: 'public client',
      before: application?.isFallbackPublicClient ?? false,
      after: spec.client === 'public',
    },
  ]
  for (const platform of ['publicClient', 'web', 'spa'] as const) {
    const before = application?.[platform]?.redirectUris ?? []
    rows.push({ what: platformNames[platform], before, after: uris[platform] })
  }
  if (application && grantsImplicitly(application))
    rows.push({ what: 'implicit grant', before: true, after: false })
  const before = application ? listedPermissions(application) : []
  rows.push({ what: 'permissions', before, after: wantedPermissions(spec) })
  return rows
}

function applicationCreation(spec: AppSpec): PlannedChange[] {
  return compared(spec)
    .filter(({ after }) => !Array.isArray(after) || after.length > 0)
    .map(({ what, after }) => ({ object: 'application', action: 'create', what, before: null, after }))
}

function applicationChanges(spec: AppSpec, application: Application): PlannedChange[] {
  return compared(spec, application)
    .filter(({ before, after }) => !sameValue(before, after))
    .map((row) => ({ object: 'application', action: 'change', ...row }))
}

function principalChanges(spec: AppSpec, principal: ServicePrincipal | undefined): PlannedChange[] {
  const what = 'assignment required'
  const after = spec.assignmentRequired
  if (!principal) return [{ object: 'service principal', action: 'create', what, before: null, after }]
  const before = principal.appRoleAssignmentRequired ?? false
  return before === after ? [] : [{ object: 'service principal', action: 'change', what, before, after }]
}

function sameValue(before: PlannedValue, after: PlannedValue): boolean {
  if (!Array.isArray(before) || !Array.isArray(after)) return before === after
  const [left, right] = [new Set<string>(before), new Set<string>(after)]
  return left.size === right.size && left.isSubsetOf(right)
}
