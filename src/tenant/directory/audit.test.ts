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

test('the sign-in log holds what Graph shows, filtered by application, person and time', async () => {
  await lab.as('grace@contoso.example', ['User.Read'])
  const client = '14d82eec-204b-4c2f-b7e8-296a70dab67e'
  const filter = `appId eq '${client}' and userPrincipalName eq 'grace@contoso.example' and createdDateTime ge 2020-01-01T00:00:00Z`
  const { status, body } = await lab.ask('GET', `/auditLogs/signIns?$filter=${filter}&$top=50`)
  assert.equal(status, 200, JSON.stringify(body))
  const [row] = body.value
  assert.equal(row.userPrincipalName, 'grace@contoso.example')
  assert.deepEqual(
    [row.status.errorCode, row.isInteractive, row.conditionalAccessStatus],
    [0, true, 'notApplied'],
  )
  for (const name of ['id', 'createdDateTime', 'userId', 'appId', 'appDisplayName', 'ipAddress', 'clientAppUsed', 'correlationId', 'resourceDisplayName', 'resourceId', 'deviceDetail', 'location', 'riskState', 'appliedConditionalAccessPolicies'])
    assert.ok(name in row, name) // prettier-ignore
  assert.equal((await lab.ask('GET', `/auditLogs/signIns/${row.id}`)).body.id, row.id)
  await assert.rejects(lab.as('grace@contoso.example', ['User.Read'], 'wrong'))
  const failed = (await lab.ask('GET', '/auditLogs/signIns?$filter=status/errorCode eq 50126')).body.value
  assert.equal(failed[0].userPrincipalName, 'grace@contoso.example')
  assert.match(failed[0].status.failureReason, /account or password is incorrect/)
})

test('what happened without a person is listed in beta, when it is asked for', async () => {
  await lab.asApp(['User.Read.All'])
  const filter = "signInEventTypes/any(t: t eq 'servicePrincipal')"
  const beta = await lab.ask('GET', `/beta/auditLogs/signIns?$filter=${filter}`)
  assert.equal(beta.status, 200, beta.text)
  assert.deepEqual(beta.body.value[0].signInEventTypes, ['servicePrincipal'])
  const interactive = (await lab.ask('GET', '/auditLogs/signIns')).body.value
  assert.ok(interactive.every((one: { isInteractive: boolean }) => one.isInteractive))
})

test('without a P1 licence Graph keeps the sign-in log closed, and only that one', async () => {
  await lab.control('PATCH', '/settings', { entraPremium: false })
  const closed = await lab.ask('GET', '/auditLogs/signIns')
  assert.equal(closed.status, 403)
  assert.equal(closed.body.error.code, 'Authentication_RequestFromNonPremiumTenantOrB2CTenant')
  assert.equal(closed.body.error.message, "Neither tenant is B2C or tenant doesn't have premium license")
  assert.equal((await lab.ask('GET', '/auditLogs/directoryAudits')).status, 200)
  await lab.control('PATCH', '/settings', { entraPremium: true })
})
