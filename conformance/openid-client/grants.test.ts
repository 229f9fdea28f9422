// On-behalf-of, password, and tokens for other resources than Graph: openid-client asks, the claims are compared with entra.md 4.1 and 7.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import * as client from 'openid-client'
import { provokes } from '../aadsts.ts'
import { jsonOf, type Lab, redirectUri, startLab, type Tokens, walk } from './lab.ts'

const ada = 'ada@contoso.example'
const scopeId = randomUUID()
const roleId = randomUUID()
const oboGrant = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
let lab: Lab
let api: { appId: string; id: string; principalId: string; secret: string; uri: string }
let caller: { appId: string; id: string; principalId: string }
let config: client.Configuration

before(async () => {
  lab = await startLab()
  api = await registerApi(1)
  caller = await lab.register({ publicClient: { redirectUris: [redirectUri] }, isFallbackPublicClient: true })
  await consent(caller.principalId, api.principalId, 'access_as_user')
  await consent(caller.principalId, await graphId(), 'openid profile offline_access User.Read')
  await consent(api.principalId, await graphId(), 'openid profile offline_access User.Read')
  config = await lab.configuration(caller.appId)
})
after(() => lab.tenant.close())

async function registerApi(version: 1 | 2) {
  const uri = `api://${lab.tenant.tenantId}/${randomUUID()}`
  const made = await lab.register({
    identifierUris: [uri],
    web: { redirectUris: ['https://api.contoso.example/cb'] },
    api: {
      requestedAccessTokenVersion: version,
      oauth2PermissionScopes: [
        {
          id: scopeId,
          value: 'access_as_user',
          type: 'User',
          isEnabled: true,
          adminConsentDisplayName: 'Access the API',
          adminConsentDescription: 'Access the API as the user',
        },
      ],
    },
    appRoles: [
      {
        id: roleId,
        value: 'Jobs.Run',
        displayName: 'Run jobs',
        description: 'Run jobs',
        isEnabled: true,
        allowedMemberTypes: ['Application'],
      },
    ],
  })
  const { secretText } = await jsonOf(await lab.graph('POST', `/applications/${made.id}/addPassword`, {}))
  return { ...made, secret: String(secretText), uri }
}

async function graphId(): Promise<string> {
  const found = await jsonOf(
    await lab.graph('GET', "/servicePrincipals?$filter=displayName eq 'Microsoft Graph'"),
  )
  return (found['value'] as { id: string }[])[0]!.id
}

async function consent(clientId: string, resourceId: string, scope: string): Promise<void> {
  const body = { clientId, consentType: 'AllPrincipals', resourceId, scope }
  assert.equal((await lab.graph('POST', '/oauth2PermissionGrants', body)).status, 201)
}

async function tokensFor(scope: string): Promise<Tokens> {
  const signedIn = await lab.signIn({
    config,
    person: lab.person(ada),
    scope: 'openid offline_access User.Read',
  })
  const tokens = await client.authorizationCodeGrant(config, signedIn.redirect!, {
    pkceCodeVerifier: signedIn.verifier,
    expectedState: signedIn.state,
    expectedNonce: signedIn.nonce,
  })
  return client.refreshTokenGrant(config, tokens.refresh_token!, { scope })
}

const claimsOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>

async function trade(assertion: string, o: { scope?: string; by?: typeof api } = {}): Promise<Tokens> {
  const by = o.by ?? api
  const own = await lab.configuration(by.appId, client.ClientSecretPost(by.secret))
  return client.genericGrantRequest(own, oboGrant, {
    assertion,
    requested_token_use: 'on_behalf_of',
    scope: o.scope ?? 'https://graph.microsoft.com/User.Read offline_access',
  })
}

const assertCode = (
  work: Promise<unknown>,
  { code, ...o }: { code: number; error: string; status?: number; suberror?: string },
) => provokes(code, { thrownBy: work, ...o })

