// Every AADSTS number of the first cut, provoked by openid-client: on the page where Microsoft keeps it, else in its answer.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as client from 'openid-client'
import { provokes } from '../aadsts.ts'
import { type Lab, type SignedIn, redirectUri, startLab, walk } from './lab.ts'

const ada = 'ada@contoso.example'
let lab: Lab
let bot: { appId: string; id: string; principalId: string }
let config: client.Configuration

before(async () => {
  lab = await startLab()
  bot = await lab.register({ publicClient: { redirectUris: [redirectUri] } })
  config = await lab.configuration(bot.appId)
})
after(() => lab.tenant.close())

const redeem = (using: client.Configuration, signedIn: SignedIn, url = signedIn.redirect!) =>
  client.authorizationCodeGrant(using, url, {
    pkceCodeVerifier: signedIn.verifier,
    expectedState: signedIn.state,
    expectedNonce: signedIn.nonce,
  })

const assertTokenError = (
  work: Promise<unknown>,
  { code, ...o }: { code: number; error: string; status?: number; suberror?: string },
) => provokes(code, { thrownBy: work, ...o })
const assertErrorPage = (page: SignedIn, code: number) => provokes(code, { page })

test('AADSTS50011: another path, its letter case, a trailing slash and a 127.0.0.1 stay on the page', async () => {
  for (const uri of [
    'http://localhost:9999/callback',
    'http://localhost:9999/Callback/',
    'http://localhost:9999/',
    'http://127.0.0.1:9999/Callback',
    'https://localhost:9999/Callback',
    'http://localhost.:9999/Callback',
    'http://localhost:9999/Callback?x=1',
  ]) {
    await assertErrorPage(await lab.signIn({ config, person: lab.person(ada), redirectUri: uri }), 50011)
  }
})

test('the port of a localhost redirect does not count', async () => {
  const end = await lab.signIn({
    config,
    person: lab.person(ada),
    redirectUri: 'http://localhost:12345/Callback',
  })
  assert.equal(end.redirect?.origin, 'http://localhost:12345')
})

test('AADSTS50105: a user who is not assigned stays on the page, and is let in when assigned', async () => {
  const strict = await lab.register({ publicClient: { redirectUris: [redirectUri] } })
  const path = `/servicePrincipals/${strict.principalId}`
  assert.equal((await lab.graph('PATCH', path, { appRoleAssignmentRequired: true })).status, 204)
  const own = await lab.configuration(strict.appId)
  await assertErrorPage(await lab.signIn({ config: own, person: lab.person(ada) }), 50105)
  const adaId = lab.tenant.users.find((user) => user.userPrincipalName === ada)!.id
  const assigned = await lab.graph('POST', `${path}/appRoleAssignedTo`, {
    principalId: adaId,
    resourceId: strict.principalId,
    appRoleId: '00000000-0000-0000-0000-000000000000',
  })
  const assignment = ((await assigned.json()) as { id: string }).id
  const consent = await lab.signIn({ config: own, person: lab.person(ada) })
  assert.equal(consent.page, 'need-admin-approval', 'assignment forbids user consent too')
  const graphs = await (
    await lab.graph('GET', "/servicePrincipals?$filter=displayName eq 'Microsoft Graph'")
  ).json()
  const granted = await lab.graph('POST', '/oauth2PermissionGrants', {
    clientId: strict.principalId,
    consentType: 'AllPrincipals',
    resourceId: (graphs as { value: { id: string }[] }).value[0]!.id,
    scope: 'openid profile offline_access User.Read Mail.Send',
  })
  assert.equal(granted.status, 201)
  const tokens = await redeem(own, await lab.signIn({ config: own, person: lab.person(ada) }))
  await lab.graph('DELETE', `${path}/appRoleAssignedTo/${assignment}`)
  await assertTokenError(client.refreshTokenGrant(own, tokens.refresh_token!), {
    code: 50105,
    error: 'invalid_grant',
  })
})

