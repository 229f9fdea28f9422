// An administrator consents for everybody, at both endpoints; and consent to APIs of the tenant. entra.md section 5.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import * as client from 'openid-client'
import { graphAccess, jsonOf, type Lab, redirectUri, startLab, walk, type WalkEnd } from './lab.ts'

const ada = 'ada@contoso.example'
const admin = 'admin@contoso.example'
const usersReadAll = { id: 'df021288-bdef-4463-88db-98f22de89214', type: 'Role' }
const mailRead = { id: '570282fd-fa5c-430d-a7fd-fc8dc98a9dca', type: 'Scope' }
let lab: Lab

before(async () => {
  lab = await startLab()
})
after(() => lab.tenant.close())

const register = () =>
  lab.register({
    publicClient: { redirectUris: [redirectUri] },
    requiredResourceAccess: graphAccess([usersReadAll, mailRead]),
  })

function open(path: string, parameters: Record<string, string>, login = admin): Promise<WalkEnd> {
  const query = new URLSearchParams({ redirect_uri: redirectUri, state: 's', ...parameters })
  const decision = parameters['decision'] === 'cancel' ? ({ decision: 'cancel' } as const) : {}
  return walk(`${lab.tenant.origin}/${path}?${query}`, { ...lab.person(login), ...decision })
}

const grantsOf = async (principalId: string) =>
  (
    (await jsonOf(await lab.graph('GET', `/oauth2PermissionGrants?$filter=clientId eq '${principalId}'`)))[
      'value'
    ] as { consentType: string; scope: string }[]
  ).map((one) => [one.consentType, one.scope.split(' ').sort().join(' ')])

test('version 2 with /.default grants all that is configured, application roles too, and says so', async () => {
  const bot = await register()
  const end = await open(`${lab.tenant.tenantId}/v2.0/adminconsent`, {
    client_id: bot.appId,
    scope: 'https://graph.microsoft.com/.default',
  })
  const back = end.redirect!.searchParams
  assert.equal(back.get('admin_consent'), 'True')
  assert.equal(back.get('tenant'), lab.tenant.tenantId)
  assert.equal(back.get('state'), 's')
  assert.deepEqual(back.get('scope')!.split(' ').sort(), [
    'https://graph.microsoft.com/Mail.Read',
    'https://graph.microsoft.com/User.Read.All',
  ])
  assert.deepEqual(await grantsOf(bot.principalId), [['AllPrincipals', 'Mail.Read']])
  const held = await jsonOf(
    await lab.graph('GET', `/servicePrincipals/${bot.principalId}/appRoleAssignments`),
  )
  assert.deepEqual(
    (held['value'] as { appRoleId: string }[]).map((one) => one.appRoleId),
    [usersReadAll.id],
  )
  const config = await lab.configuration(bot.appId)
  const user = await lab.signIn({ config, person: lab.person(ada), scope: 'openid Mail.Read' })
  assert.ok(user.redirect?.searchParams.get('code'), 'an ordinary user is not asked any more')
})

test('version 2 with named scopes grants these alone', async () => {
  const bot = await register()
  const end = await open(`${lab.tenant.tenantId}/v2.0/adminconsent`, {
    client_id: bot.appId,
    scope: 'https://graph.microsoft.com/Mail.Send openid',
  })
  assert.equal(end.redirect!.searchParams.get('admin_consent'), 'True')
  assert.deepEqual(await grantsOf(bot.principalId), [['AllPrincipals', 'Mail.Send openid']])
})

test('version 1 needs no scope and answers without one', async () => {
  const bot = await register()
  const end = await open(`${lab.tenant.tenantId}/adminconsent`, { client_id: bot.appId })
  assert.deepEqual([...end.redirect!.searchParams.keys()].sort(), ['admin_consent', 'state', 'tenant'])
  assert.deepEqual(await grantsOf(bot.principalId), [['AllPrincipals', 'Mail.Read']])
})

test('a refusal goes back as each version words it, and grants nothing', async () => {
  const bot = await register()
  const two = await open(`${lab.tenant.tenantId}/v2.0/adminconsent`, {
    client_id: bot.appId,
    scope: 'https://graph.microsoft.com/.default',
    decision: 'cancel',
  })
  assert.equal(two.redirect!.searchParams.get('error'), 'consent_required')
  assert.match(two.redirect!.searchParams.get('error_description')!, /^AADSTS65004: /)
  const one = await open(`${lab.tenant.tenantId}/adminconsent`, { client_id: bot.appId, decision: 'cancel' })
  assert.equal(one.redirect!.searchParams.get('error'), 'permission_denied')
  assert.deepEqual(await grantsOf(bot.principalId), [])
})

test('nobody but an administrator gets that far; unknown redirect URIs, scopes and a missing scope stay on the page', async () => {
  const bot = await register()
  const path = `${lab.tenant.tenantId}/v2.0/adminconsent`
  const scope = 'https://graph.microsoft.com/.default'
  assert.equal((await open(path, { client_id: bot.appId, scope }, ada)).code, '90094')
  const elsewhere = await open(path, { client_id: bot.appId, scope, redirect_uri: 'https://evil.example/' })
  assert.equal(elsewhere.code, '50011')
  assert.equal((await open(path, { client_id: bot.appId })).code, '900144')
  assert.equal((await open(path, { client_id: bot.appId, scope: 'api://nowhere/.default' })).code, '500011')
  assert.deepEqual(await grantsOf(bot.principalId), [])
})

test('a user consents to an API of the tenant while signing in, and needs an administrator for its Admin scopes', async () => {
  const uri = `api://${lab.tenant.tenantId}/${randomUUID()}`
  const scopeNamed = (value: string, type: string) => ({
    id: randomUUID(),
    value,
    type,
    isEnabled: true,
    adminConsentDisplayName: value,
    adminConsentDescription: value,
  })
  await lab.register({
    identifierUris: [uri],
    api: { oauth2PermissionScopes: [scopeNamed('read', 'User'), scopeNamed('manage', 'Admin')] },
  })
  const bot = await lab.register({ publicClient: { redirectUris: [redirectUri] } })
  const config = await lab.configuration(bot.appId)
  const signIn = (scope: string) => lab.signIn({ config, person: lab.person(ada), scope })
  assert.equal((await signIn(`openid ${uri}/manage`)).page, 'need-admin-approval')
  assert.equal((await signIn(`openid ${uri}/nothing`)).code, '650053')
  const end = await signIn(`openid ${uri}/read`)
  const tokens = await client.authorizationCodeGrant(config, end.redirect!, {
    pkceCodeVerifier: end.verifier,
    expectedState: end.state,
    expectedNonce: end.nonce,
  })
  assert.equal(tokens.scope, `openid ${uri}/read`)
  assert.deepEqual((await grantsOf(bot.principalId)).sort(), [
    ['Principal', 'openid'],
    ['Principal', 'read'],
  ])
})