test('a refresh token gives a token of another resource; its version is the one the resource asks for', async () => {
  const first = await tokensFor(`${api.uri}/access_as_user`)
  assert.equal(first.scope, `${api.uri}/access_as_user`)
  const one = claimsOf(first.access_token)
  assert.deepEqual(
    [one['aud'], one['ver'], one['appid'], one['scp']],
    [api.uri, '1.0', caller.appId, 'access_as_user'],
  )
  assert.equal(
    (await lab.graph('GET', '/me', undefined, first.access_token)).status,
    401,
    'not Graph’s audience',
  )
  const newer = await registerApi(2)
  await consent(caller.principalId, newer.principalId, 'access_as_user')
  const two = claimsOf((await tokensFor(`${newer.appId}/access_as_user`)).access_token)
  assert.deepEqual(
    [two['aud'], two['ver'], two['azp'], two['appid']],
    [newer.appId, '2.0', caller.appId, undefined],
  )
  assert.equal(two['iss'], `${lab.tenant.origin}/${lab.tenant.tenantId}/v2.0`)
})

test('on behalf of: an API trades the user’s token for one of Graph, with the user in it', async () => {
  const { access_token } = await tokensFor(`${api.uri}/access_as_user`)
  const traded = await trade(access_token)
  const claims = claimsOf(traded.access_token)
  assert.deepEqual([claims['appid'], claims['appidacr'], claims['upn']], [api.appId, '1', ada])
  assert.ok(traded.refresh_token)
  assert.equal((await lab.graph('GET', '/me', undefined, traded.access_token)).status, 200)
})

test('AADSTS500131, 50013, 240002 and 500133: what on-behalf-of refuses as an assertion', async () => {
  const graphs = await tokensFor('User.Read openid')
  await assertCode(trade(graphs.access_token), { code: 500131, error: 'invalid_grant' })
  await assertCode(trade(graphs.id_token!), { code: 240002, error: 'invalid_grant' })
  const { access_token } = await tokensFor(`${api.uri}/access_as_user`)
  await assertCode(trade(`${access_token.slice(0, -8)}AAAAAAAA`), { code: 50013, error: 'invalid_grant' })
  await assertCode(trade('nonsense'), { code: 50013, error: 'invalid_grant' })
  await lab.control('POST', 'clock', { advanceMs: 2 * 3_600_000 })
  await assertCode(trade(access_token), { code: 500133, error: 'invalid_grant' })
  await lab.control('POST', 'clock', { nowMs: Date.now() })
})

test('AADSTS7000114 and 65001: no token of an application, and nothing the API has no consent for', async () => {
  const own = await lab.configuration(api.appId, client.ClientSecretPost(api.secret))
  const app = await client.clientCredentialsGrant(own, { scope: `${api.appId}/.default` })
  assert.equal(claimsOf(app.access_token)['aud'], api.appId)
  await assertCode(trade(app.access_token), { code: 7000114, error: 'invalid_grant' })
  const { access_token } = await tokensFor(`${api.uri}/access_as_user`)
  await assertCode(trade(access_token, { scope: 'Mail.Read' }), {
    code: 65001,
    error: 'invalid_grant',
    suberror: 'consent_required',
  })
})

test('an application role of an API is in the token of the client that holds it', async () => {
  const daemon = await lab.register({})
  const { secretText } = await jsonOf(await lab.graph('POST', `/applications/${daemon.id}/addPassword`, {}))
  const own = await lab.configuration(daemon.appId, client.ClientSecretPost(String(secretText)))
  const scope = `${api.uri}/.default`
  assert.equal(
    claimsOf((await client.clientCredentialsGrant(own, { scope })).access_token)['roles'],
    undefined,
  )
  const path = `/servicePrincipals/${api.principalId}`
  await lab.graph('PATCH', path, { appRoleAssignmentRequired: true })
  await assertCode(client.clientCredentialsGrant(own, { scope }), { code: 501051, error: 'invalid_grant' })
  await lab.graph('PATCH', path, { appRoleAssignmentRequired: false })
  const body = { principalId: daemon.principalId, resourceId: api.principalId, appRoleId: roleId }
  assert.equal((await lab.graph('POST', `${path}/appRoleAssignedTo`, body)).status, 201)
  const claims = claimsOf((await client.clientCredentialsGrant(own, { scope })).access_token)
  assert.deepEqual([claims['roles'], claims['aud']], [['Jobs.Run'], api.uri])
})

