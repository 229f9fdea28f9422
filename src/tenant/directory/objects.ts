// The directory put together: applications, service principals, permissions, groups, owners and the logs.
import { graphAppId, permissionById } from '../../facts/permissions.ts'
import { wellKnownClients } from '../../facts/well-known-clients.ts'
import { GraphFailure, type TenantClock } from '../context.ts'
import type { Store } from '../store/open-store.ts'
import { type Application, openApplications } from './applications.ts'
import { openAudit } from './audit.ts'
import { openGroups } from './groups.ts'
import { openOwners } from './owners.ts'
import { openPermissions } from './permissions.ts'
import { openPrincipals } from './principals.ts'

export {
  type Application,
  configuredScopes,
  type FederatedCredential,
  type RedirectUris,
} from './applications.ts'
export type { PermissionGrant, RoleAssignment } from './permissions.ts'
export { graphEntitlements, type ServicePrincipal } from './principals.ts'

export type Directory = ReturnType<typeof openDirectory>

export function openDirectory(store: Store, clock: TenantClock) {
  const applications = openApplications(store, clock)
  const principals = openPrincipals(store, clock)
  const permissions = openPermissions(store, clock)
  const directory = {
    ...applications,
    ...principals,
    ...permissions,
    audit: openAudit(store, clock),
    groups: openGroups(store, clock),
    owners: openOwners(store),
    createPrincipal: (appId: string, body: Record<string, unknown> = {}) => {
      const displayName = applications.findApplication(appId)?.displayName ?? body['displayName']
      return principals.createPrincipal(appId, displayName === undefined ? body : { ...body, displayName })
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
  if (!directory.findPrincipal(graphAppId)) store.transaction(() => seedDirectory(directory))
  return directory
}

/** Microsoft Graph with all its permissions, and Microsoft's public clients an administrator may sign in with. */
function seedDirectory(directory: Directory): void {
  directory.createPrincipal(graphAppId, {
    displayName: 'Microsoft Graph',
    servicePrincipalNames: [graphAppId, 'https://graph.microsoft.com'],
  })
  for (const [appId, displayName] of wellKnownClients) {
    const body = {
      displayName,
      signInAudience: 'AzureADMultipleOrgs',
      isFallbackPublicClient: true,
      publicClient: { redirectUris: ['http://localhost'] },
    }
    directory.createApplication(body, appId)
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
