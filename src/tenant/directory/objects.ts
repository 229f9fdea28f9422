// The directory put together: applications, service principals, permissions, groups, owners and the logs.
import { randomUUID } from 'node:crypto'
import { entraClouds } from '../../facts/entra-clouds.ts'
import { graphAppId, permissionById } from '../../facts/permissions.ts'
import { wellKnownClients } from '../../facts/well-known-clients.ts'
import { GraphFailure, type TenantClock, type TenantRecord } from '../context.ts'
import type { Store } from '../store/open-store.ts'
import { type Application, defaultApplication, isoSeconds, openApplications } from './applications.ts'
import { openAdministrativeUnits } from './administrative-units.ts'
import { openAudit } from './audit.ts'
import { openClients } from './clients.ts'
import { openConsentRequests } from './consent-requests.ts'
import { openGroups } from './groups.ts'
import { openOwners } from './owners.ts'
import { openPermissions } from './permissions.ts'
import { openPolicies } from './policies.ts'
import { openPrincipals, type ServicePrincipal } from './principals.ts'
import { microsoftTenantId } from './tenants.ts'
import { openRoleHolders } from './role-holders.ts'
import { openSecrets } from './secrets.ts'

export {
  type Application,
  configuredScopes,
  type FederatedCredential,
  type RedirectUris,
} from './applications.ts'
export type { PermissionGrant, RoleAssignment } from './permissions.ts'
export { graphEntitlements, type ServicePrincipal } from './principals.ts'

export type Directory = ReturnType<typeof openDirectory>

/**
 * The directory of one tenant: nothing of another is found in it.
 *
 * @param tenant.cloud The one it belongs to.
 */
export function openDirectory(
  store: Store,
  clock: TenantClock,
  { id: tenantId, cloud }: Pick<TenantRecord, 'id' | 'cloud'>,
) {
  const applications = openApplications(store, clock, tenantId)
  const principals = openPrincipals(store, clock, tenantId)
  const permissions = openPermissions(store, clock, tenantId)
  const clients = openClients(store)
  const directory = {
    cloud: entraClouds[cloud],
    ...applications,
    ...principals,
    ...permissions,
    audit: openAudit(store, clock, tenantId),
    groups: openGroups(store, clock, tenantId),
    owners: openOwners(store),
    policies: openPolicies(store, clock, tenantId),
    consentRequests: openConsentRequests(store, clock, tenantId),
    /** Secrets of the service principal itself, beside its application's. */
    principalSecrets: openSecrets(store, { clock, table: 'principal_secrets' }),
    administrativeUnits: openAdministrativeUnits(store, clock, tenantId),
    roleHolders: openRoleHolders(store, clock, tenantId),
    createPrincipal: (appId: string, body: Record<string, unknown> = {}) => {
      const known = clients.find(appId)
      const displayName = known?.application.displayName ?? body['displayName']
      return principals.createPrincipal(appId, {
        appOwnerOrganizationId: known?.homeTenantId ?? microsoftTenantId,
        ...body,
        ...(displayName === undefined ? {} : { displayName }),
      })
    },
    /** What the application is in this tenant: made at the first consent. */
    ensurePrincipal: (appId: string): ServicePrincipal =>
      principals.findPrincipal(appId) ?? directory.createPrincipal(appId),
    /** An application that may have a service principal here: one of this tenant, or a multi-tenant one of another. */
    findAvailable(appId: string): Application | undefined {
      const known = clients.find(appId)
      const isHere = known?.homeTenantId === tenantId || known?.application.signInAudience !== 'AzureADMyOrg'
      return isHere ? known?.application : undefined
    },
    /** A new name goes to the service principal too. */
    updateApplication(application: Application, body: Record<string, unknown>): void {
      const next: Application = { ...application, ...body, id: application.id, appId: application.appId }
      applications.writeApplication(next)
      const own = principals.findPrincipal(application.appId)
      if (own && next.displayName !== application.displayName)
        principals.updatePrincipal(own, { displayName: next.displayName, appDisplayName: next.displayName })
    },
    /** The service principal goes into the recycle bin with it. */
    deleteApplication(id: string): void {
      const application = applications.findApplication(id)
      const own = application && principals.findPrincipal(application.appId)
      if (own) principals.deletePrincipal(own.id)
      applications.deleteApplication(id)
    },
    /** Brings back the service principal too, with its grants and assignments. */
    restoreApplication(id: string): boolean {
      if (!applications.restoreApplication(id)) return false
      principals.restorePrincipal(applications.findApplication(id)!.appId)
      return true
    },
    /** Adds scopes to the one grant there may be for (client, resource, kind, person). Of Graph, unless another is named. */
    consent(
      clientId: string,
      scopes: readonly string[],
      principalId: string | null,
      resource?: string,
    ): void {
      const resourceId = resource ?? directory.graphPrincipalId()
      permissions.addConsent({ clientId, resourceId, principalId }, scopes)
    },
    /** Of Graph, unless another resource's service principal is named. */
    consentedScopes: (clientId: string, userId: string, resourceId?: string) =>
      permissions.scopesOf(clientId, userId, resourceId ?? directory.graphPrincipalId()),
    /** Names of Graph's application permissions that the client holds. */
    grantedRoles(principalId: string): string[] {
      const graph = directory.graphPrincipalId()
      return permissions
        .assignmentsHeldBy(principalId)
        .filter((one) => one.resourceId === graph)
        .map((one) => permissionById(one.appRoleId)?.value ?? '')
        .filter(Boolean)
    },
    graphPrincipalId: (): string => principals.principalIdOf(graphAppId)!,
  }
  if (!directory.findPrincipal(graphAppId)) store.transaction(() => seedDirectory(directory, store.db, clock))
  return directory
}

/** Microsoft Graph with all its permissions, and Microsoft's public clients an administrator may sign in with. */
function seedDirectory(directory: Directory, db: Store['db'], clock: TenantClock): void {
  directory.createPrincipal(graphAppId, {
    displayName: 'Microsoft Graph',
    servicePrincipalNames: [graphAppId, directory.cloud.graph],
  })
  const add = db.prepare(
    'INSERT OR IGNORE INTO applications (id, tenant_id, app_id, json, created_ms) VALUES (?, ?, ?, ?, ?)',
  )
  for (const [appId, displayName] of wellKnownClients) {
    const application = {
      ...defaultApplication,
      displayName,
      signInAudience: 'AzureADMultipleOrgs',
      isFallbackPublicClient: true,
      publicClient: { redirectUris: ['http://localhost'] },
      id: randomUUID(),
      appId,
      createdDateTime: isoSeconds(clock.nowMs()),
    }
    add.run(application.id, microsoftTenantId, appId, JSON.stringify(application), clock.nowMs())
    directory.createPrincipal(appId, { displayName })
  }
}

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
