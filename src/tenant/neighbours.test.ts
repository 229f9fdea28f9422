// No organisation sees another's: every GET of Graph, with every permission there is, and the neighbour's ids in every place.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTenant, type Tenant } from './index.ts'
import {
  almighty,
  type Ask,
  asAdministrator,
  asApplication,
  fillNeighbour,
  getAll,
  mark,
  neighbourSeed,
  tellsMore,
} from './neighbour.fixture.ts'

let tenant: Tenant
let foreign: string[]
before(async () => {
  tenant = await startTenant({ apps: [almighty('Almighty')], tenants: [neighbourSeed] })
  foreign = await fillNeighbour(tenant, tenant.tenants[1]!)
})
after(() => tenant.close())

const typed = ['user', 'group', 'application', 'servicePrincipal']

/** Every GET of Graph; a mailbox is asked for by name too. */
function graphRoutes(): string[] {
  const own = tenant
    .routes()
    .filter(
      ({ method, path }) =>
        method === 'GET' &&
        !/^\/(_letterlock|:tenant|api|common|devicelogin|oidc|tenants|subscriptions|error|adminapi)|^\/(favicon.*)?$/.test(
          path,
        ),
    )
    .flatMap(({ path }) => typed.map((type) => path.replace(/:type\{[^}]*\}/, `microsoft.graph.${type}`)))
  const mail = own.filter((path) => /^\/me\/(messages|mailfolders)/.test(path))
  return [...new Set([...own, ...mail.map((path) => path.replace('/me/', '/users/:id/'))])]
}

const placesOf = (path: string): string[] => path.match(/:\w+/g) ?? []

/** The path with one text for each place in it. */
function fill(path: string, texts: readonly string[]): string {
  let index = 0
  return path.replaceAll(/:\w+/g, () => encodeURIComponent(texts[index++]!))
}

async function idsOf(ask: Ask): Promise<string[]> {
  const lists = [
    '/users',
    '/groups',
    '/applications',
    '/servicePrincipals',
    '/me/messages',
    '/me/mailFolders',
  ]
  const rows = await Promise.all(lists.map(async (path) => (await ask('GET', path)).text))
  return rows.flatMap((text) => {
    const { value } = JSON.parse(text) as { value?: { id: string }[] }
    return (value ?? []).slice(0, 1).map((one) => one.id)
  })
}

test('the neighbour sees its own: each kind of thing is there to be leaked', async () => {
  const ask = await asAdministrator(tenant, tenant.tenants[1]!)
  const silent: string[] = []
  for (const path of graphRoutes().filter((one) => placesOf(one).length === 0)) {
    const { text } = await ask('GET', path)
    if (!text.toLowerCase().includes(mark)) silent.push(path)
  }
  const marked = graphRoutes().filter((one) => placesOf(one).length === 0).length - silent.length
  assert.ok(marked >= 15, `marked in ${marked}, silent: ${silent.join(' ')}`)
})

for (const [who, sign] of [
  ['a Global Administrator', asAdministrator],
  ['an application', asApplication],
] as const)
  test(`${who} with every permission finds nothing of the neighbour's, and each of its ids is refused`, async (t) => {
    const ask = await sign(tenant, tenant.tenants[0]!)
    // Behind an id of one's own is asked once: as whoever may be denied less.
    const own = sign === asAdministrator ? await idsOf(ask) : []
    const routes = graphRoutes()
    const lists = await getAll(
      ask,
      routes.filter((path) => placesOf(path).length === 0),
    )
    const named = await getAll(
      ask,
      routes.flatMap((path) => fillings(path, own)),
    )
    for (const { path, text } of [...lists, ...named]) {
      // What was asked for is told again in an error; nothing else may be.
      assert.ok(!tellsMore(text, foreign), `${path} tells of the neighbour: ${text.slice(0, 500)}`)
    }
    for (const { path, text } of lists) {
      const found = foreign.find((key) => key.length >= 20 && text.includes(key))
      assert.equal(found, undefined, `${path} lists ${found}`)
    }
    for (const { path, status, text } of named)
      assert.ok([400, 403, 404, 501].includes(status), `${path}: ${status} ${text.slice(0, 300)}`)
    assert.ok(lists.some((one) => one.status === 200))
    t.diagnostic(
      `${lists.length + named.length} calls over ${routes.length} routes, ${foreign.length} keys of the neighbour`,
    )
    assert.ok(named.length > 1_000)
  })

/** A foreign key in every place, and behind an id of one's own. */
function fillings(path: string, own: readonly string[]): string[] {
  const [first, ...others] = placesOf(path)
  if (first === undefined) return []
  return foreign.flatMap((key) => [
    fill(path, [key, ...others.map(() => key)]),
    ...(others.length > 0 ? own.map((id) => fill(path, [id, ...others.map(() => key)])) : []),
  ])
}
