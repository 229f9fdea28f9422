// The printed m365 recipe, run by the real CLI for Microsoft 365, makes what `app apply` makes. Heavy: see ../m365.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { clouds } from '../../src/facts/clouds.ts'
import { seedScopes } from '../../src/facts/scopes.ts'
import { createGraphClient, type GraphClient } from '../../src/graph/index.ts'
import {
  type AppSpec,
  applyPlan,
  grantConsent,
  planApp,
  recipeOf,
  type RecipeStep,
} from '../../src/registration/index.ts'
import { adminPermissions } from '../../src/registration/lab.fixture.ts'
import { signIn } from '../../src/tenant/person.fixture.ts'
import { type M365Lab, startM365Lab } from '../m365/lab.ts'
import { registered } from './lab.ts'

const base: AppSpec = {
  name: "Recipe bot's; $(touch owned) `x` \\",
  audience: 'AzureADMyOrg',
  client: 'public',
  redirectUris: ['http://localhost:9999/Callback'],
  permissions: [...seedScopes],
  assignmentRequired: true,
  assigned: ['invoice.bot@contoso.example'],
}
let lab: M365Lab
let admin: GraphClient

before(async () => {
  lab = await startM365Lab()
  const { tenant } = lab
  const token = await signIn(tenant, { user: 'admin@contoso.example', scopes: adminPermissions })
  admin = createGraphClient({ graphOrigin: tenant.origin, getToken: async () => ({ token }) })
  const login = await lab.m365(`login --authType deviceCode --appId ${lab.appId} --tenant ${tenant.tenantId}`)
  assert.equal(login.status, 0, login.stderr)
})
after(() => lab?.close())

const cases: readonly [string, AppSpec][] = [
  ['the seed’s bot, with a hostile name', base],
  ['a name that would be read from a file', { ...base, name: '@/etc/passwd' }],
]
for (const [what, spec] of cases)
  test(`m365 makes from the printed recipe what app apply makes: ${what}`, async () => {
    const request = { cloud: clouds.global, tenant: lab.tenant.tenantId, spec }
    const making = recipeOf('m365', request).filter((one) =>
      ['register', 'consent', 'assign'].includes(one.id),
    )
    await run(making)
    const twin = { ...spec, name: `Twin: ${what}` }
    const { appId } = await applyPlan(admin, await planApp(admin, twin))
    await grantConsent(admin, { appId, scopes: twin.permissions })
    const [made, wanted] = [await registered(admin, spec.name), await registered(admin, twin.name)]
    assert.deepEqual({ ...made, name: '' }, { ...wanted, name: '' })

    const clientId = (await planApp(admin, spec)).appId!
    const steps = recipeOf('m365', { ...request, spec: { ...spec, assigned: [] }, clientId })
    await run(steps.filter((one) => ['check', 'revoke', 'stop'].includes(one.id)))
    const after = await registered(admin, spec.name)
    assert.deepEqual(after['grants'], [])
    assert.equal((after['principal'] as { accountEnabled: boolean }).accountEnabled, false)
  })

async function run(steps: readonly RecipeStep[]): Promise<void> {
  const { status, stderr } = await lab.shell(steps.flatMap((one) => one.lines).join('\n'))
  assert.equal(status, 0, stderr)
}
