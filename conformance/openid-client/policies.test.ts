// Conditional access: who is blocked, asked for a second factor, or for the password again, and where. entra.md section 6.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { Browser, type People } from '../../src/tenant/identity/person.fixture.ts'
import { provokes } from '../aadsts.ts'
import { startNativeApp } from './native-app.ts'

const policiesPath = '/identity/conditionalAccess/policies'
const locationsPath = '/identity/conditionalAccess/namedLocations'
let people: People
let appId: string
let login: string

before(async () => {
  const started = await startNativeApp()
  people = started.people
  appId = started.app.appId
})
after(() => people.tenant.close())
// Each test has a person, and what it decided of policies is gone before the next.
beforeEach(async () => {
  await people.control('POST', 'clock', { nowMs: Date.now() })
  const { value } = (await (await people.graph('GET', policiesPath)).json()) as { value: { id: string }[] }
  for (const { id } of value) await people.graph('DELETE', `${policiesPath}/${id}`)
  login = await people.createUser()
})

async function policy(o: {
  grant?: string[]
  operator?: string
  session?: object
  state?: string
  conditions?: object
}) {
  const made = await people.graph('POST', policiesPath, {
    displayName: 'A rule',
    state: o.state ?? 'enabled',
    conditions: {
      users: { includeUsers: [await idOf(login)] },
      applications: { includeApplications: ['All'] },
      ...o.conditions,
    },
    ...(o.grant ? { grantControls: { operator: o.operator ?? 'OR', builtInControls: o.grant } } : {}),
    ...(o.session ? { sessionControls: o.session } : {}),
  })
  const body = (await made.json()) as { id: string }
  assert.equal(made.status, 201, JSON.stringify(body))
  return body.id
}

const idOf = async (name: string): Promise<string> =>
  ((await (await people.graph('GET', `/users/${name}`)).json()) as { id: string }).id
