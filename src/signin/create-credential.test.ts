import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { createCredential, openMemoryVault, signIn } from './index.ts'
import { fixtureTenant, publicClientOf, startTokenServer } from './token-server.fixture.ts'

async function start(t: TestContext, lifeSeconds = 3600) {
  const server = await startTokenServer()
  t.after(() => server.close())
  server.lifeSeconds = lifeSeconds
  const vault = openMemoryVault()
  const client = publicClientOf(server)
  const openUrl = async (url: string): Promise<void> => void (await (await fetch(url)).text())
  vault.save(await signIn({ client, openUrl }))
  server.lifeSeconds = 3600
  const credential = createCredential({ vault, account: 'invoice.bot@contoso.example' })
  return { server, vault, credential }
}

test('a credential gives the fields of a TokenCredential, from the vault while fresh', async (t) => {
  const { server, credential } = await start(t)
  const first = await credential.getToken('https://graph.microsoft.com/.default')
  const second = await credential.getToken(['https://graph.microsoft.com/Mail.Read'], { enableCae: true })
  assert.equal(first.token, second.token)
  assert.equal(first.tokenType, 'Bearer')
  assert.ok(
    first.refreshAfterTimestamp > Date.now() && first.refreshAfterTimestamp < first.expiresOnTimestamp,
  )
  assert.equal(server.refreshes, 0)
})

test('a claims challenge goes to the server with our capability, and its answer is kept', async (t) => {
  const { server, credential } = await start(t)
  const claims = '{"access_token":{"nbf":{"essential":true,"value":"1"}}}'
  const { token } = await credential.getToken('https://graph.microsoft.com/.default', { claims })
  assert.deepEqual(JSON.parse(server.requests.at(-1)?.get('claims') ?? ''), {
    access_token: { nbf: { essential: true, value: '1' }, xms_cc: { values: ['cp1'] } },
  })
  assert.equal((await credential.getToken('https://graph.microsoft.com/.default')).token, token)
})

test('a scope that is not there yet is asked for; what the server does not grant is consent missing', async (t) => {
  const { server, credential } = await start(t)
  await assert.rejects(credential.getToken('Mail.Send'), {
    code: 'signin/consent-missing',
    recovery: 'ask-admin',
  })
  assert.equal(server.requests.at(-1)?.get('scope'), 'openid profile offline_access Mail.Read Mail.Send')
})

test('another resource has a token of its own beside Graph’s; two resources at once are refused', async (t) => {
  const { server, vault, credential } = await start(t)
  const graph = await credential.getToken('https://graph.microsoft.com/.default')
  const outlook = await credential.getToken('https://outlook.office365.com/.default')
  assert.notEqual(outlook.token, graph.token)
  assert.equal((await credential.getToken('https://outlook.office365.com/.default')).token, outlook.token)
  assert.equal((await credential.getToken('Mail.Read')).token, graph.token)
  assert.equal(server.refreshes, 1)
  assert.deepEqual(Object.keys(vault.read(vault.list()[0]!.id)?.tokens.others ?? {}), [
    'https://outlook.office365.com/.default',
  ])
  await assert.rejects(credential.getToken(['Mail.Read', 'https://outlook.office365.com/.default']), {
    code: 'signin/scopes-mixed',
  })
})

test('another tenant than the account’s is refused; its own, in any case of letters, is not', async (t) => {
  const { credential } = await start(t)
  const scope = 'https://graph.microsoft.com/.default'
  assert.ok(await credential.getToken(scope, { tenantId: fixtureTenant.toUpperCase() }))
  await assert.rejects(credential.getToken(scope, { tenantId: 'contoso.example' }), {
    code: 'signin/wrong-tenant',
  })
})

test('the SDKs’ own kind of abort signal ends the wait', async (t) => {
  const { server, credential } = await start(t, 0)
  const held = server.holdNextRefresh()
  const listeners: (() => void)[] = []
  const abortSignal = {
    aborted: false,
    addEventListener: (_type: 'abort', listener: () => void) => void listeners.push(listener),
    removeEventListener: () => undefined,
  }
  const waiting = credential.getToken('Mail.Read', { abortSignal })
  await held.arrived
  listeners.forEach((listener) => listener())
  await assert.rejects(waiting, { code: 'signin/aborted' })
  held.letGo()
  await assert.rejects(credential.getToken('Mail.Read', { abortSignal: { ...abortSignal, aborted: true } }), {
    code: 'signin/aborted',
  })
})

test('a credential for an account that is not signed in says so at once', () => {
  assert.throws(() => createCredential({ vault: openMemoryVault(), account: 'nobody@contoso.example' }), {
    code: 'signin/account-unknown',
    fix: 'letterlock login nobody@contoso.example',
  })
})
