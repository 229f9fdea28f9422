// Groups and their members: bodies and refusals as Graph's pages give them ("Create group", "Add members", "Remove member").
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type DirectoryLab, eventual, startDirectoryLab } from './lab.fixture.ts'

let lab: DirectoryLab
before(async () => {
  lab = await startDirectoryLab()
})
after(() => lab[Symbol.asyncDispose]())

const security = (displayName: string) => ({
  displayName,
  mailEnabled: false,
  mailNickname: displayName.replaceAll(' ', ''),
  securityEnabled: true,
})
const userId = (name: string): string =>
  lab.tenant.users.find((one) => one.userPrincipalName.startsWith(`${name}@`))!.id
const reference = (id: string) => ({ '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${id}` })

test('a security group is made with owners and members, shown with Graph’s properties, and its maker owns it if none is named', async () => {
  const made = await lab.ask('POST', '/groups', {
    ...security('Operations group'),
    description: 'Group with designated owner and members',
    'owners@odata.bind': [`https://graph.microsoft.com/v1.0/users/${userId('grace')}`],
    'members@odata.bind': [
      `https://graph.microsoft.com/v1.0/users/${userId('ada')}`,
      `https://graph.microsoft.com/v1.0/users/${userId('grace')}`,
    ],
  })
  assert.equal(made.status, 201)
  assert.match(made.body['@odata.context'], /\/v1\.0\/\$metadata#groups\/\$entity$/)
  assert.equal(made.body.mail, null)
  assert.deepEqual(made.body.groupTypes, [])
  assert.match(made.body.securityIdentifier, /^S-1-12-1(-\d+){4}$/)
  const members = await lab.ask('GET', `/groups/${made.body.id}/members?$select=id,userPrincipalName`)
  assert.deepEqual(
    members.body.value.map((one: Record<string, string>) => [one['@odata.type'], one['userPrincipalName']]),
    [
      ['#microsoft.graph.user', 'ada@contoso.example'],
      ['#microsoft.graph.user', 'grace@contoso.example'],
    ],
  )
  const own = (await lab.ask('POST', '/groups', security('Mine'))).body
  const owners = await lab.ask('GET', `/groups/${own.id}/owners`)
  assert.deepEqual(
    owners.body.value.map((one: { id: string }) => one.id),
    [userId('admin')],
  )
})

test('a Microsoft 365 group has an address and a visibility, and comes back from the recycle bin', async () => {
  const made = await lab.ask('POST', '/groups', {
    ...security('library'),
    groupTypes: ['Unified'],
    mailEnabled: true,
    securityEnabled: false,
  })
  assert.equal(made.status, 201)
  assert.equal(made.body.mail, 'library@contoso.example')
  assert.equal(made.body.visibility, 'Public')
  assert.equal((await lab.ask('DELETE', `/groups/${made.body.id}`)).status, 204)
  assert.equal((await lab.ask('GET', `/groups/${made.body.id}`)).status, 404)
})

test('members are added once, listed, counted, followed through nested groups, and removed', async () => {
  const outer = (await lab.ask('POST', '/groups', security('outer'))).body.id as string
  const inner = (await lab.ask('POST', '/groups', security('inner'))).body.id as string
  assert.equal((await lab.ask('POST', `/groups/${outer}/members/$ref`, reference(inner))).status, 204)
  assert.equal((await lab.ask('POST', `/groups/${inner}/members/$ref`, reference(userId('ada')))).status, 204)
  const twice = await lab.ask('POST', `/groups/${inner}/members/$ref`, reference(userId('ada')))
  assert.equal(twice.status, 400)
  assert.match(
    twice.body.error.message,
    /^One or more added object references already exist for the following modified properties: 'members'\.$/,
  )
  const ids = async (path: string): Promise<string[]> =>
    (await lab.ask('GET', path)).body.value.map((one: { id: string }) => one.id)
  assert.deepEqual(await ids(`/groups/${outer}/members`), [inner])
  assert.deepEqual(await ids(`/groups/${outer}/transitiveMembers`), [inner, userId('ada')])
  assert.deepEqual(await ids(`/groups/${outer}/transitiveMembers/microsoft.graph.user`), [userId('ada')])
  assert.deepEqual(await ids(`/groups/${inner}/memberOf`), [outer])
  assert.equal((await lab.ask('GET', `/groups/${outer}/members/$count`)).status, 400)
  assert.equal((await lab.ask('GET', `/groups/${outer}/members/$count`, undefined, eventual)).text, '1')
  assert.equal((await lab.ask('DELETE', `/groups/${inner}/members/${userId('ada')}/$ref`)).status, 204)
  const again = await lab.ask('DELETE', `/groups/${inner}/members/${userId('ada')}/$ref`)
  assert.equal(again.body.error.code, 'Request_ResourceNotFound')
})

test('the last owner of a group stays', async () => {
  const id = (await lab.ask('POST', '/groups', security('owned'))).body.id as string
  const refused = await lab.ask('DELETE', `/groups/${id}/owners/${userId('admin')}/$ref`)
  assert.equal(refused.status, 400)
  assert.match(refused.body.error.message, /must have at least one owner/)
  assert.equal((await lab.ask('POST', `/groups/${id}/owners/$ref`, reference(userId('ada')))).status, 204)
  assert.equal((await lab.ask('DELETE', `/groups/${id}/owners/${userId('admin')}/$ref`)).status, 204)
})

test('what Graph refuses in a group is refused with the property’s name', async () => {
  const cases: [object, string | RegExp][] = [
    [{ displayName: 'x' }, "A value is required for property 'mailEnabled' of resource 'Group'."],
    [
      { ...security('x'), mailNickname: 'a b' },
      "Invalid value specified for property 'mailNickname' of resource 'Group'.",
    ],
    [
      { ...security('x'), displayName: 'x'.repeat(257) },
      "Invalid value specified for property 'displayName' of resource 'Group'.",
    ],
    [{ ...security('x'), mailEnabled: true }, /does not currently support writes of mail-enabled groups/],
    [{ ...security('x'), colour: 'red' }, /^Property 'colour' does not exist as a declared property/],
    [{ ...security('x'), 'members@odata.bind': ['nonsense'] }, /reference/],
  ]
  for (const [body, message] of cases) {
    const refused = await lab.ask('POST', '/groups', body)
    assert.equal(refused.status, 400, JSON.stringify(body))
    assert.equal(refused.body.error.code, 'Request_BadRequest')
    if (typeof message === 'string') assert.equal(refused.body.error.message, message)
    else assert.match(refused.body.error.message, message)
  }
  const dynamic = await lab.ask('POST', '/groups', { ...security('x'), groupTypes: ['DynamicMembership'] })
  assert.equal(dynamic.status, 501)
})

test('a group is changed by its owner or a groups administrator, with the permission; by nobody else', async () => {
  const id = (await lab.ask('POST', '/groups', security('guarded'))).body.id as string
  const ada = await lab.as('ada@contoso.example', ['Group.ReadWrite.All', 'User.ReadBasic.All'])
  assert.equal((await ada('PATCH', `/groups/${id}`, { description: 'mine' })).status, 403)
  await lab.ask('POST', `/groups/${id}/owners/$ref`, reference(userId('ada')))
  assert.equal((await ada('PATCH', `/groups/${id}`, { description: 'mine' })).status, 204)
  assert.equal((await lab.ask('GET', `/groups/${id}`)).body.description, 'mine')
  const reader = await lab.asApp(['GroupMember.Read.All'])
  assert.equal(
    (await reader('POST', '/groups', security('no'))).body.error.code,
    'Authorization_RequestDenied',
  )
})

test('who may read groups but not people sees a member’s ID and kind alone', async () => {
  const id = (await lab.ask('POST', '/groups', security('shy'))).body.id as string
  await lab.ask('POST', `/groups/${id}/members/$ref`, reference(userId('ada')))
  const reader = await lab.asApp(['GroupMember.Read.All'])
  const [member] = (await reader('GET', `/groups/${id}/members`)).body.value
  assert.equal(member['@odata.type'], '#microsoft.graph.user')
  assert.equal(member.id, userId('ada'))
  assert.equal(member.displayName, null)
})