/** Signs in, consents where asked, and stops at the first page that asks for more. */
async function open(browser = new Browser(people.tenant.origin), o: Record<string, string> = {}) {
  const shown = await people.signIn(browser, people.authorize(appId, o), login)
  return shown.name === 'consent' ? browser.submit({ decision: 'accept' }) : shown
}
const refreshWith = (token: unknown): Promise<Response> =>
  fetch(`${people.tenant.origin}/${people.tenant.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: appId,
      grant_type: 'refresh_token',
      refresh_token: String(token),
    }),
  })
const password = (version = 'oauth2/v2.0/token', more: Record<string, string> = {}): Promise<Response> =>
  fetch(`${people.tenant.origin}/${people.tenant.tenantId}/${version}`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: appId,
      grant_type: 'password',
      username: login,
      password: people.passwordOf(login),
      scope: 'openid User.Read',
      ...more,
    }),
  })
const advance = (hours: number) => people.control('POST', 'clock', { advanceMs: hours * 3_600_000 })
const claimsOf = (ids: string[]): string =>
  JSON.stringify({ access_token: { capolids: { essential: true, values: ids } } })

test('AADSTS53003: a block stays on the page, ends refresh tokens with the policy in claims, and silent sign-ins', async () => {
  const browser = new Browser(people.tenant.origin)
  const { body } = await people.redeem(await open(browser), appId)
  const id = await policy({ grant: ['block'] })
  assert.equal((await people.graph('GET', `${policiesPath}/${id}`)).status, 200)
  const refused = await provokes(53003, {
    answer: await refreshWith(body['refresh_token']),
    error: 'invalid_grant',
    suberror: 'message_only',
  })
  assert.equal(refused['claims'], claimsOf([id]))
  await provokes(53003, {
    answer: await password('oauth2/token', { resource: 'https://graph.microsoft.com' }),
    error: 'interaction_required',
    suberror: 'message_only',
  })
  const silent = await open(browser, { prompt: 'none' })
  await provokes(53003, { redirect: silent.redirect, error: 'interaction_required' })
  await provokes(53003, { page: await open() })
  await people.graph('PATCH', `${policiesPath}/${id}`, { state: 'enabledForReportingButNotEnforced' })
  assert.equal((await refreshWith(body['refresh_token'])).status, 200, 'a report-only policy decides nothing')
})

test('AADSTS53003: a place is blocked by its addresses, and let in when it is trusted', async () => {
  const located = (address: string) => people.control('PATCH', `users/${login}`, { ipAddress: address })
  const made = await people.graph('POST', locationsPath, {
    '@odata.type': '#microsoft.graph.ipNamedLocation',
    displayName: 'Office',
    isTrusted: true,
    ipRanges: [
      { '@odata.type': '#microsoft.graph.iPv4CidrRange', cidrAddress: '198.51.100.0/24' },
      { '@odata.type': '#microsoft.graph.iPv6CidrRange', cidrAddress: '2001:db8:1::/48' },
    ],
  })
  const office = (await made.json()) as { id: string }
  await policy({
    grant: ['block'],
    conditions: { locations: { includeLocations: ['All'], excludeLocations: ['AllTrusted'] } },
  })
  await located('203.0.113.5')
  await provokes(53003, { page: await open() })
  for (const address of ['198.51.100.7', '2001:db8:1::5']) {
    await located(address)
    assert.ok((await open()).redirect, address)
  }
  assert.equal((await people.graph('GET', `${locationsPath}/${office.id}`)).status, 200)
  assert.equal(
    (await people.graph('PATCH', `${locationsPath}/${office.id}`, { isTrusted: false })).status,
    204,
  )
  await provokes(53003, { page: await open() })
  assert.equal((await people.graph('DELETE', `${locationsPath}/${office.id}`)).status, 204)
})

test('a policy reaches those it names by group, role and application, and leaves out whom it excludes', async () => {
  const userId = await idOf(login)
  const group = (await (
    await people.graph('POST', '/groups', {
      displayName: 'Travellers',
      mailNickname: 'travellers',
      mailEnabled: false,
      securityEnabled: true,
      'members@odata.bind': [`https://graph.microsoft.com/v1.0/directoryObjects/${userId}`],
    })
  ).json()) as { id: string }
  const apps = { includeApplications: ['All'] }
  const id = await policy({
    grant: ['block'],
    conditions: { users: { includeGroups: [group.id] }, applications: apps },
  })
  const change = (conditions: object) => people.graph('PATCH', `${policiesPath}/${id}`, { conditions })
  assert.equal((await open()).code, 53003)
  const users = { includeUsers: ['All'] }
  await change({ users: { ...users, excludeUsers: [userId] }, applications: apps })
  assert.ok((await open()).redirect)
  await change({ users: { includeRoles: ['fe930be7-5e62-47db-91af-98c3a49a38b1'] }, applications: apps })
  assert.ok((await open()).redirect)
  await people.control('PATCH', `users/${login}`, { roles: ['User Administrator'] })
  assert.equal((await open()).code, 53003)
  await change({
    users: { includeUsers: [userId] },
    applications: { includeApplications: [crypto.randomUUID()] },
  })
  assert.ok((await open()).redirect)
  await change({ users: { includeUsers: [userId] }, applications: { includeApplications: [appId] } })
  assert.equal((await open()).code, 53003)
  await change({ users: { includeUsers: [userId] }, applications: apps, clientAppTypes: ['browser'] })
  assert.ok((await open()).redirect, 'a native application is no browser')
  await change({ users: { includeUsers: ['GuestsOrExternalUsers'] }, applications: apps })
  assert.ok((await open()).redirect)
})

test('AADSTS50076 and 50079: a second factor that a policy asks for is asked on the page, and ends older grants', async () => {
  const browser = new Browser(people.tenant.origin)
  const { body } = await people.redeem(await open(browser), appId)
  const id = await policy({ grant: ['mfa'] })
  const basic = { error: 'interaction_required', suberror: 'basic_action' }
  const refused = await provokes(50076, { answer: await refreshWith(body['refresh_token']), ...basic })
  assert.equal(refused['claims'], claimsOf([id]))
  await provokes(50076, { answer: await password(), ...basic })
  const silent = await open(browser, { prompt: 'none' })
  await provokes(50076, { redirect: silent.redirect, error: 'interaction_required' })
  await people.control('PATCH', `users/${login}`, { mfaRegistered: false })
  await provokes(50079, { answer: await refreshWith(body['refresh_token']), ...basic })
  const none = await open(browser, { prompt: 'none' })
  await provokes(50079, { redirect: none.redirect, error: 'interaction_required' })
  await provokes(50079, { page: await open(browser), on: 'mfa-register' })
  assert.equal((await browser.submit({ register: 'next' })).name, 'mfa')
  const tokens = (await people.redeem(await browser.submit({ answer: 'approve' }), appId)).body
  assert.equal((await refreshWith(tokens['refresh_token'])).status, 200)
  assert.ok(
    (await open(browser, { prompt: 'none' })).redirect?.searchParams.get('code'),
    'the session knows it',
  )
})

