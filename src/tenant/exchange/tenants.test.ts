// Two organisations in one process: what one configures, the other neither sees nor feels. docs/adr/0014.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { asker } from '../directory/lab.fixture.ts'
import { startTenant, type Tenant } from '../index.ts'
import { signIn } from '../person.fixture.ts'

const manage = ['https://outlook.office365.com/Exchange.Manage']
const appId = '3dbc2ae1-7198-45ed-9f9f-d86ba3ec35b5'
let first: Tenant
let second: Tenant
before(async () => {
  first = await startTenant({
    tenants: [{ displayName: 'Fabrikam', domains: ['fabrikam.example', 'fabrikam.onmicrosoft.com'] }],
  })
  const other = first.tenants.find((one) => one.id !== first.tenantId)!
  second = { ...first, tenantId: other.id, users: other.users }
})
after(() => first.close())

async function adminOf(tenant: Tenant, scopes: readonly string[]): Promise<string> {
  const user = tenant.users.find((one) => one.roles.includes('Global Administrator'))!.userPrincipalName
  return signIn(tenant, { user, scopes, forAll: true })
}
async function invoke(token: string, cmdlet: string, o: { tenant: Tenant; parameters?: object }) {
  const reply = await fetch(`${first.origin}/adminapi/beta/${o.tenant.tenantId}/InvokeCommand`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ CmdletInput: { CmdletName: cmdlet, Parameters: o.parameters ?? {} } }),
  })
  const text = await reply.text()
  return { status: reply.status, text, value: (JSON.parse(text || '{}') as { value?: object[] }).value }
}

test('policies, groups and mailboxes are one organisation’s own', async () => {
  const [here, there] = [await adminOf(first, manage), await adminOf(second, manage)]
  const parameters = { AppId: appId, AccessRight: 'DenyAccess', PolicyScopeGroupId: 'ada@contoso.example' }
  const made = await invoke(here, 'New-ApplicationAccessPolicy', { tenant: first, parameters })
  assert.equal(made.status, 200, made.text)
  assert.equal((await invoke(here, 'Get-ApplicationAccessPolicy', { tenant: first })).value?.length, 1)
  assert.deepEqual((await invoke(there, 'Get-ApplicationAccessPolicy', { tenant: second })).value, [])
  const stranger = { Identity: 'ada@contoso.example' }
  assert.equal((await invoke(there, 'Get-Mailbox', { tenant: second, parameters: stranger })).status, 404)
  assert.equal((await invoke(there, 'Get-Mailbox', { tenant: first })).status, 403)
})

test('activated roles, their holders and administrative units are one organisation’s own', async () => {
  const scopes = ['RoleManagement.ReadWrite.Directory', 'AdministrativeUnit.ReadWrite.All', 'User.Read.All']
  const [here, there] = [
    asker(first, { token: await adminOf(first, scopes) }),
    asker(second, { token: await adminOf(second, scopes) }),
  ]
  await here('POST', '/directoryRoles', { roleTemplateId: '729827e3-9c14-49f7-bb1b-9608f156bbb8' })
  const unit = (await here('POST', '/directory/administrativeUnits', { displayName: 'Finance' })).body
  const names = async (ask: typeof here) =>
    (await ask('GET', '/directoryRoles')).body.value.map((one: { displayName: string }) => one.displayName)
  assert.deepEqual(await names(here), ['Global Administrator', 'Helpdesk Administrator'])
  assert.deepEqual(await names(there), ['Global Administrator'])
  assert.deepEqual((await there('GET', '/directory/administrativeUnits')).body.value, [])
  assert.equal((await there('GET', `/directory/administrativeUnits/${unit.id}`)).status, 404)
  const [role] = (await here('GET', '/directoryRoles')).body.value
  assert.equal((await there('GET', `/directoryRoles/${role.id}`)).status, 404)
})

test('Azure Resource Manager lists each person their own tenant alone', async () => {
  const token = await adminOf(second, ['https://management.azure.com/user_impersonation'])
  const reply = await fetch(`${first.origin}/tenants?api-version=2022-12-01`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const { value } = (await reply.json()) as { value: { tenantId: string }[] }
  assert.deepEqual(value.map((one) => one.tenantId), [second.tenantId]) // prettier-ignore
})
