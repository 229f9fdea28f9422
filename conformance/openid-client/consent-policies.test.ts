// What people may agree to, requests for an administrator's consent, and how long tokens live, as policies over Graph. entra.md section 8.3.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Browser, type People, redirectUri, startPeople } from '../../src/tenant/identity/person.fixture.ts'
import { provokes } from '../aadsts.ts'

const authorization = '/policies/authorizationPolicy'
const requestsPath = '/identityGovernance/appConsent/appConsentRequests'
const lifetimes = '/policies/tokenLifetimePolicies'
const ada = 'ada@contoso.example'
let people: People

before(async () => {
  people = await startPeople()
})
after(() => people.tenant.close())

const register = () => people.register({ publicClient: { redirectUris: [redirectUri] } })
const json = async (path: string): Promise<Record<string, unknown>> =>
  (await (await people.graph('GET', path)).json()) as Record<string, unknown>
async function open(appId: string, scope: string, browser = new Browser(people.tenant.origin)) {
  return people.signIn(browser, people.authorize(appId, { scope }), ada)
}
const assign = (names: string[]) =>
  people.graph('PATCH', authorization, {
    defaultUserRolePermissions: { permissionGrantPoliciesAssigned: names },
  })

test('authorizationPolicy decides what people may consent to: recommended, legacy, low, nothing', async () => {
  const { appId } = await register()
  const pageFor = async (scope: string) => (await open(appId, `openid ${scope}`)).name
  for (const [policy, mailRead, mailSend, userRead] of [
    ['microsoft-user-default-recommended', 'need-admin-approval', 'consent', 'consent'],
    ['microsoft-user-default-legacy', 'consent', 'consent', 'consent'],
    ['microsoft-user-default-low', 'need-admin-approval', 'need-admin-approval', 'consent'],
    [undefined, 'need-admin-approval', 'need-admin-approval', 'need-admin-approval'],
  ] as const) {
    const names = policy ? [`ManagePermissionGrantsForSelf.${policy}`] : []
    assert.equal((await assign(names)).status, 204)
    const { defaultUserRolePermissions: kept } = await json(authorization)
    assert.deepEqual((kept as Record<string, unknown>)['permissionGrantPoliciesAssigned'], names)
    assert.equal(await pageFor('Mail.Read'), mailRead, names.join())
    assert.equal(await pageFor('Mail.Send'), mailSend, names.join())
    assert.equal(await pageFor('User.Read'), userRead, names.join())
  }
  assert.equal((await assign(['ManagePermissionGrantsForSelf.our-own'])).status, 501)
  assert.equal((await assign('x' as unknown as string[])).status, 400)
  await assign(['ManagePermissionGrantsForSelf.microsoft-user-default-recommended'])
})

test('people register applications by themselves while authorizationPolicy lets them', async () => {
  const { appId } = await register()
  const browser = new Browser(people.tenant.origin)
  await people.graph('PATCH', '/policies/authorizationPolicy', {
    defaultUserRolePermissions: {
      permissionGrantPoliciesAssigned: ['ManagePermissionGrantsForSelf.microsoft-user-default-legacy'],
    },
  })
  const admin = people.authorize(appId, { scope: 'openid Application.ReadWrite.All' })
  await people.signIn(new Browser(people.tenant.origin), admin, 'admin@contoso.example')
  const graphs = (await json("/servicePrincipals?$filter=displayName eq 'Microsoft Graph'"))['value'] as {
    id: string
  }[]
  const own = (await json(`/servicePrincipals?$filter=appId eq '${appId}'`))['value'] as { id: string }[]
  await people.graph('POST', '/oauth2PermissionGrants', {
    clientId: own[0]!.id,
    consentType: 'AllPrincipals',
    resourceId: graphs[0]!.id,
    scope: 'openid Application.ReadWrite.All',
  })
  const { body } = await people.redeem(await open(appId, 'openid Application.ReadWrite.All', browser), appId)
  const create = async () =>
    (
      await fetch(`${people.tenant.origin}/v1.0/applications`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${String(body['access_token'])}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ displayName: 'Mine' }),
      })
    ).status
  assert.equal(await create(), 403)
  const letThem = { defaultUserRolePermissions: { allowedToCreateApps: true } }
  assert.equal((await people.graph('PATCH', authorization, letThem)).status, 204)
  assert.equal(await create(), 201)
  await people.graph('PATCH', authorization, { defaultUserRolePermissions: { allowedToCreateApps: false } })
})

