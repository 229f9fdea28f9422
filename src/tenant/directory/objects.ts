// Applications, service principals, grants and assignments as the directory keeps them.
import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import { graphAppId, graphPermissions, permissionById } from '../../facts/permissions.ts'
import { wellKnownClients } from '../../facts/well-known-clients.ts'
import { GraphFailure, type TenantClock } from '../context.ts'
import type { Store } from '../store/open-store.ts'
import { openAudit } from './audit.ts'
import { openGroups } from './groups.ts'

export interface RedirectUris {
  readonly redirectUris: readonly string[]
}
export interface Application {
  readonly id: string
  readonly appId: string
  displayName: string
  signInAudience: string
  isFallbackPublicClient: boolean | null
  publicClient: RedirectUris
  web: RedirectUris & Record<string, unknown>
  spa: RedirectUris
  requiredResourceAccess: { resourceAppId: string; resourceAccess: { id: string; type: string }[] }[]
  [other: string]: unknown
}
export interface ServicePrincipal {
  readonly id: string
  readonly appId: string
  displayName: string
  accountEnabled: boolean
  appRoleAssignmentRequired: boolean
  [other: string]: unknown
}
export interface PermissionGrant {
  readonly id: string
  readonly clientId: string
  readonly resourceId: string
  readonly consentType: 'AllPrincipals' | 'Principal'
  readonly principalId: string | null
  scope: string
}
export interface RoleAssignment {
  readonly id: string
  readonly principalId: string
  readonly resourceId: string
  readonly appRoleId: string
  readonly createdDateTime: string
}

export type Directory = ReturnType<typeof openDirectory>

const iso = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z')

