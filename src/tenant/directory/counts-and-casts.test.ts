// The small calls beside each list: a bare count, members of one kind alone, what somebody belongs to. Microsoft Graph
// "Advanced query capabilities on Microsoft Entra ID objects", "directoryObject: getMemberObjects", "checkMemberGroups".
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type DirectoryLab, eventual, graphAppId, startDirectoryLab } from './lab.fixture.ts'

const userCast = 'microsoft.graph.user'
const groupCast = 'microsoft.graph.group'
let lab: DirectoryLab
let person: string
let inner: string
let outer: string
let principal: string

before(async () => {
  lab = await startDirectoryLab()
  person = (await lab.ask('GET', '/users/ada@contoso.example')).body.id
  const made = await lab.ask('POST', '/applications', { displayName: 'Counted' })
  principal = (await lab.ask('POST', '/servicePrincipals', { appId: made.body.appId })).body.id
  inner = await makeGroup('Inner', [person, principal])
  outer = await makeGroup('Outer', [inner])
})
after(() => lab[Symbol.asyncDispose]())

const linkTo = (id: string): string => `https://graph.microsoft.com/v1.0/directoryObjects/${id}`
async function makeGroup(displayName: string, members: string[]): Promise<string> {
  const group = { displayName, mailNickname: displayName, mailEnabled: false, securityEnabled: true }
  const made = await lab.ask('POST', '/groups', { ...group, 'members@odata.bind': members.map(linkTo) })
  assert.equal(made.status, 201, made.text)
  await lab.ask('POST', `/groups/${made.body.id}/owners/$ref`, { '@odata.id': linkTo(person) })
  return made.body.id
}
const count = async (path: string): Promise<number> => {
  const answer = await lab.ask('GET', `${path}/$count`, undefined, eventual)
  assert.equal(answer.status, 200, `${path} ${answer.text}`)
  return Number(answer.text)
}
const idsOf = async (path: string): Promise<string[]> => {
  const answer = await lab.ask('GET', path, undefined, eventual)
  assert.equal(answer.status, 200, `${path} ${answer.text}`)
  return answer.body.value.map((one: { id: string }) => one.id)
}

test('each set says how many there are, for advanced queries alone', async () => {
  for (const set of ['applications', 'groups', 'servicePrincipals']) {
    const { body } = await lab.ask('GET', `/${set}?$count=true&$top=999`, undefined, eventual)
    assert.equal(await count(`/${set}`), body['@odata.count'], set)
    assert.equal((await lab.ask('GET', `/${set}/$count`)).status, 400, `${set} without ConsistencyLevel`)
  }
})

test('a group lists members, owners and the groups around it, counted and by kind', async () => {
  assert.deepEqual((await idsOf(`/groups/${inner}/members`)).sort(), [person, principal].sort())
  assert.deepEqual(await idsOf(`/groups/${inner}/members/${userCast}`), [person])
  assert.equal((await lab.ask('GET', `/groups/${inner}/members/${person}`)).status, 200)
  assert.deepEqual(await idsOf(`/groups/${outer}/transitiveMembers/${userCast}`), [person])
  assert.equal(await count(`/groups/${outer}/transitiveMembers`), 3)
  assert.equal(await count(`/groups/${inner}/owners`), (await idsOf(`/groups/${inner}/owners`)).length)
  assert.ok((await idsOf(`/groups/${inner}/owners/${userCast}`)).includes(person))
  for (const name of ['memberOf', 'transitiveMemberOf']) {
    assert.deepEqual(await idsOf(`/groups/${inner}/${name}`), [outer])
    assert.deepEqual(await idsOf(`/groups/${inner}/${name}/${groupCast}`), [outer])
    assert.equal(await count(`/groups/${inner}/${name}`), 1)
  }
})

test('a person and a service principal are told what they belong to, directly and through groups', async () => {
  for (const whose of [`/users/${person}`, `/servicePrincipals/${principal}`]) {
    assert.deepEqual(await idsOf(`${whose}/memberOf/${groupCast}`), [inner])
    assert.ok((await idsOf(`${whose}/memberOf`)).includes(inner))
    assert.deepEqual((await idsOf(`${whose}/transitiveMemberOf/${groupCast}`)).sort(), [inner, outer].sort())
    assert.ok((await idsOf(`${whose}/transitiveMemberOf`)).includes(outer))
    assert.equal(await count(`${whose}/memberOf`), (await idsOf(`${whose}/memberOf`)).length)
    assert.equal(
      await count(`${whose}/transitiveMemberOf`),
      (await idsOf(`${whose}/transitiveMemberOf`)).length,
    )
  }
  assert.equal(await count('/me/memberOf'), (await idsOf('/me/memberOf')).length)
  assert.equal(await count('/me/transitiveMemberOf'), (await idsOf('/me/transitiveMemberOf')).length)
  assert.deepEqual(await idsOf(`/me/transitiveMemberOf/${groupCast}`), [])
})

