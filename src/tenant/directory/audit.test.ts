// The two logs. entra.md section 11; Graph "List signIns", "List directoryAudits".
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type DirectoryLab, startDirectoryLab } from './lab.fixture.ts'

let lab: DirectoryLab
before(async () => {
  lab = await startDirectoryLab()
})
after(() => lab[Symbol.asyncDispose]())

test('every write of the directory is in directoryAudits: what, by whom, on which object; secrets never', async () => {
  const app = (await lab.ask('POST', '/applications', { displayName: 'Audited' })).body
  const { secretText } = (await lab.ask('POST', `/applications/${app.id}/addPassword`, {})).body
  const group = { displayName: 'g', mailEnabled: false, mailNickname: 'g', securityEnabled: true }
  await lab.ask('POST', '/groups', group, { 'client-request-id': '11111111-2222-4333-8444-555555555555' })
  const { body, text } = await lab.ask('GET', '/auditLogs/directoryAudits')
  assert.deepEqual(
    body.value.slice(0, 3).map((one: Record<string, string>) => one['activityDisplayName']),
    ['Add group', 'Update application – Certificates and secrets management', 'Add application'],
  )
  const [added] = body.value
  assert.equal(added.correlationId, '11111111-2222-4333-8444-555555555555')
  assert.equal(added.initiatedBy.user.userPrincipalName, 'admin@contoso.example')
  assert.equal(added.category, 'GroupManagement')
  assert.equal(body.value[2].targetResources[0].id, app.id)
  assert.ok(!text.includes(secretText))
})

test('an application that writes is named as such', async () => {
  const writer = await lab.asApp(['Group.ReadWrite.All'])
  await writer('POST', '/groups', {
    displayName: 'h',
    mailEnabled: false,
    mailNickname: 'h',
    securityEnabled: true,
  })
  const [row] = (await lab.ask('GET', '/auditLogs/directoryAudits?$top=1')).body.value
  assert.equal(row.initiatedBy.app.appId, writer.appId)
  assert.equal(row.initiatedBy.user, null)
})

test('a refused write leaves no trace, and a reader needs AuditLog.Read.All and a role that may', async () => {
  const count = async (): Promise<number> =>
    (await lab.ask('GET', '/auditLogs/directoryAudits')).body.value.length
  const before = await count()
  await lab.ask('POST', '/groups', { displayName: '' })
  assert.equal(await count(), before)
  const ada = await lab.as('ada@contoso.example', ['AuditLog.Read.All'])
  assert.equal(
    (await ada('GET', '/auditLogs/directoryAudits')).body.error.code,
    'Authorization_RequestDenied',
  )
})
