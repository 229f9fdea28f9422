// ID tokens and access tokens from the authorization endpoint itself, checked by openid-client where it can. entra.md section 2.1.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import * as client from 'openid-client'
import { Browser } from '../../src/tenant/identity/person.fixture.ts'
import { provokes } from '../aadsts.ts'
import { type Lab, redirectUri, startLab, userScope, walk } from './lab.ts'

const ada = 'ada@contoso.example'
const implicitUri = 'https://app.contoso.example/signed-in'
let lab: Lab
let app: { appId: string }
let closed: { appId: string }

before(async () => {
  lab = await startLab()
  app = await lab.register({
    web: {
      redirectUris: [implicitUri],
      implicitGrantSettings: { enableIdTokenIssuance: true, enableAccessTokenIssuance: true },
    },
  })
  closed = await lab.register({ publicClient: { redirectUris: [redirectUri] } })
})
after(() => lab.tenant.close())

const open = (o: Record<string, string>, path = 'oauth2/v2.0/authorize') =>
  walk(
    `${lab.tenant.origin}/${lab.tenant.tenantId}/${path}?${new URLSearchParams({
      client_id: app.appId,
      redirect_uri: implicitUri,
      scope: userScope,
      state: 's',
      nonce: 'n',
      ...o,
    })}`,
    lab.person(ada),
  )
const fragmentOf = (url: URL | undefined) => new URLSearchParams(url?.hash.slice(1))
const claimsOf = (token: string | null): Record<string, unknown> =>
  JSON.parse(Buffer.from(token!.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>
const halfHash = (text: string | null): string =>
  createHash('sha256').update(text!).digest().subarray(0, 16).toString('base64url')

test('openid-client validates an ID token that comes alone in the fragment, its nonce and signature included', async () => {
  const config = await lab.configuration(app.appId)
  client.useIdTokenResponseType(config)
  client.enableNonRepudiationChecks(config)
  const nonce = client.randomNonce()
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: implicitUri,
    scope: 'openid profile',
    nonce,
    state: 's',
  })
  assert.equal(url.searchParams.get('response_type'), 'id_token')
  const end = await walk(url.href, lab.person(ada))
  const claims = await client.implicitAuthentication(config, end.redirect!, nonce, { expectedState: 's' })
  assert.equal(claims['preferred_username'], ada)
  assert.equal(fragmentOf(end.redirect).get('access_token'), null)
})

test('openid-client completes the hybrid response: the code is bound to the ID token by c_hash, and redeemed', async () => {
  const made = await lab.graph('POST', `/applications(appId='${app.appId}')/addPassword`, {})
  const { secretText } = (await made.json()) as { secretText: string }
  const config = await lab.configuration(app.appId, client.ClientSecretPost(secretText))
  client.useCodeIdTokenResponseType(config)
  client.enableNonRepudiationChecks(config)
  const nonce = client.randomNonce()
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: implicitUri,
    scope: userScope,
    nonce,
    state: 's',
  })
  const end = await walk(url.href, lab.person(ada))
  const first = claimsOf(fragmentOf(end.redirect).get('id_token'))
  assert.equal(first['c_hash'], halfHash(fragmentOf(end.redirect).get('code')))
  const tokens = await client.authorizationCodeGrant(config, end.redirect!, {
    expectedNonce: nonce,
    expectedState: 's',
  })
  assert.equal(tokens.claims()?.sub, first['sub'])
  assert.equal(tokens.claims()?.['sid'], first['sid'], 'one sign-in, one sid')
  assert.equal(fragmentOf(end.redirect).get('session_state'), first['sid'])
})

test('id_token token: the access token works at Graph, and the ID token holds its hash', async () => {
  const end = await open({ response_type: 'token id_token' })
  const answer = fragmentOf(end.redirect)
  assert.equal(answer.get('state'), 's')
  assert.equal(answer.get('token_type'), 'Bearer')
  assert.match(answer.get('expires_in')!, /^\d{4}$/)
  assert.match(answer.get('scope')!, /User\.Read/)
  const claims = claimsOf(answer.get('id_token'))
  assert.deepEqual([claims['at_hash'], claims['nonce']], [halfHash(answer.get('access_token')), 'n'])
  assert.equal((await lab.graph('GET', '/me', undefined, answer.get('access_token')!)).status, 200)
  const alone = fragmentOf((await open({ response_type: 'token' })).redirect)
  assert.deepEqual([Boolean(alone.get('access_token')), alone.get('id_token')], [true, null])
})

