// Directory roles. Graph "List directoryRoles", "Activate directoryRole", "Add directory role member", "Create unifiedRoleAssignment".
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type DirectoryLab, startDirectoryLab } from './lab.fixture.ts'

const helpdesk = '729827e3-9c14-49f7-bb1b-9608f156bbb8'
const exchangeAdministrator = '29232cdf-9323-42fd-ade2-1d097af3e4de'
let lab: DirectoryLab
let ada: string
before(async () => {
  lab = await startDirectoryLab()
  ada = lab.tenant.users.find((one) => one.userPrincipalName.startsWith('ada@'))!.id
})
after(() => lab[Symbol.asyncDispose]())

const reference = (id: string): object => ({
  '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${id}`,
})

test('only activated roles are listed; a role is activated once, from its template', async () => {
  const names = async () =>
    (await lab.ask('GET', '/directoryRoles')).body.value.map(
      (one: { displayName: string }) => one.displayName,
    )
  assert.deepEqual(await names(), ['Global Administrator'])
  const activated = await lab.ask('POST', '/directoryRoles', { roleTemplateId: helpdesk })
  assert.equal(activated.status, 201, activated.text)
  assert.notEqual(activated.body.id, helpdesk)
  assert.deepEqual(await names(), ['Global Administrator', 'Helpdesk Administrator'])
  assert.equal((await lab.ask('POST', '/directoryRoles', { roleTemplateId: helpdesk })).status, 400)
  assert.equal((await lab.ask('POST', '/directoryRoles', { roleTemplateId: ada })).status, 400)
  const templates = (await lab.ask('GET', '/directoryRoleTemplates')).body.value
  assert.ok(templates.length > 20)
  const byTemplate = await lab.ask('GET', `/directoryRoles(roleTemplateId='${helpdesk}')`)
  assert.equal(byTemplate.body.id, activated.body.id)
  assert.equal((await lab.ask('GET', `/directoryRoles/roleTemplateId=${helpdesk}`)).status, 404)
})

test('a member has the rights of the role at once, and loses them with it', async () => {
  const person = await lab.as('ada@contoso.example', ['User.Read'])
  const { id } = (await lab.ask('POST', '/directoryRoles', { roleTemplateId: exchangeAdministrator })).body
  const added = await lab.ask('POST', `/directoryRoles/${id}/members/$ref`, reference(ada))
  assert.equal(added.status, 204, added.text)
  assert.equal((await lab.ask('POST', `/directoryRoles/${id}/members/$ref`, reference(ada))).status, 400)
  const members = (await lab.ask('GET', `/directoryRoles/${id}/members`)).body.value
  assert.deepEqual(
    members.map((one: Record<string, string>) => [one['@odata.type'], one['id']]),
    [['#microsoft.graph.user', ada]],
  )
  const mine = (await person('GET', '/me/memberOf')).body.value
  assert.deepEqual(
    mine.map((one: { displayName: string }) => one.displayName),
    ['Exchange Administrator'],
  )
  assert.equal((await lab.ask('DELETE', `/directoryRoles/${id}/members/${ada}/$ref`)).status, 204)
  assert.equal((await lab.ask('DELETE', `/directoryRoles/${id}/members/${ada}/$ref`)).status, 404)
  assert.deepEqual((await person('GET', '/me/memberOf')).body.value, [])
})

test('a role assignment is the same membership: it is filtered, expanded, deleted', async () => {
  const wanted = { principalId: ada, roleDefinitionId: helpdesk, directoryScopeId: '/' }
  const made = await lab.ask('POST', '/roleManagement/directory/roleAssignments', wanted)
  assert.equal(made.status, 201, made.text)
  assert.equal((await lab.ask('POST', '/roleManagement/directory/roleAssignments', wanted)).status, 400)
  const found = await lab.ask(
    'GET',
    `/roleManagement/directory/roleAssignments?$filter=principalId eq '${ada}'&$expand=roleDefinition`,
  )
  assert.equal(found.body.value.length, 1)
  assert.equal(found.body.value[0].roleDefinition.displayName, 'Helpdesk Administrator')
  assert.equal(found.body.value[0].directoryScopeId, '/')
  const { id } = made.body
  assert.equal((await lab.ask('DELETE', `/roleManagement/directory/roleAssignments/${id}`)).status, 204)
  assert.equal((await lab.ask('GET', `/roleManagement/directory/roleAssignments/${id}`)).status, 404)
  const [last] = (await lab.ask('GET', '/auditLogs/directoryAudits?$top=1')).body.value
  assert.deepEqual([last.activityDisplayName, last.category], ['Remove member from role', 'RoleManagement'])
})

test('roles of part of the directory, of an application, and custom ones answer by name', async () => {
  const wanted = { principalId: ada, roleDefinitionId: helpdesk, directoryScopeId: '/administrativeUnits/x' }
  assert.equal((await lab.ask('POST', '/roleManagement/directory/roleAssignments', wanted)).status, 501)
  const custom = await lab.ask('POST', '/roleManagement/directory/roleDefinitions', { displayName: 'x' })
  assert.match(custom.body.error.message, /custom directory roles/)
  const deleted = await lab.ask('DELETE', `/roleManagement/directory/roleDefinitions/${helpdesk}`)
  assert.equal(deleted.status, 400)
})

test('giving roles needs the permission and Privileged Role Administrator', async () => {
  const grace = await lab.as('grace@contoso.example', ['User.Read'])
  const wanted = { principalId: ada, roleDefinitionId: helpdesk, directoryScopeId: '/' }
  assert.equal((await grace('POST', '/roleManagement/directory/roleAssignments', wanted)).status, 403)
  await lab.control('PATCH', '/users/grace@contoso.example', { roles: ['User Administrator'] })
  const withScope = await lab.as('grace@contoso.example', ['RoleManagement.ReadWrite.Directory'])
  assert.equal((await withScope('POST', '/roleManagement/directory/roleAssignments', wanted)).status, 403)
  await lab.control('PATCH', '/users/grace@contoso.example', { roles: ['Privileged Role Administrator'] })
  assert.equal((await withScope('POST', '/roleManagement/directory/roleAssignments', wanted)).status, 201)
})

test('an administrative unit keeps its members', async () => {
  const made = await lab.ask('POST', '/directory/administrativeUnits', { displayName: 'Finance' })
  assert.equal(made.status, 201, made.text)
  const path = `/directory/administrativeUnits/${made.body.id}`
  assert.equal((await lab.ask('POST', `${path}/members/$ref`, reference(ada))).status, 204)
  assert.equal((await lab.ask('POST', `${path}/members/$ref`, reference(ada))).status, 400)
  assert.equal((await lab.ask('GET', `${path}/members`)).body.value.length, 1)
  assert.equal((await lab.ask('PATCH', path, { description: 'Money' })).status, 204)
  assert.equal((await lab.ask('GET', path)).body.description, 'Money')
  assert.equal((await lab.ask('POST', '/directory/administrativeUnits', { membershipRule: 'x' })).status, 501)
  assert.equal((await lab.ask('DELETE', `${path}/members/${ada}/$ref`)).status, 204)
  assert.equal((await lab.ask('DELETE', path)).status, 204)
  assert.equal((await lab.ask('GET', path)).status, 404)
})
