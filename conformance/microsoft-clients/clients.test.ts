// Unmodified clients of other people sign in at Microsoft's own names, which the proxy leads to the local tenant.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, test } from 'node:test'
import { versionOf } from '../../scripts/install-peers.ts'
import { verifyOutside } from '../verify-outside.ts'
import type { Found, Outcome } from './clients/cases.ts'
import { ada, type ClientLab, folder, startClientLab } from './lab.ts'

/** The package whose program this is, and the cases that must pass. */
const programs = {
  'msal-node': '@azure/msal-node',
  'azure-identity': '@azure/identity',
  oauth4webapi: 'oauth4webapi',
  'openid-client': 'openid-client',
} as const
type Program = keyof typeof programs

let lab: ClientLab
const outcomes = {} as Record<Program, Record<string, Outcome>>
before(async () => {
  lab = await startClientLab()
  const ran = Object.keys(programs).map(async (name) => {
    outcomes[name as Program] = await lab.run(name)
  })
  await Promise.all(ran)
})
after(() => lab?.close())

/** What a case found; fails with the client's own error when the case failed. */
function found(program: Program, name: string): Found {
  const outcome = outcomes[program][name]
  assert.ok(outcome, `${program} has no case "${name}"`)
  assert.ok(outcome.ok, outcome.ok ? '' : JSON.stringify(outcome.error))
  return outcome.found
}