test('form_post carries tokens in a form, and version 1 gives ID tokens of version 1', async () => {
  const browser = new Browser(lab.tenant.origin)
  const query = new URLSearchParams({
    client_id: app.appId,
    redirect_uri: implicitUri,
    response_type: 'id_token',
    response_mode: 'form_post',
    scope: 'openid',
    nonce: 'n',
    login_hint: ada,
  })
  await browser.open(`/${lab.tenant.tenantId}/oauth2/v2.0/authorize?${query}`)
  await browser.submit({ passwd: lab.person(ada).password })
  const { main } = await browser.submit({ stay: 'no' })
  assert.equal(main.querySelector('form')!.getAttribute('action'), implicitUri)
  const posted = main.querySelector('input[name=id_token]')!.getAttribute('value')!
  assert.equal(claimsOf(posted)['nonce'], 'n')
  const back = await open(
    { response_type: 'id_token', resource: 'https://graph.microsoft.com' },
    'oauth2/authorize',
  )
  assert.equal(claimsOf(fragmentOf(back.redirect).get('id_token'))['ver'], '1.0')
})

test('AADSTS700054, 700051, 70005 and 70007: response types and modes that are not allowed go back to the client', async () => {
  const own = { client_id: closed.appId, redirect_uri: redirectUri }
  const error = 'unsupported_response_type'
  await provokes(700054, {
    redirect: (await open({ ...own, response_type: 'code id_token' })).redirect,
    error,
  })
  await provokes(700051, { redirect: (await open({ ...own, response_type: 'token' })).redirect, error })
  await provokes(70005, { redirect: (await open({ response_type: 'code nonsense' })).redirect, error })
  for (const o of [
    { response_type: 'id_token', response_mode: 'query' },
    { response_type: 'code', response_mode: 'web_message' },
  ])
    await provokes(70007, { redirect: (await open(o)).redirect, error: 'invalid_request' })
  const inQuery = await open({ response_type: 'id_token', response_mode: 'query' })
  assert.equal(inQuery.redirect?.search, '', 'what asks for tokens is answered in the fragment, refusals too')
  const missing = await open({ response_type: 'id_token', nonce: '' })
  await provokes(900144, { page: missing })
})

test('AADSTS500113: without redirect_uri a registered one is taken; with none registered the page says so', async () => {
  const without = (clientId: string) => {
    const query = new URLSearchParams({
      client_id: clientId,
      response_type: 'code',
      scope: 'openid User.Read',
    })
    return walk(`${lab.tenant.origin}/${lab.tenant.tenantId}/oauth2/v2.0/authorize?${query}`, lab.person(ada))
  }
  const end = await without(closed.appId)
  assert.equal(end.redirect?.href.split('?')[0], redirectUri)
  const bare = await lab.register({})
  await provokes(500113, { page: await without(bare.appId) })
})

test('AADSTS90023, 50147 and 501491: prompts and code challenges that make no sense go back to the client', async () => {
  const error = 'invalid_request'
  const back = async (o: Record<string, string>) => (await open({ response_type: 'code', ...o })).redirect
  await provokes(90023, { redirect: await back({ prompt: 'maybe' }), error })
  await provokes(90023, { redirect: await back({ prompt: 'none login' }), error })
  await provokes(90023, { redirect: await back({ prompt: 'select_account', login_hint: ada }), error })
  await provokes(501491, { redirect: await back({ code_challenge: 'short' }), error })
  await provokes(501491, {
    redirect: await back({ code_challenge: 'a'.repeat(43), code_challenge_method: 's256' }),
    error,
  })
  await provokes(50147, { redirect: await back({ code_challenge_method: 'S256' }), error })
})

test('AADSTS901002 and 9010010: the parameter resource beside version 2, and one that does not fit the scope', async () => {
  const page = (o: Record<string, string>) => open({ response_type: 'code', ...o })
  await provokes(901002, { page: await page({ resource: 'https://graph.microsoft.com', scope: 'openid' }) })
  await provokes(9010010, {
    page: await page({ resource: 'https://management.azure.com', scope: 'openid User.Read' }),
  })
})

test('prompt=none takes the session that sid or login_hint names, and refuses to choose between others', async () => {
  const end = await open({ response_type: 'code', prompt: 'none', sid: crypto.randomUUID() })
  await provokes(50058, { redirect: end.redirect, error: 'login_required' })
})
