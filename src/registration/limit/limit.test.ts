// The tenant judges: after the plan is run, an application without a user reads the mailboxes of its scope, and no other.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import type { GraphClient } from '../../graph/index.ts'
import { parseAppSpec } from '../app-spec.ts'
import { applyPlan, checkApp, grantConsent, planApp } from '../index.ts'
import { adminPermissions, type Lab, openLab } from '../lab.fixture.ts'
import { limitPowerShell } from './limit-text.ts'
import { type LimitScope, planLimit } from './plan-limit.ts'
import { type RunCmdlet, runLimit } from './run-limit.ts'

const [bot, ada] = ['invoice.bot@contoso.example', 'ada@contoso.example']
const base = {
  client: 'confidential',
  redirectUris: ['https://b.example/'],
  permissions: [],
  applicationPermissions: ['Mail.Read'],
}
let lab: Lab
let admin: GraphClient
let run: RunCmdlet

// Each test moves the clock, after which nobody is signed in any more.
beforeEach(async () => {
  lab = await openLab()
  const token = await lab.tokenOf('admin@contoso.example', ['https://outlook.office365.com/Exchange.Manage'])
  admin = await lab.clientOf('admin@contoso.example', adminPermissions)
  run = async (cmdlet, parameters) => {
    const reply = await fetch(`${lab.tenant.origin}/adminapi/beta/${lab.tenant.tenantId}/InvokeCommand`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ CmdletInput: { CmdletName: cmdlet, Parameters: parameters } }),
    })
    if (reply.status === 404) return undefined
    const body = (await reply.json()) as { value: Record<string, unknown>[] }
    assert.ok(reply.ok, `${cmdlet}: ${reply.status} ${JSON.stringify(body)}`)
    return body.value
  }
})
afterEach(() => lab.close())

