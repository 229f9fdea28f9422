// RBAC for Applications: grants that add to Entra's, their scopes, and the cache. entra.md section 9.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type App, type ExchangeLab, startExchangeLab } from './lab.fixture.ts'

const [ada, grace, bot, billing] = ['ada', 'grace', 'invoice.bot', 'billing'].map((name) => `${name}@contoso.example`) as [string, string, string, string] // prettier-ignore
const minuteMs = 60_000
let exchange: ExchangeLab
before(async () => {
  exchange = await startExchangeLab()
})
after(() => exchange[Symbol.asyncDispose]())

async function statuses(app: App): Promise<number[]> {
  const found: number[] = []
  for (const mailbox of [ada, grace, bot, billing]) found.push((await exchange.read(app, mailbox)).status)
  return found
}
/** An application that Exchange points to, with what Entra granted it. */
async function known(roles: readonly string[] = []): Promise<App> {
  const app = await exchange.lab.asApp(roles)
  const made = await exchange.run('New-ServicePrincipal', { AppId: app.appId, ObjectId: app.principalId, DisplayName: app.appId }) // prettier-ignore
  assert.equal(made.status, 200, made.text)
  return app
}
async function assign(app: App, role: string, scope: object = {}): Promise<void> {
  const made = await exchange.run('New-ManagementRoleAssignment', { App: app.appId, Role: role, ...scope })
  assert.equal(made.status, 200, made.text)
}

test('an application without any role of Entra reads the mailboxes of its scope, and no other', async () => {
  const app = await known()
  await exchange.run('Set-Mailbox', { Identity: bot, CustomAttribute1: 'robot' })
  await exchange.run('New-ManagementScope', {
    Name: 'Robots',
    RecipientRestrictionFilter: "CustomAttribute1 -eq 'robot'",
  })
  await assign(app, 'Application Mail.Read', { CustomResourceScope: 'Robots' })
  assert.deepEqual(await statuses(app), [403, 403, 200, 403])
  const refused = await exchange.read(app, ada)
  assert.equal(refused.body.error.message, 'Access is denied. Check credentials and try again.')
  const sent = await app('POST', `/users/${bot}/sendMail`, { message: { subject: 'a', toRecipients: [] } })
  assert.equal(sent.status, 403, 'the role reads alone')
})

test("Entra's grant makes the scope mean nothing, until it is taken away", async () => {
  const app = await known(['Mail.Read'])
  await exchange.run('New-DistributionGroup', { Name: 'One', Type: 'Security', Members: [grace] })
  await assign(app, 'Application Mail.Read', { RecipientGroupScope: 'One' })
  assert.deepEqual(await statuses(app), [200, 200, 200, 200])
  const held = await exchange.lab.ask('GET', `/servicePrincipals/${app.principalId}/appRoleAssignments`)
  const { id, resourceId } = held.body.value[0]
  await exchange.lab.ask('DELETE', `/servicePrincipals/${resourceId}/appRoleAssignedTo/${id}`)
  assert.deepEqual(await statuses(app), [403, 200, 403, 403])
})

test('a policy takes away what Entra granted, not what RBAC granted', async () => {
  const app = await known(['Mail.Read'])
  await assign(app, 'Application Mail.Read')
  const scope = { AppId: app.appId, AccessRight: 'DenyAccess', PolicyScopeGroupId: ada }
  await exchange.run('New-ApplicationAccessPolicy', scope)
  await exchange.lab.advance(60 * minuteMs)
  assert.equal((await exchange.read(app, ada)).status, 200)
  await exchange.run('Remove-ServicePrincipal', { Identity: app.appId })
  await exchange.lab.advance(30 * minuteMs)
  assert.equal((await exchange.read(app, ada)).status, 403)
})

