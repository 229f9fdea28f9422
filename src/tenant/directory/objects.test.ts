// Domains, the organisation, anything by its ID, memberships and what a person was granted. Graph's pages of each call.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type DirectoryLab, graphAppId, startDirectoryLab } from './lab.fixture.ts'

let lab: DirectoryLab
let ada: string
before(async () => {
  lab = await startDirectoryLab()
  ada = lab.tenant.users.find((one) => one.userPrincipalName.startsWith('ada@'))!.id
})
after(() => lab[Symbol.asyncDispose]())

test('the tenant says its domains and who it is', async () => {
  const domains = (await lab.ask('GET', '/domains')).body.value as Record<string, unknown>[]
  assert.deepEqual(
    domains.map((one) => [
      one['id'],
      one['isDefault'],
      one['isInitial'],
      one['isVerified'],
      one['authenticationType'],
    ]),
    [
      ['contoso.example', true, false, true, 'Managed'],
      ['contoso.onmicrosoft.com', false, true, true, 'Managed'],
    ],
  )
  assert.equal((await lab.ask('GET', '/domains/contoso.example')).body.isDefault, true)
  assert.equal((await lab.ask('GET', '/domains/other.example')).status, 404)
  const { tenantId } = lab.tenant
  assert.equal((await lab.ask('GET', `/organization/${tenantId}`)).body.id, tenantId)
  assert.equal((await lab.ask('GET', `/organization/${ada}`)).status, 404)
})

test('getByIds finds objects of the kinds that are asked for, and leaves out what is not there', async () => {
  const group = (
    await lab.ask('POST', '/groups', {
      displayName: 'g',
      mailEnabled: false,
      mailNickname: 'g',
      securityEnabled: true,
    })
  ).body
  const missing = '11111111-2222-4333-8444-555555555555'
  const ids = [ada, group.id, missing]
  const kinds = async (body: object) =>
    (await lab.ask('POST', '/directoryObjects/getByIds', body)).body.value.map(
      (one: Record<string, string>) => one['@odata.type'],
    )
  assert.deepEqual(await kinds({ ids }), ['#microsoft.graph.user', '#microsoft.graph.group'])
  assert.deepEqual(await kinds({ ids, types: ['group'] }), ['#microsoft.graph.group'])
  assert.equal((await lab.ask('POST', '/directoryObjects/getByIds', { ids: ['x'] })).status, 400)
  assert.equal((await lab.ask('GET', `/directoryObjects/${group.id}`)).body.displayName, 'g')
  assert.equal((await lab.ask('GET', `/directoryObjects/${missing}`)).status, 404)
})

test('memberships: direct and transitive, groups alone or with roles, and checks', async () => {
  const make = async (name: string) =>
    (
      await lab.ask('POST', '/groups', {
        displayName: name,
        mailEnabled: false,
        mailNickname: name,
        securityEnabled: true,
      })
    ).body.id
  const [inner, outer] = [await make('inner'), await make('outer')]
  const link = (group: string, id: string) =>
    lab.ask('POST', `/groups/${group}/members/$ref`, {
      '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${id}`,
    })
  await link(inner, ada)
  await link(outer, inner)
  const person = await lab.as('ada@contoso.example', ['User.Read'])
  const ids = async (path: string) =>
    (await person('GET', path)).body.value.map((one: { id: string }) => one.id)
  assert.deepEqual(await ids('/me/memberOf'), [inner])
  assert.deepEqual(new Set(await ids('/me/transitiveMemberOf')), new Set([inner, outer]))
  assert.deepEqual(await ids('/me/memberOf/microsoft.graph.directoryRole'), [])
  const objects = await person('POST', '/me/getMemberObjects', { securityEnabledOnly: true })
  assert.deepEqual(new Set(objects.body.value), new Set([inner, outer]))
  const checked = await lab.ask('POST', `/users/${ada}/checkMemberGroups`, { groupIds: [outer, ada] })
  assert.deepEqual(checked.body.value, [outer])
  const nested = await lab.ask('POST', `/directoryObjects/${inner}/getMemberGroups`, {
    securityEnabledOnly: false,
  })
  assert.deepEqual(nested.body.value, [outer])
})

