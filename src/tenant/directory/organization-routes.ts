// /organization and the tenant's policies. entra.md section 8.3; portal.md section 1.
import { isInitialDomain } from '../../facts/entra-clouds.ts'
import type { TenantRecord } from '../context.ts'
import { type DirectoryParts, type Route } from './contract.ts'
import { notFound } from './objects.ts'
import { answerCollection, answerItem } from './odata.ts'

export function organizationRoutes({ context }: DirectoryParts): readonly Route[] {
  const organization = ({ id, displayName, domains }: TenantRecord) => ({
    id,
    deletedDateTime: null,
    displayName,
    tenantType: 'AAD',
    countryLetterCode: null,
    verifiedDomains: domains.map((name, index) => ({
      capabilities: 'Email, OfficeCommunicationsOnline',
      isDefault: index === 0,
      isInitial: isInitialDomain(name),
      name,
      type: 'Managed',
    })),
  })
  return [
    {
      call: 'GET /organization',
      need: {},
      fact: 'Graph "List organization"',
      serve: ({ c }) => answerCollection(c, 'organization', [organization(context.tenant)]),
    },
    {
      call: 'GET /organization/:id',
      need: {},
      fact: 'Graph "Get organization"',
      serve(call) {
        if (call.param('id').toLowerCase() !== context.tenantId) throw notFound(call.param('id'))
        return answerItem(call.c, 'organization', organization(context.tenant))
      },
    },
  ]
}