test('an idle application meets a change after 30 minutes, a busy one after two hours; the test cmdlet at once', async () => {
  const app = await known()
  await assign(app, 'Application Mail.ReadWrite')
  assert.equal((await exchange.read(app, ada)).status, 200)
  const [row] = (await exchange.run('Get-ManagementRoleAssignment', { App: app.appId })).body.value
  await exchange.run('Remove-ManagementRoleAssignment', { Identity: row.Name })
  const tested = await exchange.run('Test-ServicePrincipalAuthorization', {
    Identity: app.appId,
    Resource: ada,
  })
  assert.deepEqual(tested.body.value, [])
  // Called every 20 minutes: the cache lives on, for two hours at the most.
  const seen: number[] = []
  for (let at = 0; at < 6; at += 1) {
    await exchange.lab.advance(20 * minuteMs)
    seen.push((await exchange.read(app, ada)).status)
  }
  assert.deepEqual(seen, [200, 200, 200, 200, 200, 403])
  await assign(app, 'Application Mail.ReadBasic')
  assert.equal((await exchange.read(app, ada)).status, 403)
  await exchange.lab.advance(30 * minuteMs)
  assert.equal((await exchange.read(app, ada)).status, 200)
})

test('an administrative unit is a scope', async () => {
  const app = await known()
  const unit = (await exchange.lab.ask('POST', '/directory/administrativeUnits', { displayName: 'Finance' }))
    .body
  const id = exchange.lab.tenant.users.find((one) => one.userPrincipalName === grace)!.id
  await exchange.lab.ask('POST', `/directory/administrativeUnits/${unit.id}/members/$ref`, {
    '@odata.id': `https://graph.microsoft.com/v1.0/users/${id}`,
  })
  await assign(app, 'Application Mail.Read', { RecipientAdministrativeUnitScope: unit.id })
  assert.deepEqual(await statuses(app), [403, 200, 403, 403])
})

test('the test cmdlet prints one row for each assignment, as on its page', async () => {
  const app = await known()
  await exchange.run('New-ManagementScope', {
    Name: 'Graces',
    RecipientRestrictionFilter: "Alias -like 'gra*'",
  })
  await assign(app, 'Application Mail Full Access', { CustomResourceScope: 'Graces' })
  await assign(app, 'Application Contacts.Read')
  const rows = async (Resource?: string) =>
    (await exchange.run('Test-ServicePrincipalAuthorization', { Identity: app.principalId, Resource })).body
      .value
  assert.deepEqual(await rows(grace), [
    { RoleName: 'Application Mail Full Access', GrantedPermissions: 'Mail.ReadWrite, Mail.Send', AllowedResourceScope: 'Graces', ScopeType: 'CustomRecipientScope', InScope: true },
    { RoleName: 'Application Contacts.Read', GrantedPermissions: 'Contacts.Read', AllowedResourceScope: 'Organization', ScopeType: 'Organization', InScope: true },
  ]) // prettier-ignore
  assert.deepEqual(
    (await rows(ada)).map((one: { InScope: unknown }) => one.InScope),
    [false, true],
  )
  assert.deepEqual(
    (await rows()).map((one: { InScope: unknown }) => one.InScope),
    ['Not Run', 'Not Run'],
  )
})

test("the application's object ID, where the enterprise application's belongs, is taken and grants nothing", async () => {
  const app = await exchange.lab.asApp([])
  const { id } = (await exchange.lab.ask('GET', `/applications(appId='${app.appId}')`)).body
  await exchange.run('New-ServicePrincipal', { AppId: app.appId, ObjectId: id, DisplayName: 'wrong' })
  await assign(app, 'Application Mail.Read')
  assert.deepEqual(await statuses(app), [403, 403, 403, 403])
})

test('what a role shows of a message is what it grants: Mail.ReadBasic no body, Mail.Read all of it', async () => {
  const sender = await exchange.lab.as(ada, ['User.Read', 'Mail.Send'])
  const message = {
    subject: 'Shown',
    body: { contentType: 'text', content: 'the whole of it' },
    toRecipients: [{ emailAddress: { address: grace } }],
  }
  assert.equal((await sender('POST', '/me/sendMail', { message })).status, 202)
  await exchange.lab.advance(minuteMs)
  const shown = async (role: string): Promise<unknown> => {
    const app = await known()
    await assign(app, role)
    const [first] = (await exchange.read(app, grace)).body.value
    return first.bodyPreview
  }
  assert.equal(await shown('Application Mail.Read'), 'the whole of it')
  assert.equal(await shown('Application Mail.ReadBasic'), undefined)
})
