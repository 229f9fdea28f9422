// Device code: openid-client polls, a person types the code at /devicelogin. entra.md section 5.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as client from 'openid-client'
import { provokes } from '../aadsts.ts'
import { jsonOf, type Lab, startLab, walk, type WalkEnd } from './lab.ts'

const ada = 'ada@contoso.example'
const scope = 'openid profile offline_access User.Read Mail.Send'
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'
let lab: Lab
let appId: string

before(async () => {
  lab = await startLab()
  ;({ appId } = await lab.register({ isFallbackPublicClient: true }))
})
after(() => lab.tenant.close())

const post = (path: string, form: Record<string, string>): Promise<Response> =>
  fetch(`${lab.tenant.origin}/${lab.tenant.tenantId}/oauth2/${path}`, {
    method: 'POST',
    body: new URLSearchParams(form),
  })

async function begin(clientId = appId): Promise<{ user_code: string; device_code: string }> {
  return (await jsonOf(await post('v2.0/devicecode', { client_id: clientId, scope }))) as {
    user_code: string
    device_code: string
  }
}

const poll = (deviceCode: string, clientId = appId): Promise<Response> =>
  post('v2.0/token', { grant_type: deviceGrant, client_id: clientId, device_code: deviceCode })

const type = (userCode: string, o: { confirm?: 'cancel'; decision?: 'cancel' } = {}): Promise<WalkEnd> =>
  walk(`${lab.tenant.origin}/devicelogin`, { ...lab.person(ada), userCode, ...o })

async function assertRefused(answer: Response, o: { code?: number; error: string; status?: number }) {
  const { code, ...shape } = o
  if (code !== undefined) return provokes(code, { answer, ...shape })
  const body = (await answer.json()) as Record<string, unknown>
  assert.deepEqual([body['error'], body['error_codes'], answer.status], [o.error, [], 400])
  return body
}

test('openid-client signs in with a device code while the person types it', async () => {
  const config = await lab.configuration(appId)
  const begun = await client.initiateDeviceAuthorization(config, { scope })
  assert.equal(begun.verification_uri, 'https://microsoft.com/devicelogin')
  assert.match(begun.user_code, /^[A-Z0-9]{9}$/)
  assert.deepEqual([begun.expires_in, begun.interval], [900, 5])
  assert.equal(
    begun['message'],
    `To sign in, use a web browser to open the page https://microsoft.com/devicelogin and enter the code ${begun.user_code} to authenticate.`,
  )
  assert.equal(begun.verification_uri_complete, undefined)
  const polling = client.pollDeviceAuthorizationGrant(config, { ...begun, interval: 0.05 })
  assert.equal((await type(begun.user_code)).page, 'device-done')
  const tokens = await polling
  assert.equal(tokens.claims()!['preferred_username'], ada)
  const again = await client.refreshTokenGrant(config, tokens.refresh_token!)
  assert.equal((await lab.graph('GET', '/me', undefined, again.access_token)).status, 200)
})

test('until the person is done the answer is authorization_pending, 70016; afterwards the code works once', async () => {
  const begun = await begin()
  await assertRefused(await poll(begun.device_code), { code: 70016, error: 'authorization_pending' })
  assert.equal((await type(begun.user_code.toLowerCase())).page, 'device-done')
  assert.equal((await poll(begun.device_code)).status, 200)
  await assertRefused(await poll(begun.device_code), { code: 54005, error: 'invalid_grant' })
})

test('the older spelling of the grant and version 1 of both endpoints work, with numbers as texts', async () => {
  const first = await begin()
  await type(first.user_code)
  const older = await post('v2.0/token', {
    grant_type: 'device_code',
    client_id: appId,
    device_code: first.device_code,
  })
  assert.equal(older.status, 200)
  const resource = 'https://graph.microsoft.com'
  const begun = await jsonOf(await post('devicecode', { client_id: appId, resource }))
  assert.equal(begun['verification_url'], 'https://microsoft.com/devicelogin')
  assert.equal(begun['expires_in'], '900')
  await type(String(begun['user_code']))
  const tokens = await jsonOf(
    await post('token', {
      grant_type: 'device_code',
      client_id: appId,
      resource,
      code: String(begun['device_code']),
    }),
  )
  assert.equal(tokens['resource'], resource)
  assert.equal(typeof tokens['expires_in'], 'string')
  assert.ok(Number(tokens['expires_on']) * 1_000 > Date.now())
  assert.ok(tokens['refresh_token'])
  assert.ok(String(tokens['scope']).split(' ').includes('Mail.Send'))
  assert.equal((await lab.graph('GET', '/me', undefined, String(tokens['access_token']))).status, 200)
})