/** An application that reads every mailbox, and what it gets of two. */
async function reader(name: string) {
  const spec = parseAppSpec({ ...base, name })
  const applied = await applyPlan(admin, await planApp(admin, spec))
  await grantConsent(admin, { appId: applied.appId, scopes: [], roles: ['Mail.Read'] })
  const made = await admin.request<{ secretText: string }>(
    'POST',
    `/applications/${applied.objectId}/addPassword`,
    { body: { passwordCredential: {} } },
  )
  return {
    spec,
    ...applied,
    async statuses(): Promise<number[]> {
      const reply = await fetch(`${lab.tenant.origin}/${lab.tenant.tenantId}/oauth2/v2.0/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: applied.appId,
          client_secret: made.body.secretText,
          scope: 'https://graph.microsoft.com/.default',
        }),
      })
      const { access_token } = (await reply.json()) as { access_token: string }
      const read = async (mailbox: string): Promise<number> =>
        (
          await fetch(`${lab.tenant.origin}/v1.0/users/${mailbox}/messages?$top=1`, {
            headers: { authorization: `Bearer ${access_token}` },
          })
        ).status
      return [await read(bot), await read(ada)]
    },
  }
}

const hours = (count: number) => lab.control('POST', 'clock', { advanceMs: count * 3_600_000 })

for (const [what, scope] of [
  ['mailboxes by address', { mailboxes: [bot] }],
  ['the members of a group', { group: 'Bots' }],
] as const satisfies [string, LimitScope][])
  test(`RBAC for Applications, ${what}: the scope stays open, the rest closes, and twice changes nothing`, async () => {
    if ('group' in scope)
      await run('New-DistributionGroup', { Name: 'Bots', Type: 'Security', Members: [bot] })
    const app = await reader(`Limited to ${what}`)
    assert.deepEqual(await app.statuses(), [200, 200])
    const plan = planLimit({ ...app, scope })
    const o = { run, graph: admin, servicePrincipalId: app.servicePrincipalId }
    const done = await runLimit(plan, o)
    assert.deepEqual(done.ran, [
      'New-ServicePrincipal',
      'New-ManagementScope',
      'New-ManagementRoleAssignment',
    ])
    assert.deepEqual(done.grantsRemoved, ['Mail.Read'])
    const again = await runLimit(plan, o)
    assert.deepEqual([again.ran, again.grantsRemoved], [['Set-ManagementScope'], []])
    assert.ok(
      again.tests.every(({ rows }) => rows.every((row) => String(row['InScope']).toLowerCase() === 'true')),
    )
    // The file no longer asks for what Exchange grants now: nothing is left to say of the registration.
    const after = { ...app.spec, applicationPermissions: [], clientId: app.appId }
    await applyPlan(admin, await planApp(admin, after))
    const said = (await checkApp(admin, after)).filter((one) => one.level === 'problem')
    assert.deepEqual(said, [])
    await hours(2)
    assert.deepEqual(await app.statuses(), [200, 403])
  })

test('the older access policy, on request: the listed mailbox stays open, and twice changes nothing', async () => {
  const app = await reader('Limited by policy')
  const plan = planLimit({ ...app, scope: { mailboxes: [bot] }, legacy: true })
  assert.deepEqual(plan.entraGrantsToRemove, [])
  const o = { run, graph: admin, servicePrincipalId: app.servicePrincipalId }
  assert.deepEqual((await runLimit(plan, o)).ran, ['New-ApplicationAccessPolicy'])
  assert.deepEqual((await runLimit(plan, o)).ran, [])
  await hours(2)
  assert.deepEqual(await app.statuses(), [200, 403])
})

test('a mailbox that is not there is named, by either way', async () => {
  const app = await reader('Limited to nobody')
  const o = { run, graph: admin, servicePrincipalId: app.servicePrincipalId }
  const nobody: LimitScope[] = [{ mailboxes: ['nobody@contoso.example'] }, { group: 'nobody' }]
  for (const scope of nobody)
    await assert.rejects(runLimit(planLimit({ ...app, scope, legacy: true }), o), {
      code: 'registration/limit-impossible',
    })
  await assert.rejects(runLimit(planLimit({ ...app, scope: nobody[1]! }), o), {
    code: 'registration/limit-impossible',
  })
  assert.deepEqual(await app.statuses(), [200, 200])
})

test('delegated permissions are refused by name, with what to do instead', () => {
  const spec = parseAppSpec({ name: 'B', permissions: ['Mail.ReadWrite'] })
  const ids = { appId: 'a', servicePrincipalId: 's' }
  assert.throws(
    () => planLimit({ spec, ...ids, scope: { mailboxes: [bot] } }),
    (error: { code: string; message: string; fix: string }) => {
      assert.equal(error.code, 'registration/limit-delegated')
      assert.match(error.message, /neither RBAC for Applications nor an access policy/)
      assert.match(error.fix, /assignmentRequired.*--for-user.*Conditional Access/)
      return true
    },
  )
  const out = parseAppSpec({ ...base, name: 'B', applicationPermissions: ['User.Read.All'] })
  for (const legacy of [true, false])
    assert.throws(() => planLimit({ spec: out, ...ids, scope: { mailboxes: [bot] }, legacy }), {
      code: 'registration/limit-impossible',
    })
})

// Exchange Online PowerShell: New-ServicePrincipal, New-ManagementScope, New-ManagementRoleAssignment (entra.md section 9).
test('the printed PowerShell names each cmdlet, and an address cannot leave its quotes', () => {
  const spec = parseAppSpec({ ...base, name: 'B’s' })
  const plan = planLimit({
    spec,
    appId: '11111111-2222-3333-4444-555555555555',
    servicePrincipalId: '99999999-2222-3333-4444-555555555555',
    scope: { mailboxes: ["o'neil@contoso.example"] },
  })
  const text = limitPowerShell(plan, { cloud: 'gcc-high', tenant: 't', servicePrincipalId: 's' })
  assert.match(text, /-ExchangeEnvironmentName O365USGovGCCHigh/)
  assert.match(text, /-DisplayName 'B’’s'/)
  assert.match(text, /-RecipientRestrictionFilter 'PrimarySmtpAddress -eq ''o''''neil@contoso\.example'''/)
  assert.match(text, /-Role 'Application Mail\.Read' -CustomResourceScope 'Letterlock 1111/)
  assert.match(text, /Remove-MgServicePrincipalAppRoleAssignment/)
  assert.match(text, /Test-ServicePrincipalAuthorization -Identity '1111.*' -Resource 'o''neil@/)
})
