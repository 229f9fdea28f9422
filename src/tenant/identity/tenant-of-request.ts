// For which tenant a request is: the one its path names, or the person's own where the path leaves it open. entra.md section 1.2.
import { type DirectoryUser, GraphFailure } from '../context.ts'
import type { Application } from '../directory/objects.ts'
import type { People } from '../directory/users.ts'
import { PageFailure } from './failure.ts'
import type { IdentityParts, SharedParts } from './identity.ts'

type Parameters = Readonly<Record<string, string>>

/** Paths that sign in people of any tenant. */
const aliases = new Set(['common', 'organizations'])
/** Personal accounts: Microsoft's own tenant, of which nobody here is. entra.md section 1.2. */
export const consumersTenantId = '9188040d-6c67-4c5b-b112-36a304b66dad'

/** false for `common` and `organizations`, whose issuer is a template. */
export const hasOwnIssuer = (tenant: string): boolean => !aliases.has(tenant)
/** true for a tenant of this process. */
export const namesOneTenant = (tenant: string): boolean =>
  !aliases.has(tenant) && tenant !== consumersTenantId

/** The GUID for a tenant's own names; `organizations` and `common` as they are. @throws {PageFailure} 90002, 900023; 501 by name */
export function checkTenant({ registry }: Pick<SharedParts, 'registry'>, name: string): string {
  const lower = name.toLowerCase()
  if (aliases.has(lower)) return lower
  if (lower === 'consumers' || lower === consumersTenantId) return consumersTenantId
  const known = registry.find(lower)
  if (known) return known.id
  if (!/^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z0-9-]+(\.[a-z0-9-]+)+)$/.test(lower)) {
    throw new PageFailure(
      900023,
      `Specified tenant identifier '${name}' is neither a valid DNS name, nor a valid external domain.`,
    )
  }
  throw new PageFailure(
    90002,
    `Tenant '${name}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`,
  )
}

/** Before anybody is known: the tenant of the path, or the one where the application is registered. */
export function partsBefore(shared: SharedParts, request: Parameters): IdentityParts {
  const { registry } = shared
  if (namesOneTenant(request['tenant']!)) return shared.at(request['tenant']!)
  const home = shared.clients.find(request['client_id'] ?? '')?.homeTenantId
  return shared.at((home && registry.get(home)?.id) ?? registry.all()[0]!.id)
}

interface WithUsers {
  readonly users: Pick<People, 'find' | 'guestOf'>
}

/** The person as the tenant of the request knows them: themselves at home, a guest elsewhere; undefined when they were never invited. */
export function userAt({ users }: WithUsers, tenant: string, user: DirectoryUser): DirectoryUser | undefined {
  if (tenant === consumersTenantId) return undefined
  if (!namesOneTenant(tenant) || user.tenantId === tenant) return user
  return users.guestOf(user.id, tenant)
}

/** Of a guest: the person where their password is known. */
export function personOf(
  { users }: { readonly users: Pick<People, 'find'> },
  user: DirectoryUser,
): DirectoryUser {
  return (user.homeId && users.find(user.homeId)) || user
}

/** AADSTS50020 on a page, AADSTS90072 at the token endpoint. */
export function notInvited(
  o: { person: DirectoryUser; tenant: string },
  client: Pick<Application, 'appId' | 'displayName'> | undefined,
): string {
  const { userPrincipalName, tenantId } = o.person
  return `User account '${userPrincipalName}' from identity provider 'https://sts.windows.net/${tenantId}/' does not exist in tenant '${o.tenant}' and cannot access the application '${client?.appId}'(${client?.displayName}) in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different Azure Active Directory user account.`
}

/** 501 by name: better than an answer that could be wrong. */
export const noPersonalAccounts = (): GraphFailure =>
  new GraphFailure(501, 'NotImplemented', 'The local tenant does not model personal accounts (consumers).')
