import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { inspect } from 'node:util'
import { createTokenSource, openMemoryVault, Secret, signInAsApplication } from './index.ts'
import { fixtureClient, fixtureTenant, startTokenServer, type TokenServer } from './token-server.fixture.ts'

async function start(t: TestContext) {
  const server = await startTokenServer()
  t.after(() => server.close())
  const client = { cloud: server.cloud, tenant: fixtureTenant, clientId: fixtureClient }
  return { server, client: { ...client, clientKind: 'confidential' as const } }
}

function tokenFile(t: TestContext): { file: string; write(token: string): void } {
  const folder = mkdtempSync(join(tmpdir(), 'letterlock-federated-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'token')
  return { file, write: (token) => writeFileSync(file, `${token}\n`) }
}

const sent = (server: TokenServer): (string | null)[] =>
  server.requests.map((body) => body.get('client_assertion'))

test('an application signs in with its secret, for all of Graph, and is kept under its client ID', async (t) => {
  const { server, client } = await start(t)
  const credential = { kind: 'secret' as const, secret: new Secret('planted-secret') }
  const { account, tokens } = await signInAsApplication({ client: { ...client, credential } })
  const [body] = server.requests
  assert.equal(body?.get('grant_type'), 'client_credentials')
  assert.equal(body?.get('scope'), 'https://graph.microsoft.com/.default')
  assert.equal(body?.get('client_secret'), 'planted-secret')
  assert.equal(account.id, `${fixtureClient}.${fixtureTenant}`)
  assert.equal(account.signedInBy, 'application')
  assert.equal(tokens.refreshToken, undefined)
})

test('a federated token is read anew for each request, and never kept', async (t) => {
  const { server, client } = await start(t)
  const { file, write } = tokenFile(t)
  server.lifeSeconds = 0
  write('first.platform.token')
  const credential = { kind: 'federation' as const, tokenFile: file }
  const signedIn = await signInAsApplication({ client: { ...client, credential } })
  const vault = openMemoryVault()
  vault.save(signedIn)
  write('second.platform.token')
  await createTokenSource(vault, signedIn.account.id).getToken()
  assert.deepEqual(sent(server), ['first.platform.token', 'second.platform.token'])
  assert.equal(
    server.requests[1]?.get('client_assertion_type'),
    'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  )
  assert.equal(server.requests[1]?.get('client_id'), fixtureClient)
  assert.doesNotMatch(inspect(vault.read(signedIn.account.id), { depth: 9 }), /platform\.token/)
})

test('a federated token file that is absent, or holds something else, is named before the network', async (t) => {
  const { server, client } = await start(t)
  const { file, write } = tokenFile(t)
  const credential = { kind: 'federation' as const, tokenFile: file }
  const refused = { code: 'signin/federated-token-unreadable', recovery: 'fix-configuration' }
  await assert.rejects(signInAsApplication({ client: { ...client, credential } }), refused)
  write('{"error":"no token today"}')
  await assert.rejects(signInAsApplication({ client: { ...client, credential } }), refused)
  assert.equal(server.requests.length, 0)
})

test('a token of the application is asked for anew at its end, once for many callers, and with claims', async (t) => {
  const { server, client } = await start(t)
  const credential = { kind: 'secret' as const, secret: new Secret('planted-secret') }
  server.lifeSeconds = 0
  const signedIn = await signInAsApplication({ client: { ...client, credential } })
  server.lifeSeconds = 3600
  const vault = openMemoryVault()
  vault.save(signedIn)
  const source = createTokenSource(vault, signedIn.account.id)
  const given = await Promise.all([source.getToken(), source.getToken(), source.getToken()])
  assert.equal(new Set(given.map(({ token }) => token.reveal())).size, 1)
  assert.equal(server.requests.length, 2)
  await source.getToken({ scopes: ['https://graph.microsoft.com/.default'] })
  assert.equal(server.requests.length, 2)
  await source.getToken({ claims: '{"access_token":{"nbf":{"essential":true,"value":"1"}}}' })
  assert.match(server.requests[2]?.get('claims') ?? '', /"nbf"/)
})

test('a public client, one without a credential, and a tenant that is not one stop before a secret is sent', async (t) => {
  const { server, client } = await start(t)
  const credential = { kind: 'secret' as const, secret: new Secret('planted-secret') }
  const noNetwork = { fetch: (() => assert.fail('sent')) as unknown as typeof fetch }
  const asPublic = { ...client, clientKind: 'public' as const }
  await assert.rejects(signInAsApplication({ client: { ...asPublic, credential }, ...noNetwork }), {
    code: 'signin/public-client-has-secret',
    entraCode: 700025,
  })
  await assert.rejects(signInAsApplication({ client: asPublic, ...noNetwork }), {
    code: 'signin/secret-missing',
  })
  await assert.rejects(signInAsApplication({ client, ...noNetwork }), { code: 'signin/secret-missing' })
  await assert.rejects(signInAsApplication({ client: { ...client, tenant: 'organizations', credential } }), {
    code: 'signin/tenant-not-found',
  })
  assert.equal(server.requests.length, 0)
})
