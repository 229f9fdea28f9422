import type { Cloud } from '../facts/clouds.ts'
import { graphAppId } from '../facts/scopes.ts'
import type { GraphClient } from '../graph/index.ts'
import { knownPermission } from './app-spec.ts'
import { assignRole } from './assign.ts'
import {
  type Directory,
  type DirectoryOptions,
  directoryOf,
  type Grant,
  grantsOf,
  mayBeThere,
  needServicePrincipal,
  needUser,
} from './directory.ts'

export interface ConsentRequest {
  readonly appId: string
  /** Delegated permissions, by name. */
  readonly scopes: readonly string[]
  /** Application permissions, by name. Default none. */
  readonly roles?: readonly string[]
  /** A user name: consent on behalf of this user alone. Default: of the whole organisation. */
  readonly forUser?: string
}

export interface Consent {
  readonly grantId: string | null
  readonly consentType: 'AllPrincipals' | 'Principal'
  readonly before: readonly string[]
  readonly after: readonly string[]
  readonly rolesAdded: readonly string[]
}

/**
 * Consents, as an administrator, to what an application asks for. Only ever adds: what is granted already stays.
 *
 * @throws {RegistrationError} `registration/permission-unknown`, `registration/app-unknown`,
 *   `registration/user-unknown`, `registration/not-allowed`, `registration/not-replicated`
 */
export async function grantConsent(
  graph: GraphClient,
  request: ConsentRequest,
  options?: DirectoryOptions,
): Promise<Consent> {
  const scopes = request.scopes.map((name) => knownPermission(name, 'delegated').value)
  const roles = (request.roles ?? []).map((name) => knownPermission(name, 'application'))
  const directory = directoryOf(graph, options)
  const client = await needServicePrincipal(directory, request.appId)
  const resource = await needServicePrincipal(directory, graphAppId)
  const user = request.forUser === undefined ? undefined : await needUser(directory, request.forUser)
  const key: GrantKey = {
    clientId: client.id,
    consentType: user ? 'Principal' : 'AllPrincipals',
    principalId: user?.id ?? null,
    resourceId: resource.id,
  }
  const granted = await directory.untilReplicated(() => widenGrant(directory, key, scopes))
  const rolesAdded: string[] = []
  for (const role of roles) {
    const wanted = { resourceId: resource.id, principalId: client.id, appRoleId: role.id }
    const { alreadyAssigned } = await directory.untilReplicated(() => assignRole(directory, wanted))
    if (!alreadyAssigned) rolesAdded.push(role.value)
  }
  return { ...granted, consentType: key.consentType, rolesAdded }
}

type GrantKey = Omit<Grant, 'id' | 'scope'>

/** There is one grant for each key: a second POST is refused, so an existing one is widened. */
async function widenGrant(
  directory: Directory,
  key: GrantKey,
  scopes: readonly string[],
): Promise<{ grantId: string | null; before: string[]; after: string[] }> {
  const existing = await findGrant(directory, key)
  const before = existing ? scopesOf(existing) : []
  const after = [...new Set([...before, ...scopes])]
  const scope = after.join(' ')
  if (after.length === before.length) return { grantId: existing?.id ?? null, before, after }
  if (existing) {
    await directory.patch(`/oauth2PermissionGrants/${existing.id}`, { scope })
    return { grantId: existing.id, before, after }
  }
  try {
    const made = await directory.post<Grant>('/oauth2PermissionGrants', { ...key, scope })
    return { grantId: made.id, before, after }
  } catch (error) {
    if (!mayBeThere(error) || !(await findGrant(directory, key))) throw error
    return widenGrant(directory, key, scopes)
  }
}

async function findGrant(directory: Directory, key: GrantKey): Promise<Grant | undefined> {
  const all = await grantsOf(directory, key.clientId)
  return all.find(
    (one) =>
      one.consentType === key.consentType &&
      one.resourceId === key.resourceId &&
      (one.principalId ?? null) === key.principalId,
  )
}

export function scopesOf(grant: Grant): string[] {
  return grant.scope.split(' ').filter((scope) => scope !== '')
}

export interface AdminConsentRequest {
  readonly cloud: Cloud
  /** GUID or domain. */
  readonly tenant: string
  readonly appId: string
  /** Must be registered: Entra returns there. */
  readonly redirectUri: string
  /** Permissions by name; default everything that the registration lists. */
  readonly scopes?: readonly string[]
  readonly state?: string
}

/**
 * The link an administrator opens to consent in the browser. Does no I/O.
 * What comes back (`tenant`, `admin_consent`) can be forged: read the grants to know.
 */
export function adminConsentUrl(request: AdminConsentRequest): string {
  const url = new URL(`/${encodeURIComponent(request.tenant)}/v2.0/adminconsent`, request.cloud.authority)
  url.searchParams.set('client_id', request.appId)
  url.searchParams.set('redirect_uri', request.redirectUri)
  const scopes = request.scopes ?? ['.default']
  url.searchParams.set('scope', scopes.map((scope) => `${request.cloud.graph}/${scope}`).join(' '))
  if (request.state !== undefined) url.searchParams.set('state', request.state)
  return url.href
}
