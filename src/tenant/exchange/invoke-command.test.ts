// The module's transport: who may run what, the shape of answers and errors. entra.md section 9.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { signIn } from '../person.fixture.ts'
import { type ExchangeLab, startExchangeLab } from './lab.fixture.ts'

const bot = 'invoice.bot@contoso.example'
const appId = '3dbc2ae1-7198-45ed-9f9f-d86ba3ec35b5'
let exchange: ExchangeLab
before(async () => {
  exchange = await startExchangeLab()
})
after(() => exchange[Symbol.asyncDispose]())

test('a policy is made, listed and removed as the module does it', async () => {
  const parameters = { AccessRight: 'DenyAccess', AppId: [appId, '6ac794ca-2697-4137-8754-d2a78ae47d93'], PolicyScopeGroupId: bot, Description: 'Engineering' } // prettier-ignore
  const made = await exchange.invoke('New-ApplicationAccessPolicy', parameters)
  assert.equal(made.status, 200, made.text)
  assert.match(made.body['@odata.context'], /\$metadata#Collection\(Exchange\.GenericHashTable\)$/)
  assert.deepEqual(made.body['@adminapi.warnings'], [])
  const { tenantId } = exchange.lab.tenant
  const [row] = made.body.value
  assert.equal(made.body.value.length, 2)
  assert.match(row.Identity, new RegExp(`^${tenantId}\\\\${appId}:S-1-5-21-[\\d-]+;[\\da-f-]{36}$`))
  const { Identity, ScopeIdentityRaw, ScopeIdentity, ...rest } = row
  assert.deepEqual(rest, { ScopeName: 'Invoice Bot', AppId: appId, Description: 'Engineering', AccessRight: 'DenyAccess', ShardType: 'All', IsValid: true, ObjectState: 'Unchanged' }) // prettier-ignore
  assert.ok(Identity.endsWith(ScopeIdentityRaw) && ScopeIdentity)
  const tested = await exchange.invoke('test-applicationaccesspolicy', { Identity: bot, AppId: appId })
  assert.equal(tested.body.value[0].AccessCheckResult, 'Denied')
  for (const one of made.body.value) {
    const removed = await exchange.invoke('Remove-ApplicationAccessPolicy', {
      Identity: one.Identity,
      Confirm: false,
    })
    assert.deepEqual([removed.status, removed.body.value], [200, []])
  }
  assert.deepEqual((await exchange.invoke('Get-ApplicationAccessPolicy')).body.value, [])
})

test("errors have the module's shape: what, which exception, which object", async () => {
  const cases: readonly (readonly [string, object, number, RegExp])[] = [
    ['Get-Mailbox', { Identity: 'nobody' }, 404, /^Ex6F9304\|Microsoft\.Exchange\.Configuration\.Tasks\.ManagementObjectNotFoundException\|The operation couldn't be performed because object 'nobody' couldn't be found on '/], // prettier-ignore
    [
      'Get-Mailbox',
      { Colour: 'red' },
      400,
      /A parameter cannot be found that matches parameter name 'Colour'/,
    ],
    ['New-ManagementScope', { Name: 'x' }, 400, /missing mandatory parameters: RecipientRestrictionFilter/],
    ['New-ApplicationAccessPolicy', { AppId: appId, AccessRight: 'Some', PolicyScopeGroupId: bot }, 400, /AccessRight/], // prettier-ignore
    ['New-ApplicationAccessPolicy', { AppId: 'x', AccessRight: 'DenyAccess', PolicyScopeGroupId: bot }, 400, /GUID/], // prettier-ignore
    ['New-ManagementRoleAssignment', { App: appId, Role: 'Application Mail.Read' }, 404, /ManagementObjectNotFound/], // prettier-ignore
  ]
  for (const [cmdlet, parameters, status, text] of cases) {
    const { body, ...answer } = await exchange.invoke(cmdlet, parameters)
    assert.equal(answer.status, status, answer.text)
    assert.equal(body.error.message, 'Error executing cmdlet')
    assert.match(body.error.details[0].message, text)
    assert.equal(body.error.innererror.internalexception.message, body.error.details[0].message)
  }
})

test('what is not modelled answers 501 with its name: cmdlets, -WhatIf, the newer admin API', async () => {
  const cmdlet = await exchange.invoke('Get-TransportRule')
  assert.deepEqual([cmdlet.status, cmdlet.body.error.message], [501, 'The local tenant does not model the cmdlet Get-TransportRule.']) // prettier-ignore
  assert.equal((await exchange.invoke('Remove-ManagementScope', { Identity: 'x', WhatIf: true })).status, 501)
  const { origin, tenantId } = exchange.lab.tenant
  const newer = await fetch(`${origin}/adminapi/v2.0/${tenantId}/AcceptedDomain`, { method: 'POST' })
  assert.equal(newer.status, 501)
  assert.match(await newer.text(), /POST \/adminapi\/v2\.0\//)
})

test('an application needs Exchange.ManageAsApp and a directory role', async () => {
  const { ask } = exchange.lab
  const app = await exchange.lab.asApp([])
  const get = async () => exchange.invoke('Get-Mailbox', {}, await exchange.tokenFor(app))
  assert.equal((await get()).status, 401)
  const resource = (await ask('GET', "/servicePrincipals(appId='00000002-0000-0ff1-ce00-000000000000')")).body
  const appRoleId = resource.appRoles.find(
    (one: { value: string }) => one.value === 'Exchange.ManageAsApp',
  ).id
  const grant = { principalId: app.principalId, resourceId: resource.id, appRoleId }
  await ask('POST', `/servicePrincipals/${resource.id}/appRoleAssignedTo`, grant)
  const refused = await get()
  assert.equal(refused.status, 403)
  assert.match(refused.body.error.message, /isn't supported in this scenario/)
  const assigned = await ask('POST', '/roleManagement/directory/roleAssignments', {
    principalId: app.principalId,
    roleDefinitionId: '29232cdf-9323-42fd-ade2-1d097af3e4de',
    directoryScopeId: '/',
  })
  assert.equal(assigned.status, 201, assigned.text)
  assert.equal((await get()).status, 200)
})

test('a person needs a role that manages Exchange; readers only read', async () => {
  const { tenant, control } = exchange.lab
  const scopes = ['https://outlook.office365.com/Exchange.Manage']
  const token = () => signIn(tenant, { user: 'ada@contoso.example', scopes })
  assert.equal((await exchange.invoke('Get-Mailbox', {}, await token())).status, 403)
  await control('PATCH', '/users/ada@contoso.example', { roles: ['Global Reader'] })
  const reader = await token()
  assert.equal((await exchange.invoke('Get-Mailbox', {}, reader)).status, 200)
  const set = await exchange.invoke('Set-Mailbox', { Identity: bot, CustomAttribute1: 'x' }, reader)
  assert.match(set.text, /The term 'Set-Mailbox' is not recognized/)
  await control('PATCH', '/users/ada@contoso.example', { roles: ['Exchange Administrator'] })
  assert.equal(
    (await exchange.invoke('Set-Mailbox', { Identity: bot, CustomAttribute1: 'x' }, reader)).status,
    200,
  )
})

test("a token for Graph, of another organization, or none does not open Exchange's door", async () => {
  const graph = await signIn(exchange.lab.tenant, { user: 'admin@contoso.example', scopes: ['User.Read'] })
  for (const token of [graph, 'x', ''])
    assert.equal((await exchange.invoke('Get-Mailbox', {}, token)).status, 401)
  const { origin } = exchange.lab.tenant
  const reply = await fetch(`${origin}/adminapi/beta/other.example/InvokeCommand`, { method: 'POST' })
  assert.equal(reply.status, 401)
})