test('AADSTS50126: a wrong password is told beside the input, and AADSTS50034 an unknown user', async () => {
  const wrong = await lab.signIn({ config, person: { login: ada, password: 'wrong' } })
  await provokes(50126, { page: wrong, on: 'password' })
  const unknown = await lab.signIn({ config, person: { login: 'nobody@contoso.example', password: 'x' } })
  await provokes(50034, { page: unknown, on: 'sign-in' })
})

test('AADSTS65001: refreshing for a scope nobody consented to is refused', async () => {
  const tokens = await redeem(config, await lab.signIn({ config, person: lab.person(ada) }))
  await assertTokenError(
    client.refreshTokenGrant(config, tokens.refresh_token!, {
      scope: 'https://graph.microsoft.com/Mail.Read',
    }),
    { code: 65001, error: 'invalid_grant', suberror: 'consent_required' },
  )
})

test('prompt=none is answered to the client: 50058 without a session', async () => {
  const end = await lab.signIn({ config, person: lab.person(ada), parameters: { prompt: 'none' } })
  await assert.rejects(redeem(config, end), (thrown) => {
    assert.ok(thrown instanceof client.AuthorizationResponseError)
    assert.equal(thrown.error, 'login_required')
    return true
  })
  await provokes(50058, { redirect: end.redirect, error: 'login_required' })
})

test('AADSTS65004: declining on the consent page goes back to the client as access_denied', async () => {
  const fresh = await lab.register({ publicClient: { redirectUris: [redirectUri] } })
  const own = await lab.configuration(fresh.appId)
  const end = await lab.signIn({ config: own, person: { ...lab.person(ada), decision: 'cancel' } })
  await assert.rejects(redeem(own, end), (thrown) => {
    assert.ok(thrown instanceof client.AuthorizationResponseError)
    assert.equal(thrown.error, 'access_denied')
    return true
  })
  await provokes(65004, { redirect: end.redirect, error: 'access_denied' })
})

test('AADSTS90094: mail scopes need an administrator by default, and the page leads back', async () => {
  const fresh = await lab.register({ publicClient: { redirectUris: [redirectUri] } })
  const own = await lab.configuration(fresh.appId)
  const end = await lab.signIn({ config: own, person: lab.person(ada), scope: 'openid Mail.ReadWrite' })
  await provokes(90094, { page: end, on: 'need-admin-approval' })
  const admin = await lab.signIn({
    config: own,
    person: lab.person('admin@contoso.example'),
    scope: 'openid Mail.ReadWrite',
  })
  assert.ok(admin.redirect?.searchParams.get('code'))
})

test('AADSTS700016: an unknown client stays on the page, and is refused at the token endpoint', async () => {
  const unknown = await lab.configuration('11111111-2222-3333-4444-555555555555')
  const end = await lab.signIn({ config: unknown, person: lab.person(ada) })
  await assertErrorPage(end, 700016)
  await assertTokenError(client.refreshTokenGrant(unknown, 'x'), {
    code: 700016,
    error: 'unauthorized_client',
  })
})

test('AADSTS700025: a public client that sends a secret is refused with 401', async () => {
  const signedIn = await lab.signIn({ config, person: lab.person(ada) })
  const secretive = await lab.configuration(bot.appId, client.ClientSecretPost('not-for-public-clients'))
  await assertTokenError(redeem(secretive, signedIn), { code: 700025, error: 'invalid_client', status: 401 })
  assert.ok((await redeem(config, signedIn)).access_token, 'the code was not used up')
})

test('AADSTS7000218 and 7000215: a web client without its secret, or with a wrong one, is refused with 401', async () => {
  const uri = 'https://bot.contoso.example/cb'
  const web = await lab.register({ web: { redirectUris: [uri] } })
  const bare = await lab.configuration(web.appId)
  const signedIn = await lab.signIn({ config: bare, person: lab.person(ada), redirectUri: uri })
  await assertTokenError(redeem(bare, signedIn), { code: 7000218, error: 'invalid_client', status: 401 })
  const wrong = await lab.configuration(web.appId, client.ClientSecretPost('wrong'))
  await assertTokenError(redeem(wrong, signedIn), { code: 7000215, error: 'invalid_client', status: 401 })
})