function claimsOf(token: string | undefined): Record<string, unknown> {
  return JSON.parse(Buffer.from(token!.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>
}

test('the versions of the clients are those of the lock file', (t) => {
  for (const name of Object.values(programs)) t.diagnostic(`${name} ${versionOf(folder, name)}`)
  t.diagnostic(`Node ${process.version}`)
  assert.match(versionOf(folder, '@azure/msal-node'), /^7\./)
})

test('msal-node signs a person in over its loopback server, which takes the answer as form_post alone', () => {
  const { tokens, username, homeAccountId, environment, scopes, fromCache } = found(
    'msal-node',
    'interactive',
  )
  const { tenantId, publicClientId } = lab.input
  const id = claimsOf(tokens?.['id'])
  assert.equal(username, ada)
  assert.equal(homeAccountId, `${String(id['oid'])}.${tenantId}`)
  assert.equal(environment, 'login.windows.net', 'the alias that Microsoft prefers for caches')
  assert.equal(id['iss'], `https://login.microsoftonline.com/${tenantId}/v2.0`)
  assert.equal(id['aud'], publicClientId)
  assert.ok((scopes as string[]).includes('https://graph.microsoft.com/User.Read'))
  assert.equal(fromCache, false)
})

test('msal-node answers from its cache, and refreshes when told to', () => {
  assert.equal(found('msal-node', 'silent')['fromCache'], true)
  const { fromCache, isNew } = found('msal-node', 'refresh')
  assert.deepEqual({ fromCache, isNew }, { fromCache: false, isNew: true })
  assert.equal(found('msal-node', 'refresh token handed in')['username'], ada)
})

test('msal-node tells a missing consent from other refusals', () => {
  const { name, subError, errorMessage } = found('msal-node', 'consent missing')
  assert.deepEqual([name, subError], ['InteractionRequiredAuthError', 'consent_required'])
  assert.match(String(errorMessage), /^AADSTS65001: /)
})

test('msal-node and oauth4webapi sign a device in with a code that a person types at Microsoft’s address', () => {
  const { username, message } = found('msal-node', 'device code')
  assert.equal(username, ada)
  assert.match(
    String(message),
    /^To sign in, use a web browser to open the page https:\/\/microsoft\.com\/devicelogin and enter the code [A-Z0-9]{9} to authenticate\.$/,
  )
  assert.equal(found('oauth4webapi', 'device code')['first'], 'authorization_pending')
})

test('msal-node gets app-only tokens with a secret and with a certificate', () => {
  for (const name of ['client secret', 'client certificate']) {
    const claims = claimsOf(found('msal-node', name).tokens?.['access'])
    assert.equal(claims['appid'], lab.input.confidentialClientId)
    assert.deepEqual(claims['roles'], ['User.Read.All'])
    assert.equal(claims['idtyp'], 'app')
  }
  assert.equal(claimsOf(found('msal-node', 'client secret').tokens?.['access'])['appidacr'], '1')
  assert.equal(claimsOf(found('msal-node', 'client certificate').tokens?.['access'])['appidacr'], '2')
  const { errorCode, errorMessage } = found('msal-node', 'wrong client secret')
  assert.equal(errorCode, 'invalid_client')
  assert.match(String(errorMessage), /AADSTS7000215/)
})

test('msal-node acts on behalf of a person with a token that was made for its own API', () => {
  const { tokens, username } = found('msal-node', 'on behalf of')
  assert.equal(username, ada)
  const forApi = claimsOf(tokens?.['access for the API'])
  assert.equal(forApi['scp'], 'access_as_user')
  const forGraph = claimsOf(tokens?.['access'])
  assert.equal(forGraph['aud'], 'https://graph.microsoft.com')
  assert.equal(forGraph['appid'], lab.input.confidentialClientId)
  assert.equal(forGraph['oid'], forApi['oid'])
})

test('@azure/identity signs in with the system’s browser, and keeps the token', (t) => {
  if (process.platform !== 'linux') return t.skip('$BROWSER is asked on Linux alone')
  const { tokens, cached } = found('azure-identity', 'InteractiveBrowserCredential')
  assert.equal(claimsOf(tokens?.['access'])['upn'], ada)
  assert.equal(cached, true)
  assert.equal(
    claimsOf(found('azure-identity', 'OnBehalfOfCredential').tokens?.['access'])['appid'],
    lab.input.confidentialClientId,
  )
})

test('@azure/identity gets tokens with a device code, a secret and a certificate', () => {
  const claimsBy = (name: string) => claimsOf(found('azure-identity', name).tokens?.['access'])
  assert.equal(claimsBy('DeviceCodeCredential')['upn'], ada)
  assert.deepEqual(claimsBy('ClientSecretCredential')['roles'], ['User.Read.All'])
  assert.deepEqual(claimsBy('ClientCertificateCredential')['roles'], ['User.Read.All'])
})

test('oauth4webapi discovers, signs in with PKCE, and finds the ID token’s signature and issuer right', () => {
  const issuer = `${lab.input.authority}/v2.0`
  assert.equal(found('oauth4webapi', 'discovery')['issuer'], issuer)
  const { claims } = found('oauth4webapi', 'code and PKCE, signature checked by the client')
  assert.equal((claims as Record<string, unknown>)['iss'], issuer)
  assert.equal((found('oauth4webapi', 'user info')['info'] as { email?: string }).email, ada)
  assert.equal(found('oauth4webapi', 'refresh')['refreshToken'], true)
})

test('oauth4webapi proves a client by secret in the body, by HTTP Basic and by PS256 assertion', () => {
  for (const name of ['client secret in the body', 'client secret as HTTP Basic', 'client certificate'])
    assert.equal(found('oauth4webapi', name)['refreshToken'], false)
})

test('openid-client discovers under Microsoft’s names, at the tenant and at organizations, whose issuer is a template', () => {
  const { issuer, template } = found('openid-client', 'discovery')
  assert.equal(issuer, `${lab.input.authority}/v2.0`)
  assert.equal(template, 'https://login.microsoftonline.com/{tenantid}/v2.0')
  for (const name of ['code and PKCE', 'code and PKCE at organizations']) {
    const claims = found('openid-client', name)['claims'] as Record<string, unknown>
    assert.deepEqual([claims['iss'], claims['preferred_username']], [issuer, ada], name)
  }
  assert.equal((found('openid-client', 'user info')['info'] as { email?: string }).email, ada)
})

test('openid-client refreshes, signs a device in, and gets app-only tokens over the proxy', () => {
  assert.equal(found('openid-client', 'refresh')['isNew'], true)
  assert.equal(claimsOf(found('openid-client', 'device code').tokens?.['access'])['upn'], ada)
  assert.deepEqual(claimsOf(found('openid-client', 'client credentials').tokens?.['access'])['roles'], [
    'User.Read.All',
  ])
})

/** Kinds of tokens: who got one, its marks. */
const kinds = {
  'delegated access token, version 1': [
    'openid-client',
    'code and PKCE',
    'access',
    { ver: '1.0', aud: 'https://graph.microsoft.com', upn: ada },
  ],
  'ID token, version 2': ['openid-client', 'code and PKCE', 'id', { ver: '2.0', preferred_username: ada }],
  'ID token, version 1': ['openid-client', 'version 1', 'id', { ver: '1.0', upn: ada }],
  'access token for an API of version 2': [
    'openid-client',
    'an API that takes tokens of version 2',
    'access',
    { ver: '2.0', scp: 'access_as_user' },
  ],
  'access token for an API of version 1': [
    'msal-node',
    'on behalf of',
    'access for the API',
    { ver: '1.0', scp: 'access_as_user' },
  ],
  'on-behalf-of access token': ['msal-node', 'on behalf of', 'access', { ver: '1.0', upn: ada }],
  'app-only access token': ['openid-client', 'client credentials', 'access', { idtyp: 'app' }],
  'long access token (CAE)': ['openid-client', 'long token', 'access', { upn: ada }],
} as const satisfies Record<string, readonly [Program, string, string, object]>

for (const [kind, [program, name, token, marks]] of Object.entries(kinds))
  test(`the signature of the ${kind} is right in the eyes of openssl or Python`, async (t) => {
    const text = found(program, name).tokens?.[token]
    const claims = claimsOf(text)
    for (const [mark, value] of Object.entries(marks)) assert.equal(claims[mark], value, mark)
    const verdict = verifyOutside(text!, await lab.keys())
    if (verdict === undefined) return t.skip('neither openssl nor python3 with cryptography is here')
    assert.equal(verdict, true)
    const [header, , signature] = text!.split('.')
    const forged = `${header}.${Buffer.from(JSON.stringify({ ...claims, oid: 'x' })).toString('base64url')}.${signature}`
    assert.equal(verifyOutside(forged, await lab.keys()), false, 'other claims under the same signature')
  })

test('a long token lasts a day and more, the others about an hour', () => {
  const secondsLeft = (name: string) => Number(found('openid-client', name)['secondsLeft'])
  assert.ok(secondsLeft('long token') >= 20 * 3_600)
  assert.ok(secondsLeft('code and PKCE') < 2 * 3_600)
})

test('every case of every client passed, and openssl finds the signature of every token right', async (t) => {
  const keys = await lab.keys()
  const verified = new Set<string>()
  for (const [program, cases] of Object.entries(outcomes)) {
    for (const name of Object.keys(cases)) {
      for (const [kind, token] of Object.entries(found(program as Program, name).tokens ?? {})) {
        if (verified.has(token)) continue
        const verdict = verifyOutside(token, keys)
        if (verdict === undefined) return t.skip('neither openssl nor python3 with cryptography is here')
        assert.equal(verdict, true, `${program}, ${name}: ${kind} token`)
        verified.add(token)
      }
    }
  }
  t.diagnostic(
    `${Object.values(outcomes).flatMap(Object.keys).length} cases, ${verified.size} tokens verified`,
  )
  assert.ok(verified.size >= 20)
})

test('a tenant that signs with another key than it publishes is caught by oauth4webapi and by openssl', async (t) => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const wrong = await startClientLab({
    signingKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  })
  t.after(() => wrong.close())
  const checked = 'code and PKCE, signature checked by the client'
  const ran = await wrong.run('oauth4webapi', [checked, 'client secret in the body'])
  const refused = ran[checked]!
  assert.ok(!refused.ok, 'oauth4webapi took a token with a wrong signature')
  assert.match(refused.error.message, /signature verification failed/)
  const appOnly = ran['client secret in the body']!
  assert.ok(appOnly.ok)
  const verdict = verifyOutside(appOnly.found.tokens!['access']!, await wrong.keys())
  if (verdict === undefined) return t.skip('neither openssl nor python3 with cryptography is here')
  assert.equal(verdict, false)
})
