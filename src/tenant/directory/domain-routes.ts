// /domains: the verified names of the tenant. Graph "List domains", "Get domain".
import { isInitialDomain } from '../../facts/entra-clouds.ts'
import type { DirectoryParts, Route } from './contract.ts'
import { notFound } from './objects.ts'
import { answerCollection, answerItem } from './odata.ts'

export function domainRoutes({ context }: DirectoryParts): readonly Route[] {
  const need = {}
  return [
    {
      call: 'GET /domains',
      need,
      fact: 'Graph "List domains"',
      serve: ({ c }) => answerCollection(c, 'domains', domainsOf(context.tenant.domains)),
    },
    {
      call: 'GET /domains/:id',
      need,
      fact: 'Graph "Get domain"',
      serve(call) {
        const found = domainsOf(context.tenant.domains).find(
          (one) => one.id === call.param('id').toLowerCase(),
        )
        if (!found) throw notFound(call.param('id'))
        return answerItem(call.c, 'domains', found)
      },
    },
  ]
}

/** The first is the default one; the one Microsoft gave comes from the registration of the tenant. */
function domainsOf(names: readonly string[]): { readonly id: string }[] {
  const initial = names.find(isInitialDomain)
  return names.map((id, index) => ({
    id,
    authenticationType: 'Managed',
    availabilityStatus: null,
    isAdminManaged: true,
    isDefault: index === 0,
    isInitial: id === initial,
    isRoot: true,
    isVerified: true,
    supportedServices: ['Email', 'OfficeCommunicationsOnline'],
    passwordValidityPeriodInDays: 2_147_483_647,
    passwordNotificationWindowInDays: 14,
    state: null,
  }))
}