export function openDirectory(store: Store, clock: TenantClock) {
  const { db } = store
  const readJson = <T>(row: unknown): T | undefined =>
    row ? (JSON.parse((row as { json: string }).json) as T) : undefined
  const appsById = db.prepare(
    'SELECT json FROM applications WHERE (id = ?1 OR app_id = ?1) AND deleted_ms IS NULL',
  )
  const apps = db.prepare('SELECT json FROM applications WHERE deleted_ms IS NULL ORDER BY rowid')
  const addApp = db.prepare('INSERT INTO applications (id, app_id, json, created_ms) VALUES (?, ?, ?, ?)')
  const setApp = db.prepare('UPDATE applications SET json = ? WHERE id = ?')
  const binApp = db.prepare('UPDATE applications SET deleted_ms = ? WHERE id = ?')
  const unbinApp = db.prepare(
    'UPDATE applications SET deleted_ms = NULL WHERE id = ? AND deleted_ms IS NOT NULL',
  )
  const binned = db.prepare('SELECT json FROM applications WHERE deleted_ms IS NOT NULL')
  const purgeApp = db.prepare('DELETE FROM applications WHERE id = ? AND deleted_ms IS NOT NULL')
  const secrets = db.prepare('SELECT * FROM app_secrets WHERE application_id = ?')
  const addSecretRow = db.prepare('INSERT INTO app_secrets VALUES (?, ?, ?, ?, ?, ?, ?)')
  const dropSecret = db.prepare('DELETE FROM app_secrets WHERE key_id = ? AND application_id = ?')
  const principalsById = db.prepare('SELECT json FROM service_principals WHERE id = ?1 OR app_id = ?1')
  const principals = db.prepare('SELECT json FROM service_principals ORDER BY rowid')
  const addPrincipal = db.prepare('INSERT INTO service_principals VALUES (?, ?, ?, ?)')
  const setPrincipal = db.prepare('UPDATE service_principals SET json = ? WHERE id = ?')
  const dropPrincipal = db.prepare('DELETE FROM service_principals WHERE id = ?')
  const grants = db.prepare('SELECT * FROM permission_grants ORDER BY rowid')
  const addGrant = db.prepare('INSERT INTO permission_grants VALUES (?, ?, ?, ?, ?, ?)')
  const setGrant = db.prepare('UPDATE permission_grants SET scope = ? WHERE id = ?')
  const dropGrant = db.prepare('DELETE FROM permission_grants WHERE id = ?')
  const assignments = db.prepare('SELECT * FROM role_assignments WHERE resource_id = ? ORDER BY rowid')
  const heldBy = db.prepare('SELECT * FROM role_assignments WHERE principal_id = ? ORDER BY rowid')
  const principalId = db.prepare('SELECT id FROM service_principals WHERE app_id = ?')
  const consented = db.prepare(
    "SELECT scope FROM permission_grants WHERE client_id = ? AND (consent_type = 'AllPrincipals' OR principal_id = ?) AND resource_id = ?",
  )
  const addAssignment = db.prepare('INSERT INTO role_assignments VALUES (?, ?, ?, ?, ?)')
  const dropAssignment = db.prepare('DELETE FROM role_assignments WHERE id = ? AND resource_id = ?')

  const directory = {
    audit: openAudit(store, clock),
    groups: openGroups(store, clock),
    findApplication: (id: string) => readJson<Application>(appsById.get(id)),
    applications: () => apps.all().map((row) => readJson<Application>(row)!),
    createApplication(body: Record<string, unknown>): Application {
      const [id, appId] = [randomUUID(), randomUUID()]
      const application = {
        ...defaultApplication,
        ...body,
        id,
        appId,
        createdDateTime: iso(clock.nowMs()),
      } as unknown as Application
      addApp.run(id, appId, JSON.stringify(application), clock.nowMs())
      return application
    },
    updateApplication(application: Application, body: Record<string, unknown>): void {
      const next: Application = { ...application, ...body, id: application.id, appId: application.appId }
      setApp.run(JSON.stringify(next), application.id)
      const own = directory.findPrincipal(application.appId)
      if (own && next.displayName !== application.displayName)
        directory.updatePrincipal(own, { displayName: next.displayName, appDisplayName: next.displayName })
    },
    deleteApplication: (id: string) => void binApp.run(clock.nowMs(), id),
    deletedApplications: () => binned.all().map((row) => readJson<Application>(row)!),
    restoreApplication: (id: string) => unbinApp.run(id).changes > 0,
    purgeApplication: (id: string) => purgeApp.run(id).changes > 0,
    addSecret(application: Application, wanted: { displayName?: string; endDateTime?: string }) {
      const secretText = randomBytes(30).toString('base64url')
      const keyId = randomUUID()
      const startMs = clock.nowMs()
      const endMs = wanted.endDateTime ? Date.parse(wanted.endDateTime) : startMs + 730 * 86_400_000
      const hint = secretText.slice(0, 3)
      addSecretRow.run(
        keyId,
        application.id,
        sha256(secretText),
        hint,
        wanted.displayName ?? null,
        startMs,
        endMs,
      )
      return {
        ...secretView({
          key_id: keyId,
          hint,
          display_name: wanted.displayName ?? null,
          start_ms: startMs,
          end_ms: endMs,
        }),
        secretText,
      }
    },
    removeSecret: (application: Application, keyId: string) =>
      dropSecret.run(keyId, application.id).changes > 0,
    secretsOf: (application: Application) =>
      (secrets.all(application.id) as unknown as SecretRow[]).map(secretView),
    /** Compares in constant time; `expired` when it was right but its time is over. */
    checkSecret(application: Application, secretText: string): 'right' | 'wrong' | 'expired' {
      const given = sha256(secretText)
      const match = (secrets.all(application.id) as unknown as SecretRow[]).find((row) =>
        timingSafeEqual(row.hash!, given),
      )
      if (!match) return 'wrong'
      return match.end_ms < clock.nowMs() ? 'expired' : 'right'
    },
    findPrincipal: (id: string) => readJson<ServicePrincipal>(principalsById.get(id)),
    principals: () => principals.all().map((row) => readJson<ServicePrincipal>(row)!),
    createPrincipal(appId: string, body: Record<string, unknown> = {}): ServicePrincipal {
      const displayName =
        directory.findApplication(appId)?.displayName ?? String(body['displayName'] ?? appId)
      const principal = {
        accountEnabled: true,
        appRoleAssignmentRequired: false,
        servicePrincipalType: 'Application',
        tags: [],
        appRoles: [],
        oauth2PermissionScopes: [],
        servicePrincipalNames: [appId],
        ...body,
        id: randomUUID(),
        appId,
        displayName,
        appDisplayName: displayName,
      } as ServicePrincipal
      addPrincipal.run(principal.id, appId, JSON.stringify(principal), clock.nowMs())
      return principal
    },
    updatePrincipal(principal: ServicePrincipal, body: Record<string, unknown>): void {
      setPrincipal.run(
        JSON.stringify({ ...principal, ...body, id: principal.id, appId: principal.appId }),
        principal.id,
      )
    },
    deletePrincipal: (id: string) => void dropPrincipal.run(id),
    grants: () => (grants.all() as unknown as GrantRow[]).map(grantView),
    createGrant(grant: Omit<PermissionGrant, 'id'>): PermissionGrant {
      const id = randomBytes(32).toString('base64url')
      addGrant.run(id, grant.clientId, grant.resourceId, grant.consentType, grant.principalId, grant.scope)
      return { ...grant, id }
    },
    updateGrant: (id: string, scope: string) => void setGrant.run(scope, id),
    deleteGrant: (id: string) => dropGrant.run(id).changes > 0,
    /** Adds scopes to the one grant there may be for (client, resource, kind, person). Of Graph, unless another is named. */
    consent(
      clientId: string,
      scopes: readonly string[],
      principalId: string | null,
      resource?: string,
    ): void {
      const resourceId = resource ?? directory.graphPrincipalId()
      const consentType = principalId ? 'Principal' : 'AllPrincipals'
      const existing = directory
        .grants()
        .find(
          (one) =>
            one.clientId === clientId &&
            one.resourceId === resourceId &&
            one.consentType === consentType &&
            one.principalId === principalId,
        )
      if (!existing)
        return void directory.createGrant({
          clientId,
          resourceId,
          consentType,
          principalId,
          scope: scopes.join(' '),
        })
      directory.updateGrant(
        existing.id,
        [...new Set([...existing.scope.split(' '), ...scopes])].filter(Boolean).join(' '),
      )
    },
    /** Of Graph, unless another resource's service principal is named. */
    consentedScopes(clientId: string, userId: string, resourceId?: string): Set<string> {
      const rows = consented.all(clientId, userId, resourceId ?? directory.graphPrincipalId()) as unknown as {
        scope: string
      }[]
      return new Set(rows.flatMap((one) => one.scope.split(' ')).filter(Boolean))
    },
    /** Names of Graph's application permissions that the client holds. */
    grantedRoles(principalId: string): string[] {
      const graph = directory.graphPrincipalId()
      return (heldBy.all(principalId) as unknown as AssignmentRow[])
        .filter((row) => row.resource_id === graph)
        .map((row) => permissionById(row.app_role_id)?.value ?? '')
        .filter(Boolean)
    },
    assignmentsHeldBy: (principalId: string) =>
      (heldBy.all(principalId) as unknown as AssignmentRow[]).map(assignmentView),
    principalIdOf: (appId: string) => (principalId.get(appId) as { id: string } | undefined)?.id,
    assignments: (resourceId: string) =>
      (assignments.all(resourceId) as unknown as AssignmentRow[]).map(assignmentView),
    createAssignment(wanted: { principalId: string; resourceId: string; appRoleId: string }): RoleAssignment {
      const row = {
        id: randomBytes(24).toString('base64url'),
        principal_id: wanted.principalId,
        resource_id: wanted.resourceId,
        app_role_id: wanted.appRoleId,
        created_ms: clock.nowMs(),
      }
      addAssignment.run(row.id, row.principal_id, row.resource_id, row.app_role_id, row.created_ms)
      return assignmentView(row)
    },
    deleteAssignment: (id: string, resourceId: string) => dropAssignment.run(id, resourceId).changes > 0,
    graphPrincipalId: (): string => directory.principalIdOf(graphAppId)!,
  }
  if (!directory.findPrincipal(graphAppId)) store.transaction(() => seedDirectory(directory, db))
  return directory
}