test('AADSTS90095: where requests are taken, a person asks with a reason, an administrator sees it and approves', async () => {
  await assign(['ManagePermissionGrantsForSelf.microsoft-user-default-recommended'])
  const { appId } = await register()
  const policy = '/policies/adminConsentRequestPolicy'
  assert.equal((await json(policy))['isEnabled'], false)
  assert.equal((await people.graph('PUT', policy, { isEnabled: 'yes' })).status, 400)
  const wanted = {
    isEnabled: true,
    notifyReviewers: true,
    remindersEnabled: true,
    requestDurationInDays: 10,
    reviewers: [],
  }
  assert.equal((await people.graph('PUT', policy, wanted)).status, 204)
  assert.equal((await json(policy))['requestDurationInDays'], 10)
  const browser = new Browser(people.tenant.origin)
  const scope = 'openid offline_access Mail.Read'
  await provokes(90095, { page: await open(appId, scope, browser), on: 'approval-required' })
  assert.equal(
    (await browser.submit({ request: 'send', reason: ' ' })).name,
    'approval-required',
    'a reason is needed',
  )
  const sent = await browser.submit({ request: 'send', reason: 'I read <invoices>' })
  assert.equal(sent.name, 'approval-sent')
  await open(appId, scope, browser)
  const cancelled = await browser.submit({ request: 'cancel', reason: '' })
  assert.equal(cancelled.redirect?.searchParams.get('error'), 'access_denied')
  const listed = (await json(requestsPath))['value'] as {
    id: string
    appId: string
    pendingScopes: { displayName: string }[]
  }[]
  const [asked] = listed.filter((one) => one.appId === appId)
  assert.ok(asked!.pendingScopes.some((one) => one.displayName === 'Mail.Read'))
  assert.equal((await json(`${requestsPath}/${asked!.id}`))['appId'], appId)
  const ofUsers = `${requestsPath}/${asked!.id}/userConsentRequests`
  const [request] = (await json(ofUsers))['value'] as {
    id: string
    reason: string
    status: string
    createdBy: { user: { userPrincipalName: string } }
  }[]
  assert.deepEqual(
    [request!.reason, request!.status, request!.createdBy.user.userPrincipalName],
    ['I read <invoices>', 'InProgress', ada],
  )
  const stage = `${ofUsers}/${request!.id}/approval/stages/${request!.id}`
  assert.equal((await people.graph('PATCH', stage, { reviewResult: 'Perhaps' })).status, 400)
  assert.equal(
    (await people.graph('PATCH', stage, { reviewResult: 'Approve', justification: 'fine' })).status,
    204,
  )
  assert.equal((await json(`${ofUsers}/${request!.id}`))['status'], 'Completed')
  assert.equal((await people.graph('PATCH', stage, { reviewResult: 'Deny' })).status, 400, 'decided already')
  assert.ok((await open(appId, scope)).redirect?.searchParams.get('code'))
  await people.graph('PUT', policy, { ...wanted, isEnabled: false })
})

test('a token lifetime policy shortens and lengthens access tokens of the application it is assigned to', async () => {
  const app = await register()
  const definition = (life: string) => [
    JSON.stringify({ TokenLifetimePolicy: { Version: 1, AccessTokenLifetime: life } }),
  ]
  const make = (life: string, more: object = {}) =>
    people.graph('POST', lifetimes, { displayName: 'Lives', definition: definition(life), ...more })
  assert.equal((await make('00:09:59')).status, 400)
  assert.equal((await make('1.00:00:01')).status, 400)
  assert.equal((await people.graph('POST', lifetimes, { displayName: 'x', definition: ['{'] })).status, 400)
  const policy = (await (await make('00:10:00')).json()) as { id: string }
  const refs = `/applications/${app.id}/tokenLifetimePolicies`
  const link = { '@odata.id': `https://graph.microsoft.com/v1.0/policies/tokenLifetimePolicies/${policy.id}` }
  assert.equal((await people.graph('POST', `${refs}/$ref`, link)).status, 204)
  assert.equal(
    (await people.graph('POST', `${refs}/$ref`, link)).status,
    400,
    'one policy for an application',
  )
  assert.deepEqual(
    ((await json(refs))['value'] as { id: string }[]).map((one) => one.id),
    [policy.id],
  )
  const browser = new Browser(people.tenant.origin)
  const life = async () => {
    const shown = await open(app.appId, 'openid User.Read', browser)
    const end = shown.redirect ? shown : await browser.submit({ decision: 'accept' })
    return (await people.redeem(end, app.appId)).body['expires_in']
  }
  assert.equal(await life(), 600)
  assert.equal(
    (await people.graph('PATCH', `${lifetimes}/${policy.id}`, { definition: definition('23:59:59') })).status,
    204,
  )
  assert.equal(await life(), 86_399)
  assert.equal((await json(`${lifetimes}/${policy.id}`))['id'], policy.id)
  assert.equal((await people.graph('DELETE', `${refs}/${policy.id}/$ref`)).status, 204)
  const usual = Number(await life())
  assert.ok(usual >= 3_600 && usual <= 5_400, String(usual))
  assert.equal((await people.graph('DELETE', `${lifetimes}/${policy.id}`)).status, 204)
  assert.deepEqual((await json(lifetimes))['value'], [])
})