test('nobody has a manager: 404 names it; licences and reports are empty lists', async () => {
  const person = await lab.as('ada@contoso.example', ['User.Read'])
  const { status, body } = await person('GET', '/me/manager')
  assert.equal(status, 404)
  assert.equal(body.error.code, 'Request_ResourceNotFound')
  assert.match(body.error.message, /^Resource 'manager' does not exist/)
  assert.deepEqual((await person('GET', '/me/licenseDetails')).body.value, [])
  assert.deepEqual((await lab.ask('GET', `/users/${ada}/directReports`)).body.value, [])
})

test('a person is given an app role, sees it, and loses it; the application finds it on its side', async () => {
  const app = (await lab.ask('POST', '/applications', { displayName: 'Assigned' })).body
  const principal = (await lab.ask('POST', '/servicePrincipals', { appId: app.appId })).body
  const wanted = {
    principalId: ada,
    resourceId: principal.id,
    appRoleId: '00000000-0000-0000-0000-000000000000',
  }
  const made = await lab.ask('POST', `/users/${ada}/appRoleAssignments`, wanted)
  assert.equal(made.status, 201, made.text)
  assert.equal((await lab.ask('POST', `/users/${ada}/appRoleAssignments`, wanted)).status, 400)
  const listed = (await lab.ask('GET', `/servicePrincipals/${principal.id}/appRoleAssignedTo`)).body.value
  assert.deepEqual([listed[0].id, listed[0].principalType], [made.body.id, 'User'])
  assert.equal((await lab.ask('GET', `/users/${ada}/appRoleAssignments`)).body.value.length, 1)
  const removed = await lab.ask('DELETE', `/users/${ada}/appRoleAssignments/${made.body.id}`)
  assert.equal(removed.status, 204)
  const owner = { '@odata.id': `https://graph.microsoft.com/v1.0/users/${ada}` }
  assert.equal((await lab.ask('POST', `/servicePrincipals/${principal.id}/owners/$ref`, owner)).status, 204)
  const owned = (await lab.ask('GET', `/users/${ada}/ownedObjects`)).body.value
  assert.ok(owned.some((one: { id: string }) => one.id === principal.id))
})

test('consent that was given for one person is listed with the person', async () => {
  const client = await lab.asApp([])
  const graph = (await lab.ask('GET', `/servicePrincipals(appId='${graphAppId}')`)).body
  const grant = {
    clientId: client.principalId,
    consentType: 'Principal',
    principalId: ada,
    resourceId: graph.id,
    scope: 'Mail.Read',
  }
  assert.equal((await lab.ask('POST', '/oauth2PermissionGrants', grant)).status, 201)
  const again = await lab.ask('POST', '/oauth2PermissionGrants', grant)
  assert.deepEqual([again.status, again.body.error.message], [400, 'Permission entry already exists.'])
  const listed = (await lab.ask('GET', `/users/${ada}/oauth2PermissionGrants`)).body.value
  assert.deepEqual(
    listed.map((one: { scope: string }) => one.scope),
    ['Mail.Read'],
  )
  const person = await lab.as('ada@contoso.example', ['User.Read'])
  assert.equal((await person('GET', '/me/oauth2PermissionGrants')).body.value.length, 1)
})

test('Microsoft Graph, Exchange Online and Azure Service Management are there with their real IDs', async () => {
  for (const [appId, name] of [
    [graphAppId, 'Microsoft Graph'],
    ['00000002-0000-0ff1-ce00-000000000000', 'Office 365 Exchange Online'],
    ['797f4846-ba00-4fd7-ba43-dac1f8f63013', 'Windows Azure Service Management API'],
  ]) {
    const { body } = await lab.ask('GET', `/servicePrincipals(appId='${appId}')`)
    assert.equal(body.displayName, name)
  }
})

test('applicationTemplates is not modelled and says so', async () => {
  const { status, body } = await lab.ask('GET', '/applicationTemplates')
  assert.equal(status, 501)
  assert.match(body.error.message, /GET \/v1\.0\/applicationTemplates/)
})