test('getMemberObjects and checkMemberGroups agree with the lists, asked of each kind of object', async () => {
  const post = async (path: string, body: object): Promise<string[]> => {
    const answer = await lab.ask('POST', path, body)
    assert.equal(answer.status, 200, `${path} ${answer.text}`)
    return answer.body.value
  }
  const only = { securityEnabledOnly: false }
  for (const whose of [
    `/users/${person}`,
    `/servicePrincipals/${principal}`,
    `/directoryObjects/${person}`,
  ]) {
    assert.ok((await post(`${whose}/getMemberObjects`, only)).includes(outer), whose)
    assert.ok((await post(`${whose}/getMemberGroups`, only)).includes(inner), whose)
    assert.deepEqual(await post(`${whose}/checkMemberGroups`, { groupIds: [inner, graphAppId] }), [inner])
    assert.deepEqual(await post(`${whose}/checkMemberObjects`, { ids: [outer, graphAppId] }), [outer])
  }
  assert.deepEqual(await post('/me/checkMemberGroups', { groupIds: [inner] }), [])
  assert.deepEqual(await post('/me/checkMemberObjects', { ids: [inner] }), [])
})

test('what is owned and who owns it are two sides of one link', async () => {
  const owners = `/servicePrincipals/${principal}/owners`
  await lab.ask('POST', `${owners}/$ref`, { '@odata.id': linkTo(person) })
  assert.ok((await idsOf(owners)).includes(person))
  assert.ok((await idsOf(`/users/${person}/ownedObjects`)).includes(principal))
  assert.equal((await lab.ask('DELETE', `${owners}/${person}/$ref`)).status, 204)
  assert.ok(!(await idsOf(owners)).includes(person))
  assert.deepEqual(await idsOf(`/servicePrincipals/${principal}/ownedObjects`), [])
})

test('single objects are read by id: the organisation, a grant, a role, its template, a policy, a row of the log', async () => {
  const [organization] = (await lab.ask('GET', '/organization')).body.value
  assert.equal(organization.id, lab.tenant.tenantId)
  for (const set of [
    '/oauth2PermissionGrants',
    '/directoryRoleTemplates',
    '/roleManagement/directory/roleAssignments',
    '/roleManagement/directory/roleDefinitions',
    '/auditLogs/directoryAudits',
  ]) {
    const [id] = await idsOf(set)
    const one = await lab.ask('GET', `${set}/${id}`)
    assert.deepEqual([one.status, one.body.id], [200, id], `${set} ${one.text}`)
  }
  assert.equal((await lab.ask('GET', `/users/${person}/licenseDetails`)).status, 200)
})

test('a role lists its members of one kind', async () => {
  const admin = (await lab.ask('GET', '/users/admin@contoso.example')).body.id
  const roles = (await lab.ask('GET', '/directoryRoles')).body.value as { id: string; displayName: string }[]
  const role = roles.find(({ displayName }) => displayName === 'Global Administrator')!
  assert.ok((await idsOf(`/directoryRoles/${role.id}/members/${userCast}`)).includes(admin))
})

test('nobody has a manager, and roles are Microsoft’s alone: said so, never a wrong success', async () => {
  for (const whose of ['/me', `/users/${person}`])
    assert.equal((await lab.ask('GET', `${whose}/manager`)).status, 404)
  const definitions = '/roleManagement/directory/roleDefinitions'
  assert.equal((await lab.ask('POST', definitions, { displayName: 'Ours' })).status, 501)
  const [id] = await idsOf(definitions)
  assert.ok((await lab.ask('DELETE', `${definitions}/${id}`)).status >= 400)
})

test('what is thrown out of the recycle bin is gone', async () => {
  const { id } = (await lab.ask('POST', '/applications', { displayName: 'Short-lived' })).body
  assert.equal((await lab.ask('DELETE', `/applications/${id}`)).status, 204)
  assert.equal((await lab.ask('DELETE', `/directory/deletedItems/${id}`)).status, 204)
  assert.equal((await lab.ask('GET', `/directory/deletedItems/${id}`)).status, 404)
})