/** Microsoft Graph with all its permissions, and Microsoft's public clients an administrator may sign in with. */
function seedDirectory(directory: Directory, db: Store['db']): void {
  directory.createPrincipal(graphAppId, {
    displayName: 'Microsoft Graph',
    servicePrincipalNames: [graphAppId, 'https://graph.microsoft.com'],
  })
  for (const [appId, displayName] of wellKnownClients) {
    const application = directory.createApplication({
      displayName,
      signInAudience: 'AzureADMultipleOrgs',
      isFallbackPublicClient: true,
      publicClient: { redirectUris: ['http://localhost'] },
    })
    const known = { ...application, appId }
    db.prepare('UPDATE applications SET app_id = ?, json = ? WHERE id = ?').run(
      appId,
      JSON.stringify(known),
      application.id,
    )
    directory.createPrincipal(appId, { displayName })
  }
}

/** Graph's permissions are facts, not rows: they are added when its service principal is shown. */
export const graphEntitlements = {
  oauth2PermissionScopes: graphPermissions
    .filter((one) => one.kind === 'delegated')
    .map((one) => ({
      id: one.id,
      value: one.value,
      type: one.adminConsentRequired ? 'Admin' : 'User',
      isEnabled: true,
      adminConsentDisplayName: one.adminDisplayName,
      userConsentDisplayName: one.userDisplayName,
    })),
  appRoles: graphPermissions
    .filter((one) => one.kind === 'application')
    .map((one) => ({
      id: one.id,
      value: one.value,
      displayName: one.adminDisplayName,
      isEnabled: true,
      allowedMemberTypes: ['Application'],
    })),
}