test('AADSTS500011, 500014, 650057, 28000 and 90009: resources that cannot be had', async () => {
  await assertCode(tokensFor('api://nowhere/.default'), { code: 500011, error: 'invalid_resource' })
  await assertCode(tokensFor('https://management.azure.com/.default'), {
    code: 650057,
    error: 'invalid_resource',
  })
  const off = await registerApi(1)
  await lab.graph('PATCH', `/servicePrincipals/${off.principalId}`, { accountEnabled: false })
  await assertCode(tokensFor(`${off.uri}/.default`), { code: 500014, error: 'invalid_resource' })
  const own = await lab.configuration(api.appId, client.ClientSecretPost(api.secret))
  const self = client.clientCredentialsGrant(own, { scope: `${api.uri}/.default` })
  await assertCode(self, { code: 90009, error: 'invalid_resource' })
  const signedIn = await lab.signIn({ config, person: lab.person(ada), scope: 'openid User.Read' })
  const checks = {
    pkceCodeVerifier: signedIn.verifier,
    expectedState: signedIn.state,
    expectedNonce: signedIn.nonce,
  }
  const both = client.authorizationCodeGrant(config, signedIn.redirect!, checks, {
    scope: `User.Read ${api.uri}/access_as_user`,
  })
  await assertCode(both, { code: 28000, error: 'invalid_request' })
})

test('Azure CLI holds its tokens for Graph and for management.azure.com without anybody’s consent', async () => {
  const cli = await lab.configuration('04b07795-8ddb-461a-bbee-02f9e1bf7b46')
  const scope = 'https://management.core.windows.net//.default offline_access openid profile'
  const begun = await client.initiateDeviceAuthorization(cli, { scope })
  const polling = client.pollDeviceAuthorizationGrant(cli, { ...begun, interval: 0.05 })
  const person = { ...lab.person(ada), userCode: begun.user_code, decision: 'cancel' as const }
  assert.equal((await walk(`${lab.tenant.origin}/devicelogin`, person)).page, 'device-done')
  const tokens = await polling
  assert.equal(claimsOf(tokens.access_token)['aud'], 'https://management.core.windows.net/')
  const graphs = await client.refreshTokenGrant(cli, tokens.refresh_token!, {
    scope: 'https://graph.microsoft.com/.default',
  })
  assert.match(String(claimsOf(graphs.access_token)['scp']), /Application\.ReadWrite\.All/)
})

const withPassword = (parameters: Record<string, string>, using = config): Promise<Tokens> =>
  client.genericGrantRequest(using, 'password', { scope: 'openid User.Read', ...parameters })

test('a password gives tokens where public flows are allowed', async () => {
  const { password } = lab.person(ada)
  const tokens = await withPassword({ username: ada, password, scope: 'openid offline_access User.Read' })
  assert.equal(claimsOf(tokens.id_token!)['oid'], claimsOf(tokens.access_token)['oid'])
  assert.ok(tokens.refresh_token)
})

test('AADSTS50126, 50034, 50057, 50053 and 7000218: what the password grant refuses', async () => {
  const wrong = (username: string, password = 'wrong') => withPassword({ username, password })
  await assertCode(wrong(ada), { code: 50126, error: 'invalid_grant' })
  await assertCode(wrong('nobody@contoso.example'), {
    code: 50034,
    error: 'invalid_grant',
    suberror: 'bad_token',
  })
  const billing = lab.person('billing@contoso.example')
  await assertCode(wrong(billing.login, billing.password), { code: 50057, error: 'invalid_grant' })
  const grace = 'grace@contoso.example'
  for (let count = 0; count < 10; count++)
    await assertCode(wrong(grace, `wrong ${count}`), { code: 50126, error: 'invalid_grant' })
  await assertCode(wrong(grace, lab.person(grace).password), { code: 50053, error: 'invalid_grant' })
  const web = await lab.configuration(api.appId)
  const bare = withPassword({ username: ada, password: lab.person(ada).password }, web)
  await assertCode(bare, { code: 7000218, error: 'invalid_client', status: 401 })
})

test('AADSTS9001023: the password grant does not work on /common', async () => {
  const reply = await fetch(`${lab.tenant.origin}/common/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'password',
      client_id: caller.appId,
      username: ada,
      password: lab.person(ada).password,
      scope: 'User.Read',
    }),
  })
  await provokes(9001023, { answer: reply, error: 'invalid_request' })
})
