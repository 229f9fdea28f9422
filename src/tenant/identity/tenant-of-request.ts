// For which tenant a request is: the one its path names, or the person's own where the path leaves it open. entra.md section 1.2.
import type { DirectoryUser } from '../context.ts'
import { PageFailure } from './failure.ts'
import type { IdentityParts, SharedParts } from './identity.ts'

type Parameters = Readonly<Record<string, string>>

/** Paths that sign in people of any tenant. */
const aliases = new Set(['common', 'organizations'])

/** false for `common` and `organizations`. */
export const namesOneTenant = (tenant: string): boolean => !aliases.has(tenant)

/** The GUID for a tenant's own names; `organizations` and `common` as they are. @throws {PageFailure} 90002, 900023; 501 by name */
export function checkTenant({ registry }: Pick<SharedParts, 'registry'>, name: string): string {
  const lower = name.toLowerCase()
  if (aliases.has(lower)) return lower
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

/** The person as the tenant of the request knows them: themselves at home, a guest elsewhere; undefined when they were never invited. */
export function userAt(
  { users }: Pick<SharedParts, 'users'>,
  tenant: string,
  user: DirectoryUser,
): DirectoryUser | undefined {
  if (!namesOneTenant(tenant) || user.tenantId === tenant) return user
  return users.guestOf(user.id, tenant)
}