test('AADSTS70043: with a sign-in frequency of an hour, refresh and session end after it, and the password is asked again', async () => {
  const browser = new Browser(people.tenant.origin)
  const { body } = await people.redeem(await open(browser), appId)
  await policy({ session: { signInFrequency: { isEnabled: true, value: 1, type: 'hours' } } })
  assert.equal((await refreshWith(body['refresh_token'])).status, 200)
  await advance(1.1)
  const refused = await provokes(70043, {
    answer: await refreshWith(body['refresh_token']),
    error: 'invalid_grant',
    suberror: 'token_expired',
  })
  assert.match(String(refused['error_description']), /maximum allowed lifetime for this request is 3600\./)
  const silent = await open(browser, { prompt: 'none' })
  await provokes(50058, { redirect: silent.redirect, error: 'login_required' })
  const again = await browser.open(people.authorize(appId))
  assert.equal(again.name, 'password')
  await browser.submit({ passwd: people.passwordOf(login) })
  const tokens = (await people.redeem(await browser.submit({ stay: 'no' }), appId)).body
  assert.equal((await refreshWith(tokens['refresh_token'])).status, 200)
})

test('AADSTS50078: a second factor that is older than the policy allows must be given again, without the password', async () => {
  await policy({
    grant: ['mfa'],
    session: {
      signInFrequency: {
        isEnabled: true,
        value: 4,
        type: 'hours',
        authenticationType: 'secondaryAuthentication',
      },
    },
  })
  const browser = new Browser(people.tenant.origin)
  assert.equal((await open(browser)).name, 'mfa')
  await browser.submit({ answer: 'approve' })
  await browser.submit({ stay: 'no' })
  const { body } = await people.redeem(await browser.submit({ decision: 'accept' }), appId)
  await advance(5)
  await provokes(50078, {
    answer: await refreshWith(body['refresh_token']),
    error: 'interaction_required',
    suberror: 'basic_action',
  })
  assert.equal((await browser.open(people.authorize(appId))).name, 'mfa')
  assert.ok((await browser.submit({ answer: 'approve' })).redirect)
})

test('AADSTS53000, 53001 and 530003: no device here is compliant or joined, and a device code is told so in its own words', async () => {
  const id = await policy({ grant: ['compliantDevice'] })
  await provokes(53000, { page: await open() })
  await provokes(53000, { answer: await password(), error: 'interaction_required' })
  const asked = await fetch(`${people.tenant.origin}/${people.tenant.tenantId}/oauth2/v2.0/devicecode`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: appId, scope: 'openid User.Read' }),
  })
  const { user_code: otc } = (await asked.json()) as { user_code: string }
  const browser = new Browser(people.tenant.origin)
  await browser.open('/devicelogin')
  await browser.submit({ otc })
  await browser.submit({ login })
  await provokes(530003, { page: await browser.submit({ passwd: people.passwordOf(login) }) })
  const grantControls = { operator: 'OR', builtInControls: ['domainJoinedDevice'] }
  await people.graph('PATCH', `${policiesPath}/${id}`, { grantControls })
  await provokes(53001, { page: await open() })
  const either = { operator: 'OR', builtInControls: ['compliantDevice', 'mfa'] }
  await people.graph('PATCH', `${policiesPath}/${id}`, { grantControls: either })
  assert.equal((await open()).name, 'mfa', 'with OR a second factor is enough')
})