test('AADSTS9002313: a code or refresh token that cannot be one, or a name sent twice, is malformed', async () => {
  const signedIn = await lab.signIn({ config, person: lab.person(ada) })
  const garbled = new URL(signedIn.redirect!)
  garbled.searchParams.set('code', 'garbled')
  await assertTokenError(redeem(config, signedIn, garbled), { code: 9002313, error: 'invalid_request' })
  await assertTokenError(client.refreshTokenGrant(config, 'garbled'), {
    code: 9002313,
    error: 'invalid_request',
  })
  const twice = await fetch(config.serverMetadata().token_endpoint!, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `client_id=${bot.appId}&client_id=${bot.appId}&grant_type=refresh_token`,
  })
  assert.deepEqual(((await twice.json()) as { error_codes: number[] }).error_codes, [9002313])
})

test('AADSTS70008: a code older than ten minutes has expired', async () => {
  const signedIn = await lab.signIn({ config, person: lab.person(ada) })
  await lab.control('POST', 'clock', { advanceMs: 601_000 })
  await assertTokenError(redeem(config, signedIn), { code: 70008, error: 'invalid_grant' })
  await lab.control('POST', 'clock', { nowMs: Date.now() })
})

test('AADSTS54005: a code works once, and what it gave stays valid', async () => {
  const signedIn = await lab.signIn({ config, person: lab.person(ada) })
  const tokens = await redeem(config, signedIn)
  await assertTokenError(redeem(config, signedIn), { code: 54005, error: 'invalid_grant' })
  assert.ok((await client.refreshTokenGrant(config, tokens.refresh_token!)).access_token)
})

test('of two who redeem one code at once, exactly one gets tokens', async () => {
  const signedIn = await lab.signIn({ config, person: lab.person(ada) })
  const ends = await Promise.allSettled([1, 2, 3].map(() => redeem(config, signedIn)))
  assert.equal(ends.filter((end) => end.status === 'fulfilled').length, 1)
})

test('AADSTS501481: a wrong verifier, and one for a code without a challenge, are refused', async () => {
  const signedIn = await lab.signIn({ config, person: lab.person(ada) })
  const wrong = { ...signedIn, verifier: client.randomPKCECodeVerifier() }
  await assertTokenError(redeem(config, wrong), { code: 501481, error: 'invalid_grant' })
  const start = new URL(config.serverMetadata().authorization_endpoint!)
  start.search = String(
    new URLSearchParams({
      client_id: bot.appId,
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: 'openid User.Read',
    }),
  )
  const plain = await walk(start.href, lab.person(ada))
  const body = new URLSearchParams({
    client_id: bot.appId,
    grant_type: 'authorization_code',
    code: plain.redirect!.searchParams.get('code')!,
    redirect_uri: redirectUri,
    code_verifier: signedIn.verifier,
  })
  const reply = await fetch(config.serverMetadata().token_endpoint!, { method: 'POST', body })
  assert.deepEqual(((await reply.json()) as { error_codes: number[] }).error_codes, [501481])
})

test('AADSTS700082: a refresh token that slept for more than ninety days has expired', async () => {
  const tokens = await redeem(config, await lab.signIn({ config, person: lab.person(ada) }))
  await lab.control('POST', 'clock', { advanceMs: 91 * 86_400_000 })
  await assertTokenError(client.refreshTokenGrant(config, tokens.refresh_token!), {
    code: 700082,
    error: 'invalid_grant',
  })
  await lab.control('POST', 'clock', { nowMs: Date.now() })
})

test('AADSTS90002 and 50194: an unknown tenant has no metadata, and a single-tenant app no place at /common', async () => {
  const unknown = await fetch(`${lab.tenant.origin}/fabrikam.example/v2.0/.well-known/openid-configuration`)
  await provokes(90002, { answer: unknown, error: 'invalid_tenant' })
  const query = new URLSearchParams({
    client_id: bot.appId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid',
  })
  const end = await walk(`${lab.tenant.origin}/common/oauth2/v2.0/authorize?${query}`, lab.person(ada))
  await provokes(50194, { page: end })
})