test('a person who cancels the consent, or says that it was not meant, declines: authorization_declined', async () => {
  const fresh = await lab.register({ isFallbackPublicClient: true })
  const first = await begin(fresh.appId)
  assert.equal((await type(first.user_code, { decision: 'cancel' })).page, 'device-declined')
  await assertRefused(await poll(first.device_code, fresh.appId), { error: 'authorization_declined' })
  const second = await begin()
  assert.equal((await type(second.user_code, { confirm: 'cancel' })).page, 'device-declined')
  await assertRefused(await poll(second.device_code), { error: 'authorization_declined' })
})

test('a wrong code is told beside the input, 70018; so is a device code of another client', async () => {
  const end = await type('AAAAAAAAA')
  assert.deepEqual([end.page, end.code], ['device-code', '70018'])
  await assertRefused(await poll('nonsense'), { code: 70018, error: 'bad_verification_code' })
  const other = await lab.register({ isFallbackPublicClient: true })
  const begun = await begin()
  await assertRefused(await poll(begun.device_code, other.appId), {
    code: 70018,
    error: 'bad_verification_code',
  })
})

test('after fifteen minutes both the page and the answer say that the code has expired, 70020', async () => {
  const begun = await begin()
  await lab.control('POST', 'clock', { advanceMs: 901_000 })
  await assertRefused(await poll(begun.device_code), { code: 70020, error: 'expired_token' })
  assert.equal((await type(begun.user_code)).code, '70020')
  await lab.control('POST', 'clock', { nowMs: Date.now() })
})

test('a client that does not allow public flows hears 7000218 after the person is done', async () => {
  const web = await lab.register({ web: { redirectUris: ['https://bot.contoso.example/cb'] } })
  const begun = await begin(web.appId)
  await assertRefused(await poll(begun.device_code, web.appId), {
    code: 70016,
    error: 'authorization_pending',
  })
  await type(begun.user_code)
  await assertRefused(await poll(begun.device_code, web.appId), {
    code: 7000218,
    error: 'invalid_client',
    status: 401,
  })
})

test('a device code without scope, with a wrong one or for an unknown client is refused', async () => {
  await assertRefused(await post('v2.0/devicecode', { client_id: appId }), {
    code: 900144,
    error: 'invalid_request',
  })
  await assertRefused(await post('v2.0/devicecode', { client_id: appId, scope: 'Nonsense.Read' }), {
    code: 70011,
    error: 'invalid_scope',
  })
  await assertRefused(
    await post('v2.0/devicecode', { client_id: '11111111-2222-3333-4444-555555555555', scope }),
    { code: 700016, error: 'unauthorized_client' },
  )
})

test('another browser cannot finish a sign-in, and the code on its way back is of no use elsewhere', async () => {
  const begun = await begin()
  const { origin } = lab.tenant
  const entered = await fetch(`${origin}/devicelogin`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ otc: begun.user_code }),
  })
  const start = new URL(entered.headers.get('location')!, origin)
  const returnUri = start.searchParams.get('redirect_uri')!
  const elsewhere = await fetch(`${returnUri}?code=1.x`)
  assert.match(await elsewhere.text(), /AADSTS90013/)
  const forged = new URL(start)
  forged.searchParams.set('redirect_uri', `${returnUri}x`)
  assert.equal((await walk(forged.href, lab.person(ada))).code, '50011')
  await assertRefused(await poll(begun.device_code), { code: 70016, error: 'authorization_pending' })
  const crossSite = await fetch(`${origin}/devicelogin`, {
    method: 'POST',
    headers: { 'sec-fetch-site': 'cross-site' },
    body: new URLSearchParams({ otc: begun.user_code }),
  })
  assert.match(await crossSite.text(), /AADSTS90013/)
})

test('the page for the code is at each of its addresses', async () => {
  const { origin } = lab.tenant
  for (const path of ['/devicelogin', '/deviceloginus', '/device', '/common/oauth2/deviceauth'])
    assert.match(await (await fetch(origin + path)).text(), /data-page="device-code"/, path)
})