test('a policy keeps browsers signed in, or never, without asking', async () => {
  for (const [mode, name] of [
    ['always', 'ESTSAUTHPERSISTENT'],
    ['never', 'ESTSAUTH'],
  ] as const) {
    login = await people.createUser()
    await policy({ session: { persistentBrowser: { isEnabled: true, mode } } })
    const browser = new Browser(people.tenant.origin)
    await browser.open(people.authorize(appId))
    await browser.submit({ login })
    assert.equal(
      (await browser.submit({ passwd: people.passwordOf(login) })).name,
      'consent',
      'not asked to stay',
    )
    assert.ok(browser.cookies.has(name))
    assert.equal(browser.cookies.has('ESTSAUTHPERSISTENT'), mode === 'always')
  }
})

test('policies that make no sense are refused, those that are not modelled answer 501 by name, and rights are asked for', async () => {
  const base = {
    displayName: 'x',
    state: 'enabled',
    conditions: { users: { includeUsers: ['All'] }, applications: { includeApplications: ['All'] } },
    grantControls: { operator: 'OR', builtInControls: ['mfa'] },
  }
  const send = async (o: object) => (await people.graph('POST', policiesPath, { ...base, ...o })).status
  assert.equal(await send({ displayName: '' }), 400)
  assert.equal(await send({ state: 'on' }), 400)
  assert.equal(await send({ conditions: { users: {}, applications: {} } }), 400)
  assert.equal(await send({ grantControls: null }), 400)
  assert.equal(await send({ grantControls: { operator: 'OR', builtInControls: ['block', 'mfa'] } }), 400)
  assert.equal(await send({ grantControls: { operator: 'OR', builtInControls: ['passwordChange'] } }), 501)
  assert.equal(await send({ conditions: { ...base.conditions, signInRiskLevels: ['high'] } }), 501)
  assert.equal(await send({ sessionControls: { cloudAppSecurity: { isEnabled: true } } }), 501)
  assert.equal(await send({ sessionControls: { signInFrequency: { value: 24, type: 'hours' } } }), 400)
  const place = (o: object) => people.graph('POST', locationsPath, { displayName: 'x', ...o })
  const type = '#microsoft.graph.ipNamedLocation'
  assert.equal((await place({ '@odata.type': type, ipRanges: [{ cidrAddress: '10.0.0.0/33' }] })).status, 400)
  assert.equal((await place({ '@odata.type': '#microsoft.graph.countryNamedLocation' })).status, 501)
  const { body } = await people.redeem(await open(), appId)
  const forbidden = await fetch(`${people.tenant.origin}/v1.0${policiesPath}`, {
    headers: { authorization: `Bearer ${String(body['access_token'])}` },
  })
  assert.equal(forbidden.status, 403)
})

test('the sign-in log says which policies were met and how: success, failure, report-only, not applied', async () => {
  const userId = await idOf(login)
  const mfa = await policy({ grant: ['mfa'] })
  const reported = await policy({ grant: ['block'], state: 'enabledForReportingButNotEnforced' })
  const others = await policy({
    grant: ['block'],
    conditions: { users: { includeUsers: [crypto.randomUUID()] } },
  })
  const rows = async () =>
    ((await people.control('GET', 'sign-ins')) as unknown as SignInRow[]).filter(
      (one) => one.userId === userId,
    )
  const results = (row: SignInRow | undefined) =>
    [mfa, reported, others].map(
      (id) => row?.appliedConditionalAccessPolicies.find((one) => one.id === id)?.result,
    )
  const browser = new Browser(people.tenant.origin)
  await open(browser)
  await browser.submit({ answer: 'approve' })
  await browser.submit({ stay: 'no' })
  await browser.submit({ decision: 'accept' })
  const passed = (await rows()).find((one) => one.status.errorCode === 0)
  assert.equal(passed?.conditionalAccessStatus, 'success')
  assert.deepEqual(results(passed), ['success', 'reportOnlyFailure', 'notApplied'])
  await people.graph('PATCH', `${policiesPath}/${reported}`, { state: 'enabled' })
  await provokes(53003, { page: await open() })
  const blocked = (await rows()).find((one) => one.status.errorCode === 53003)
  assert.equal(blocked?.conditionalAccessStatus, 'failure')
  assert.deepEqual(results(blocked)[1], 'failure')
})

interface SignInRow {
  readonly userId: string
  readonly status: { readonly errorCode: number }
  readonly conditionalAccessStatus: string
  readonly appliedConditionalAccessPolicies: readonly { readonly id: string; readonly result: string }[]
}
