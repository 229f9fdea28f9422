// Somebody edits the registration by hand: the check names each edit, and its fix makes the check green again.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Clock } from '../facts/clock.ts'
import { seedScopes } from '../facts/permissions.ts'
import { graphAppId } from '../facts/scopes.ts'
import type { GraphClient, GraphMethod } from '../graph/index.ts'
import type { AppSpec } from './app-spec.ts'
import type { Finding } from './checks/finding.ts'
import { edits, type Made, redirectUri } from './drift-edits.fixture.ts'
import { applyPlan, assignUser, checkApp, grantConsent, planApp } from './index.ts'
import { adminPermissions, type Lab, openLab } from './lab.fixture.ts'

const bot = 'invoice.bot@contoso.example'
let lab: Lab
let admin: GraphClient
let reader: GraphClient

before(async () => {
  lab = await openLab()
  // First, because a later token holds whatever its person has consented to by then.
  reader = await lab.clientOf('admin@contoso.example', ['Application.Read.All'])
  admin = await lab.clientOf('admin@contoso.example', [...adminPermissions, 'User.ReadWrite.All'])
})
after(() => lab.close())

/** The day of the check: a real clock would end secrets under the test. */
const clock: Clock = { nowMs: () => Date.parse('2026-11-25T00:00:00Z'), sleep: () => Promise.resolve() }

test('at least 20 ways of editing by hand are named', () => assert.ok(edits.length >= 20))

for (const [index, one] of edits.entries())
  test(`when somebody ${one.how}, the check says so, and its fix makes it green again`, async () => {
    const made = await make(`Drift ${index}`, one.spec)
    assert.deepEqual(await said(made), [], 'green at first')
    await one.edit(send, made)
    const findings = await said(made)
    const named = findings.find((finding) => one.says.test(finding.what))
    assert.ok(named, JSON.stringify(findings, undefined, 2))
    assert.match(named.fix ?? '', one.fix)
    await one.repair(made, send)
    assert.deepEqual(await said(made), [], 'green again')
  })

test('under Application.Read.All alone the check runs, and says what it may not see', async () => {
  const made = await make('Read only')
  const findings = await checkApp(reader, { ...made.spec, clientId: made.appId }, { clock })
  const open = findings.filter((one) => one.level !== 'ok')
  assert.ok(open.length > 0)
  for (const one of open)
    assert.match(`${one.level} ${one.what}`, /^not-checked .*: not checked: needs \w+\./)
  assert.ok(findings.some((one) => one.code === 'app/as-written'))
})

async function said(made: Made): Promise<Finding[]> {
  const findings = await checkApp(admin, { ...made.spec, clientId: made.appId }, { clock })
  return findings.filter((one) => one.level !== 'ok')
}

async function send(method: GraphMethod, path: string, body?: object): Promise<Record<string, never>> {
  const reply = await admin.request(method, path, { ...(body && { body }) })
  return reply.body as Record<string, never>
}

async function make(name: string, change: Partial<AppSpec> = {}): Promise<Made> {
  const spec: AppSpec = {
    name,
    audience: 'AzureADMyOrg',
    client: 'public',
    redirectUris: [redirectUri],
    permissions: [...seedScopes],
    assignmentRequired: true,
    assigned: [bot],
    ...change,
  }
  const { appId, objectId, servicePrincipalId } = await applyPlan(admin, await planApp(admin, spec))
  const { grantId } = await grantConsent(admin, { appId, scopes: spec.permissions })
  const assigned = await assignUser(admin, { appId, user: bot })
  const other = (await send('GET', '/users/ada@contoso.example')) as { id?: string }
  const graph = (await send('GET', `/servicePrincipals(appId='${graphAppId}')`)) as { id?: string }
  return {
    admin,
    spec,
    appId,
    application: objectId,
    principal: servicePrincipalId,
    graphPrincipal: graph.id!,
    user: assigned.userId,
    other: other.id!,
    grant: grantId!,
    assignment: assigned.assignmentId,
  }
}
