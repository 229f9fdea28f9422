// Every call of the directory asks for what Microsoft publishes: one permission of the list is enough, another is not, none is not.
// The lists: facts/call-permissions.ts, from Microsoft's permissions.json; where a route has its own, its file says why.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test, type TestContext } from 'node:test'
import { callPermissions } from '../../facts/call-permissions.ts'
import { findPermission, type PermissionKind } from '../../facts/permissions.ts'
import { azureCliClientId } from '../../facts/well-known-clients.ts'
import { startTenant, type Tenant } from '../index.ts'
import { signIn } from '../person.fixture.ts'
import { appToken, type Ask, asker, graphAppId } from './lab.fixture.ts'
import { directoryRoutes, permissionsOf } from './routes.ts'

/** Enough to read the tables: nothing is served by these. */
const stub: unknown = new Proxy(() => stub, { get: () => stub })
const routes = directoryRoutes(stub as never).map(({ call, need }) => ({
  call,
  need,
  asked: permissionsOf(call, need),
}))
type Row = (typeof routes)[number]

/** Where one of a second list is needed beside: there one alone is not enough. */
const alone = routes.filter(({ need }) => !need.also)
const together = routes.filter(({ need }) => need.also)
const namesOf = (kind: PermissionKind, { asked }: Row): string[] =>
  [...(kind === 'delegated' ? asked.delegated : asked.application)].filter((one) => findPermission(one, kind))
const poolOf = (kind: PermissionKind): string[] =>
  [...new Set(routes.flatMap((row) => namesOf(kind, row)))].toSorted()

let tenant: Tenant
let admin: Ask
before(async () => {
  tenant = await startTenant()
  admin = asker(tenant, {
    token: await signIn(tenant, {
      user: 'admin@contoso.example',
      scopes: ['User.Read'],
      clientId: azureCliClientId,
    }),
  })
})
after(() => tenant.close())

test('every call has a list, and most are as published', (t) => {
  const own = routes.filter(({ need }) => need.delegated !== undefined)
  const published = routes.filter(({ call, need }) => need.delegated === undefined && callPermissions(call))
  t.diagnostic(`${published.length} calls as published, ${own.length} with a list of their own`)
  assert.equal(own.length + published.length, routes.length)
  for (const row of routes) assert.ok(namesOf('delegated', row).length > 0, row.call)
})

test('delegated: each published permission alone opens the call; a neighbour or none is refused', async (t) => {
  const pool = poolOf('delegated')
  const scopes = pool.toSorted()
  const user = 'admin@contoso.example'
  const ask = asker(tenant, { token: await signIn(tenant, { user, scopes, forAll: true }) })
  const grant = (await admin('GET', '/oauth2PermissionGrants')).body.value.find(
    (one: { scope: string; consentType: string }) =>
      one.consentType === 'AllPrincipals' && one.scope.includes(pool.at(-1)!),
  )
  const hold = async (names: readonly string[]): Promise<void> => {
    const { status } = await admin('PATCH', `/oauth2PermissionGrants/${grant.id}`, { scope: names.join(' ') })
    assert.equal(status, 204)
  }
  await judge(t, { kind: 'delegated', pool, ask, hold })
})

test('application: each published permission alone opens the call; a neighbour or none is refused', async (t) => {
  const pool = poolOf('application')
  const { principalId, ask, resourceId } = await applicationWith(pool)
  const hold = async (names: readonly string[]): Promise<void> => {
    const held = (await admin('GET', `/servicePrincipals/${principalId}/appRoleAssignments?$top=999`)).body
      .value
    for (const one of held)
      await admin('DELETE', `/servicePrincipals/${resourceId}/appRoleAssignedTo/${one.id}`)
    for (const name of names) await assignRole({ principalId, resourceId, name })
  }
  await judge(t, { kind: 'application', pool, ask, hold })
})

test('a person needs the directory role beside the permission', async (t) => {
  const user = 'ada@contoso.example'
  const ask = asker(tenant, {
    token: await signIn(tenant, {
      user,
      scopes: poolOf('delegated'),
      forAll: true,
      clientId: await newClient(),
    }),
  })
  const withRole = routes.filter(({ need }) => need.roles && !need.rolesWaived)
  for (const row of withRole) {
    const { status, body } = await request(ask, row, 'User')
    assert.deepEqual([status, body.error?.code], [403, 'Authorization_RequestDenied'], row.call)
  }
  t.diagnostic(`${withRole.length} calls need a role`)
})

interface Judged {
  readonly kind: PermissionKind
  readonly pool: readonly string[]
  readonly ask: Ask
  hold(names: readonly string[]): Promise<void>
}

