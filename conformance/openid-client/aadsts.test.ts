// AADSTS numbers that no other test of a behaviour provokes on its way: one mistake each, and the whole answer to it. entra.md section 6.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Browser, type People, redirectUri } from '../../src/tenant/identity/person.fixture.ts'
import { provokes } from '../aadsts.ts'
import { startNativeApp } from './native-app.ts'

const ada = 'ada@contoso.example'
const webUri = 'https://bot.contoso.example/cb'
const spaUri = 'https://spa.contoso.example/'
const guid = '11111111-2222-3333-4444-555555555555'
let people: People
let appId: string

before(async () => {
  const started = await startNativeApp()
  people = started.people
  appId = started.app.appId
})
after(() => people.tenant.close())

async function open(o: Record<string, string | undefined> = {}, browser = new Browser(people.tenant.origin)) {
  const { client_id: clientId = appId, ...rest } = o
  const shown = await people.signIn(browser, people.authorize(clientId, rest), ada)
  return shown.name === 'consent' ? browser.submit({ decision: 'accept' }) : shown
}
const codeFor = async (o: Record<string, string | undefined> = {}): Promise<string> =>
  (await open(o)).redirect!.searchParams.get('code')!
const post = (form: Record<string, string>, o: { tenant?: string; headers?: Record<string, string> } = {}) =>
  fetch(`${people.tenant.origin}/${o.tenant ?? people.tenant.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    headers: o.headers ?? {},
    body: new URLSearchParams({ client_id: appId, ...form }),
  })
const redeem = (code: string, form: Record<string, string> = {}, o = {}) =>
  post(
    {
      grant_type: 'authorization_code',
      redirect_uri: redirectUri,
      code_verifier: people.verifier,
      code,
      ...form,
    },
    o,
  )
const invalidRequest = { error: 'invalid_request' }

async function secretOf(id: string, more: object = {}): Promise<string> {
  const made = await people.graph('POST', `/applications/${id}/addPassword`, more)
  return ((await made.json()) as { secretText: string }).secretText
}

test('AADSTS16000: prompt=none with two accounts in the browser cannot choose', async () => {
  const browser = new Browser(people.tenant.origin)
  await open({}, browser)
  const other = await people.createUser()
  await browser.open(people.authorize(appId, { prompt: 'select_account' }))
  await browser.submit({ account: 'other' })
  await browser.submit({ login: other })
  await browser.submit({ passwd: people.passwordOf(other) })
  await browser.submit({ stay: 'no' })
  const end = await browser.open(people.authorize(appId, { prompt: 'none' }))
  await provokes(16000, { redirect: end.redirect, error: 'interaction_required' })
})

test('AADSTS28003, 50148, 500112 and 700005: a code with an empty scope, without its verifier, for another address or tenant', async () => {
  await provokes(28003, { answer: await redeem(await codeFor(), { scope: ' ' }), ...invalidRequest })
  const grant = { error: 'invalid_grant' }
  await provokes(50148, { answer: await redeem(await codeFor(), { code_verifier: '' }), ...grant })
  const elsewhere = await redeem(await codeFor(), { redirect_uri: 'http://localhost:9999/Elsewhere' })
  await provokes(500112, { answer: elsewhere, error: 'invalid_client' })
  await provokes(700005, { answer: await redeem(await codeFor(), {}, { tenant: 'organizations' }), ...grant })
})

test('AADSTS70003, 1002012 and 7000222: an unknown grant, a scope without /.default, and an expired secret', async () => {
  await provokes(70003, { answer: await post({ grant_type: 'telepathy' }), error: 'unsupported_grant_type' })
  const daemon = await people.register({})
  const short = await secretOf(daemon.id, {
    passwordCredential: { endDateTime: new Date(Date.now() + 3_600_000).toISOString() },
  })
  const form = { grant_type: 'client_credentials', client_id: daemon.appId, client_secret: short }
  await provokes(1002012, { answer: await post({ ...form, scope: 'User.Read.All' }), error: 'invalid_scope' })
  await people.control('POST', 'clock', { advanceMs: 7_200_000 })
  const late = await post({ ...form, scope: 'https://graph.microsoft.com/.default' })
  await provokes(7000222, { answer: late, error: 'invalid_client', status: 401 })
  await people.control('POST', 'clock', { nowMs: Date.now() })
})

test('AADSTS7000112: a disabled application is refused on the page and at the token endpoint', async () => {
  const app = await people.register({
    publicClient: { redirectUris: [redirectUri] },
    isFallbackPublicClient: true,
  })
  await people.graph('PATCH', `/servicePrincipals/${app.principalId}`, { accountEnabled: false })
  await provokes(7000112, { page: await open({ client_id: app.appId }) })
  const answer = await post({ client_id: app.appId, grant_type: 'refresh_token', refresh_token: '1.x' })
  await provokes(7000112, { answer, error: 'unauthorized_client' })
})

test('AADSTS9002325, 9002326 and 9002327: what single-page applications must do, and others must not', async () => {
  const spa = await people.register({ spa: { redirectUris: [spaUri] } })
  const web = await people.register({ web: { redirectUris: [webUri] } })
  const headers = { origin: 'https://spa.contoso.example' }
  const asked = { client_id: spa.appId, redirect_uri: spaUri }
  const bare = await codeFor({ ...asked, code_challenge: undefined, code_challenge_method: undefined })
  await provokes(9002325, { answer: await redeem(bare, asked, { headers }), ...invalidRequest })
  await provokes(9002327, { answer: await redeem(await codeFor(asked), asked), ...invalidRequest })
  const own = { client_id: web.appId, redirect_uri: webUri }
  await provokes(9002326, { answer: await redeem(await codeFor(own), own, { headers }), ...invalidRequest })
})

test('AADSTS50049, 90002 and 900023: authorities that there are not', async () => {
  const at = (path: string): Promise<Response> => fetch(`${people.tenant.origin}/${path}`)
  const unknown =
    'common/discovery/instance?api-version=1.1&authorization_endpoint=https://elsewhere.example/common'
  await provokes(50049, { answer: await at(unknown), error: 'invalid_instance' })
  const metadata = 'v2.0/.well-known/openid-configuration'
  await provokes(90002, { answer: await at(`${guid}/${metadata}`), error: 'invalid_tenant' })
  await provokes(900023, { answer: await at(`no_name/${metadata}`), error: 'invalid_tenant' })
  await provokes(90002, {
    answer: await post({ grant_type: 'password' }, { tenant: guid }),
    ...invalidRequest,
  })
  await provokes(900023, { page: await open({ tenant: 'no_name' }) })
  const forAll = await secretOf((await people.register({})).id)
  const organizations = { tenant: 'organizations' }
  const app = await people.register({ signInAudience: 'AzureADMultipleOrgs' })
  const form = {
    grant_type: 'client_credentials',
    client_id: app.appId,
    client_secret: forAll,
    scope: 'https://graph.microsoft.com/.default',
  }
  const own = { ...form, client_secret: await secretOf(app.id) }
  await provokes(50059, { answer: await post(own, organizations), ...invalidRequest })
})

test('AADSTS90013, 90102, 650053 and 650056: pages for requests that cannot be meant', async () => {
  const browser = new Browser(people.tenant.origin)
  await browser.open(people.authorize(appId))
  const { url, body } = browser.formOf({ login: ada })
  body.set('csrf', 'forged')
  await provokes(90013, { page: await browser.open(url, { method: 'POST', body }) })
  await provokes(90102, { page: await open({ redirect_uri: '/relative' }) })
  await provokes(650053, { page: await open({ scope: 'openid,User.Read' }) })
  await provokes(650053, { page: await open({ scope: 'openid Mail.Devour' }) })
  const bare = await people.register({ publicClient: { redirectUris: [redirectUri] } })
  const scope = 'https://graph.microsoft.com/.default'
  await provokes(650056, { page: await open({ client_id: bare.appId, scope }) })
  const mixed = await open({
    scope: 'https://graph.microsoft.com/.default https://graph.microsoft.com/User.Read',
  })
  await provokes(70011, { redirect: mixed.redirect, error: 'invalid_scope' })
})

test('AADSTS650052: a service of Microsoft’s that the organisation has no principal for', async () => {
  const found = await people.graph(
    'GET',
    "/servicePrincipals?$filter=displayName eq 'Windows Azure Service Management API'",
  )
  const { value } = (await found.json()) as { value: { id: string }[] }
  assert.equal((await people.graph('DELETE', `/servicePrincipals/${value[0]!.id}`)).status, 204)
  const page = await open({ scope: 'openid https://management.azure.com/user_impersonation' })
  await provokes(650052, { page })
})

test('AADSTS50055: an expired password is changed on the page, and refused by the password grant', async () => {
  const login = await people.createUser({ passwordState: 'expired' })
  const answer = await post({
    grant_type: 'password',
    username: login,
    password: people.passwordOf(login),
    scope: 'openid User.Read',
  })
  await provokes(50055, { answer, error: 'invalid_grant', suberror: 'user_password_expired' })
  const page = await people.signIn(new Browser(people.tenant.origin), people.authorize(appId), login)
  await provokes(50055, { page, on: 'change-password' })
})

test('AADSTS50199: a device’s sign-in is confirmed before anything is given', async () => {
  const asked = await fetch(`${people.tenant.origin}/${people.tenant.tenantId}/oauth2/v2.0/devicecode`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: appId, scope: 'openid User.Read' }),
  })
  const { user_code: otc } = (await asked.json()) as { user_code: string }
  const browser = new Browser(people.tenant.origin)
  await browser.open('/devicelogin')
  await browser.submit({ otc })
  await browser.submit({ login: ada })
  await browser.submit({ passwd: people.passwordOf(ada) })
  const last = await browser.submit({ stay: 'no' })
  const page = last.name === 'consent' ? await browser.submit({ decision: 'accept' }) : last
  await provokes(50199, { page, on: 'device-confirm' })
})

test('AADSTS50105: a direct member of an assigned group is let in, a member of a group within it is not', async () => {
  const app = await people.register({ publicClient: { redirectUris: [redirectUri] } })
  const link = (id: string): string => `https://graph.microsoft.com/v1.0/directoryObjects/${id}`
  const makeGroup = async (displayName: string, members: string[]): Promise<string> => {
    const group = { displayName, mailNickname: displayName, mailEnabled: false, securityEnabled: true }
    const made = await people.graph('POST', '/groups', { ...group, 'members@odata.bind': members.map(link) })
    return ((await made.json()) as { id: string }).id
  }
  const login = await people.createUser()
  const { id } = (await (await people.graph('GET', `/users/${login}`)).json()) as { id: string }
  const inner = await makeGroup('Inner', [id])
  const outer = await makeGroup('Outer', [inner])
  const principal = `/servicePrincipals/${app.principalId}`
  await people.graph('PATCH', principal, { appRoleAssignmentRequired: true })
  const assign = (principalId: string) =>
    people.graph('POST', `${principal}/appRoleAssignedTo`, {
      principalId,
      resourceId: app.principalId,
      appRoleId: '00000000-0000-0000-0000-000000000000',
    })
  const page = () => people.signIn(new Browser(people.tenant.origin), people.authorize(app.appId), login)
  assert.equal((await assign(outer)).status, 201)
  await provokes(50105, { page: await page() })
  assert.equal((await assign(inner)).status, 201)
  assert.equal((await page()).name, 'need-admin-approval', 'let in; assignment forbids consent of one’s own')
})