const defaultApplication = {
  displayName: '',
  signInAudience: 'AzureADMyOrg',
  isFallbackPublicClient: null,
  identifierUris: [],
  tags: [],
  publicClient: { redirectUris: [] },
  web: {
    redirectUris: [],
    homePageUrl: null,
    logoutUrl: null,
    implicitGrantSettings: { enableIdTokenIssuance: false, enableAccessTokenIssuance: false },
  },
  spa: { redirectUris: [] },
  requiredResourceAccess: [],
  keyCredentials: [],
  appRoles: [],
  api: {
    requestedAccessTokenVersion: null,
    oauth2PermissionScopes: [],
    preAuthorizedApplications: [],
    knownClientApplications: [],
    acceptMappedClaims: null,
  },
}

/** Names of the delegated permissions an application lists for Graph. */
export function configuredScopes(application: Application): string[] {
  return application.requiredResourceAccess
    .filter((one) => one.resourceAppId === graphAppId)
    .flatMap((one) =>
      one.resourceAccess
        .filter((access) => access.type === 'Scope')
        .map((access) => permissionById(access.id)?.value ?? ''),
    )
    .filter(Boolean)
}

interface SecretRow {
  key_id: string
  hash?: Uint8Array
  hint: string
  display_name: string | null
  start_ms: number
  end_ms: number
}
interface GrantRow {
  id: string
  client_id: string
  resource_id: string
  consent_type: PermissionGrant['consentType']
  principal_id: string | null
  scope: string
}
interface AssignmentRow {
  id: string
  principal_id: string
  resource_id: string
  app_role_id: string
  created_ms: number
}

const secretView = (row: SecretRow) => ({
  keyId: row.key_id,
  displayName: row.display_name,
  hint: row.hint,
  secretText: null as string | null,
  startDateTime: iso(row.start_ms),
  endDateTime: iso(row.end_ms),
})
const grantView = (row: GrantRow): PermissionGrant => ({
  id: row.id,
  clientId: row.client_id,
  resourceId: row.resource_id,
  consentType: row.consent_type,
  principalId: row.principal_id,
  scope: row.scope,
})
const assignmentView = (row: AssignmentRow): RoleAssignment => ({
  id: row.id,
  principalId: row.principal_id,
  resourceId: row.resource_id,
  appRoleId: row.app_role_id,
  createdDateTime: iso(row.created_ms),
})
const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()

export const notFound = (id: string): GraphFailure =>
  new GraphFailure(
    404,
    'Request_ResourceNotFound',
    `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
  )
export const invalidValue = (property: string, resource: string): GraphFailure =>
  new GraphFailure(
    400,
    'Request_BadRequest',
    `Invalid value specified for property '${property}' of resource '${resource}'.`,
  )