async function judge(t: TestContext, { kind, pool, ask, hold }: Judged): Promise<void> {
  const counts = { passed: 0, refused: 0 }
  const passes = async (row: Row, held: string): Promise<void> => {
    const { status, text } = await request(ask, row, held)
    assert.ok(
      status !== 401 && status !== 403 && (status < 500 || status === 501),
      `${row.call} with ${held}: ${status} ${text}`,
    )
    counts.passed += 1
  }
  const isRefused = async (row: Row, held: string): Promise<void> => {
    const { status, body } = await request(ask, row, held)
    assert.deepEqual(
      [status, body.error?.code],
      [403, 'Authorization_RequestDenied'],
      `${row.call} with ${held}`,
    )
    counts.refused += 1
  }
  const neighbours = new Map(alone.map((row) => [row, neighbourOf(namesOf(kind, row), pool)]))
  for (const held of pool) {
    await hold([held])
    await Promise.all([
      ...alone.filter((row) => namesOf(kind, row).includes(held)).map((row) => passes(row, held)),
      ...alone.filter((row) => neighbours.get(row) === held).map((row) => isRefused(row, held)),
    ])
  }
  await hold(['Calendars.Read'])
  await Promise.all(alone.map((row) => isRefused(row, 'none')))
  for (const row of together) {
    const [own, other] = [row.asked.delegated[0]!, row.need.also![0]!]
    for (const one of [own, other]) {
      await hold([one])
      await isRefused(row, one)
    }
    await hold([own, other])
    await passes(row, `${own} and ${other}`)
  }
  t.diagnostic(`${counts.passed} calls opened, ${counts.refused} refused`)
}

/** The next in the alphabet: as like an allowed one as can be. */
function neighbourOf(allowed: readonly string[], pool: readonly string[]): string {
  const from = pool.indexOf(allowed[0] ?? '')
  return [...pool.slice(from + 1), ...pool].find((one) => !allowed.includes(one))!
}

/** Of objects that do not exist, with an empty body: whoever may call is told so, whoever may not is told that first. */
function request(ask: Ask, { call }: Row, held: string) {
  const [method, path] = call.split(' ') as [string, string]
  const type = /^Application|^Directory/.test(held)
    ? 'application'
    : held.startsWith('Group')
      ? 'group'
      : 'user'
  const filled = path
    .replace(/:type\{[^}]*\}/, `microsoft.graph.${type}`)
    .replaceAll(/:\w+/g, () => randomUUID())
  const headers = { ConsistencyLevel: 'eventual' }
  return ask(method, filled, method === 'POST' || method === 'PATCH' ? {} : undefined, headers)
}

async function newClient(): Promise<string> {
  const body = {
    displayName: 'A client',
    isFallbackPublicClient: true,
    publicClient: { redirectUris: ['http://localhost'] },
  }
  const { appId } = (await admin('POST', '/applications', body)).body
  const principal = (await admin('POST', '/servicePrincipals', { appId })).body
  const resource = (await admin('GET', `/servicePrincipals(appId='${graphAppId}')?$select=id`)).body
  await admin('POST', '/oauth2PermissionGrants', {
    clientId: principal.id,
    consentType: 'AllPrincipals',
    resourceId: resource.id,
    scope: ['openid', 'profile', ...poolOf('delegated')].join(' '),
  })
  return appId
}

async function applicationWith(roles: readonly string[]) {
  const app = (await admin('POST', '/applications', { displayName: 'An application' })).body
  const principal = (await admin('POST', '/servicePrincipals', { appId: app.appId })).body
  const resource = (await admin('GET', `/servicePrincipals(appId='${graphAppId}')?$select=id`)).body
  for (const name of [...roles, 'Calendars.Read'])
    await assignRole({ principalId: principal.id, resourceId: resource.id, name })
  const secret = (await admin('POST', `/applications/${app.id}/addPassword`, {})).body.secretText
  const ask = asker(tenant, { token: await appToken(tenant, { appId: app.appId, secret }) })
  return { principalId: principal.id as string, resourceId: resource.id as string, ask }
}

async function assignRole(o: { principalId: string; resourceId: string; name: string }): Promise<void> {
  const { principalId, resourceId } = o
  const appRoleId = findPermission(o.name, 'application')!.id
  const wanted = { principalId, resourceId, appRoleId }
  const { status, text } = await admin('POST', `/servicePrincipals/${resourceId}/appRoleAssignedTo`, wanted)
  assert.equal(status, 201, `${o.name}: ${text}`)
}
