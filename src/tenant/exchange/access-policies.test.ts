// Application access policies: rules of New-ApplicationAccessPolicy, delay and text of entra.md section 9.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type App, type ExchangeLab, startExchangeLab } from './lab.fixture.ts'

const [ada, grace, bot, billing] = ['ada', 'grace', 'invoice.bot', 'billing'].map((name) => `${name}@contoso.example`) as [string, string, string, string] // prettier-ignore
const hourMs = 3_600_000
let exchange: ExchangeLab
let app: App
before(async () => {
  exchange = await startExchangeLab()
})
after(() => exchange[Symbol.asyncDispose]())

async function newApp(): Promise<void> {
  app = await exchange.lab.asApp(['Mail.Read', 'Mail.Send'])
}
async function statuses(): Promise<number[]> {
  const found: number[] = []
  for (const mailbox of [ada, grace, bot, billing]) found.push((await exchange.read(app, mailbox)).status)
  return found
}
const policy = (accessRight: string, scope: string): object => ({
  AccessRight: accessRight,
  AppId: app.appId,
  PolicyScopeGroupId: scope,
})

test('the seed story: RestrictAccess leaves an application one mailbox, an hour later; a person who signs in meets no limit', async () => {
  await newApp()
  assert.deepEqual(await statuses(), [200, 200, 200, 200])
  const made = await exchange.run('New-ApplicationAccessPolicy', policy('RestrictAccess', bot))
  assert.equal(made.status, 200, made.text)
  const tested = await exchange.run('Test-ApplicationAccessPolicy', { Identity: ada, AppId: app.appId })
  assert.equal(tested.body.value[0].AccessCheckResult, 'Denied')
  await exchange.lab.advance(hourMs - 60_000)
  assert.deepEqual(await statuses(), [200, 200, 200, 200], 'not yet in force')
  await exchange.lab.advance(60_000)
  assert.deepEqual(await statuses(), [403, 403, 200, 403])
  const { body } = await exchange.read(app, ada)
  assert.equal(body.error.code, 'ErrorAccessDenied')
  assert.equal(
    body.error.message,
    'Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings.',
  )
  const person = await exchange.lab.as(bot, ['User.Read', 'Mail.Send'])
  const mail = { message: { subject: 'a', toRecipients: [{ emailAddress: { address: bot } }] } }
  assert.equal((await person('POST', '/me/sendMail', mail)).status, 202)
})

test('DenyAccess beats RestrictAccess, and a removed policy still holds for its hour', async () => {
  await newApp()
  const group = { Name: 'Both', Type: 'Security', Members: [bot, billing] }
  assert.equal((await exchange.run('New-DistributionGroup', group)).status, 200)
  await exchange.run('New-ApplicationAccessPolicy', policy('RestrictAccess', 'Both'))
  const denied = await exchange.run('New-ApplicationAccessPolicy', policy('DenyAccess', bot))
  await exchange.lab.advance(hourMs)
  assert.deepEqual(await statuses(), [403, 403, 403, 200])
  await exchange.run('Remove-ApplicationAccessPolicy', { Identity: denied.body.value[0].Identity })
  assert.deepEqual(await statuses(), [403, 403, 403, 200])
  await exchange.lab.advance(hourMs)
  assert.deepEqual(await statuses(), [403, 403, 200, 200])
})

test('a group inside the group counts, and another application is not touched', async () => {
  await newApp()
  await exchange.run('New-DistributionGroup', { Name: 'Inner', Type: 'Security', Members: [grace] })
  await exchange.run('New-DistributionGroup', { Name: 'Outer', Type: 'Security', Members: ['Inner'] })
  await exchange.run('New-ApplicationAccessPolicy', policy('RestrictAccess', 'Outer'))
  await exchange.lab.advance(hourMs)
  assert.deepEqual(await statuses(), [403, 200, 403, 403])
  await newApp()
  assert.deepEqual(await statuses(), [200, 200, 200, 200])
})

test('a shared mailbox, a distribution group and a Microsoft 365 group are no scope', async () => {
  await newApp()
  await exchange.run('New-DistributionGroup', { Name: 'Plain', Type: 'Distribution' })
  await exchange.lab.ask('POST', '/groups', {
    displayName: 'Team',
    mailEnabled: true,
    mailNickname: 'team',
    securityEnabled: true,
    groupTypes: ['Unified'],
  })
  for (const scope of [billing, 'Plain', 'Team']) {
    const refused = await exchange.run('New-ApplicationAccessPolicy', policy('DenyAccess', scope))
    assert.equal(refused.status, 400, scope)
    assert.match(refused.body.error.message, /isn't a security principal/)
  }
})

test('the control API limits an application in one call, and says what is configured and what is in force', async () => {
  await newApp()
  const limited = await exchange.lab.control('POST', '/exchange/limit', {
    app: app.appId,
    mailboxes: [billing],
  })
  assert.equal(limited.status, 201, limited.text)
  const asked = `/exchange/access?app=${app.appId}&mailbox=${ada}`
  const before = (await exchange.lab.control('GET', asked)).body
  assert.deepEqual(before.policies, { configured: 'Denied', inForce: 'Granted' })
  await exchange.lab.advance(hourMs)
  assert.equal((await exchange.lab.control('GET', asked)).body.policies.inForce, 'Denied')
  assert.deepEqual(await statuses(), [403, 403, 403, 200])
})
