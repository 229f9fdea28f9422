// Several tenants in one process: listed, and made with their people and applications. Other operations take `?tenant=`.
import { type EntraCloudName, entraClouds, isInitialDomain } from '../../facts/entra-clouds.ts'
import type { TenantRecord } from '../context.ts'
import { ControlFailure } from './control-error.ts'
import type { ControlParts } from './control-parts.ts'
import { operation, type Operation, type Shape } from './operation.ts'
import { seedApp } from './seed-app.ts'
import { createUser } from './user-operations.ts'

export const tenantOperations: readonly Operation[] = [
  operation({
    id: 'listTenants',
    call: 'GET /tenants',
    does: 'Lists the tenants, in order of creation; the first is meant where none is named',
    answer: 'Tenants',
    examples: [{}],
    serve: ({ parts }) => parts.views.registry.all().map((one) => viewTenant(parts, one)),
  }),
  operation({
    id: 'createTenant',
    call: 'POST /tenants',
    does: 'Makes a tenant, with an administrator if no users are given',
    body: 'NewTenant',
    answer: 'CreatedTenant',
    status: 201,
    examples: [
      {
        body: {
          displayName: 'Fabrikam',
          domains: ['fabrikam.example'],
          users: [{ userPrincipalName: 'dave@fabrikam.example', displayName: 'Dave Cutler' }],
          apps: [{ displayName: 'Fabrikam portal', signInAudience: 'AzureADMultipleOrgs' }],
        },
      },
      { body: { displayName: 'Tailspin', domains: ['tailspin.example'] } },
    ],
    serve: ({ parts, body }) => createTenant(parts, body),
  }),
]

const viewTenant = ({ views }: ControlParts, one: TenantRecord): Shape<'Tenant'> => ({
  id: one.id,
  displayName: one.displayName,
  domains: [...one.domains],
  cloud: one.cloud,
  primary: one.id === views.registry.all()[0]!.id,
  users: views.at(one.id).users.all().length,
})

/** All of it, or nothing. @throws {ControlFailure} `control/exists`, `control/invalid`, `control/not-found` @throws {GraphFailure} 400 */
export function createTenant(parts: ControlParts, body: Shape<'NewTenant'>): Shape<'CreatedTenant'> {
  const { views } = parts
  const { cloud = parts.context.tenant.cloud } = body
  const domains = withInitialDomain(parts, body.domains, cloud)
  const taken = domains.find((domain) => views.registry.find(domain))
  if (taken) throw new ControlFailure('control/exists', `there is a tenant with the domain ${taken} already`)
  let made: TenantRecord | undefined
  try {
    return parts.context.transaction(() => {
      made = views.registry.create({ displayName: body.displayName, domains, cloud })
      const own = { ...parts, ...views.at(made.id) }
      const users = (body.users ?? [administratorOf(domains[0]!)]).map((user) => createUser(own, user))
      const apps = (body.apps ?? []).map((app) => seedApp(own, app))
      return { ...viewTenant(parts, made), users, apps }
    })
  } catch (error) {
    // What is kept in memory is taken back as the transaction was.
    if (made) views.forget(made.id)
    throw error
  }
}

/** Every tenant has one: Microsoft gives it, and the names of guests end in it. */
function withInitialDomain(
  { views }: ControlParts,
  domains: readonly string[],
  cloud: EntraCloudName,
): string[] {
  const lower = [...new Set(domains.map((one) => one.toLowerCase()))]
  if (lower.some(isInitialDomain)) return lower
  const [label] = lower[0]!.split('.')
  const { initialDomain } = entraClouds[cloud]
  const names = [`${label}.${initialDomain}`, `${lower[0]!.replaceAll('.', '')}.${initialDomain}`]
  return [...lower, names.find((one) => !views.registry.find(one)) ?? names[0]!]
}

const administratorOf = (domain: string): Shape<'NewUser'> => ({
  userPrincipalName: `admin@${domain}`,
  displayName: 'Admin',
  roles: ['Global Administrator'],
})
