// Refresh tokens and long access tokens: CAE, revocation, single use as a setting, single-page applications, the family. entra.md 4.2, 4.3, 7.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as client from 'openid-client'
import { provokes } from '../aadsts.ts'
import { type Lab, redirectUri, startLab, type Tokens, walk } from './lab.ts'

const ada = 'ada@contoso.example'
const azureCli = '04b07795-8ddb-461a-bbee-02f9e1bf7b46'
const capable = JSON.stringify({
  access_token: { xms_cc: { values: ['CP1'] } },
  id_token: { signin_state: { essential: false } },
})
let lab: Lab
let config: client.Configuration

before(async () => {
  lab = await startLab()
  const { appId } = await lab.register({ publicClient: { redirectUris: [redirectUri] } })
  config = await lab.configuration(appId)
})
after(() => lab.tenant.close())

async function signIn(parameters: Record<string, string> = {}, login = ada): Promise<Tokens> {
  const signedIn = await lab.signIn({ config, person: lab.person(login) })
  const checks = {
    pkceCodeVerifier: signedIn.verifier,
    expectedState: signedIn.state,
    expectedNonce: signedIn.nonce,
  }
  return client.authorizationCodeGrant(config, signedIn.redirect!, checks, parameters)
}

const refresh = (token: string | undefined, parameters: Record<string, string> = {}): Promise<Tokens> =>
  client.refreshTokenGrant(config, token!, parameters)

const claimsOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>

const assertCode = (
  work: Promise<unknown>,
  { code, error = 'invalid_grant', ...o }: { code: number; error?: string; suberror?: string },
) => provokes(code, { thrownBy: work, error, ...o })

const revokeSessions = async (login: string): Promise<void> => {
  const path = `/users/${login}/revokeSignInSessions`
  const scope = 'openid profile offline_access User.ReadWrite.All User.RevokeSessions.All'
  const admin = await lab.configuration('14d82eec-204b-4c2f-b7e8-296a70dab67e')
  const person = lab.person('admin@contoso.example')
  const end = await lab.signIn({ config: admin, person, scope, redirectUri: 'http://localhost' })
  const tokens = await client.authorizationCodeGrant(admin, end.redirect!, {
    pkceCodeVerifier: end.verifier,
    expectedState: end.state,
    expectedNonce: end.nonce,
  })
  const reply = await lab.graph('POST', path, {}, tokens.access_token)
  assert.ok(reply.ok, await reply.text())
}

test('a client that says cp1 gets a token of 20 to 28 hours, with refresh_in at half its life', async () => {
  const tokens = await signIn({ claims: capable })
  assert.ok(tokens.expires_in! >= 72_000 && tokens.expires_in! < 100_800)
  assert.equal(tokens['refresh_in'], Math.floor(Number(tokens.expires_in) / 2))
  assert.deepEqual(claimsOf(tokens.access_token)['xms_cc'], ['cp1'])
  const short = await refresh(tokens.refresh_token)
  assert.ok(short.expires_in! < 5_400)
  assert.equal(short['refresh_in'], undefined)
  assert.equal(claimsOf(short.access_token)['xms_cc'], undefined)
})

test('after a revocation Graph challenges a long token, leaves a short one, and the refresh is 50173', async () => {
  const [long, short] = [await signIn({ claims: capable }), await signIn()]
  assert.equal((await lab.graph('GET', '/me', undefined, long.access_token)).status, 200)
  await revokeSessions(ada)
  const challenged = await lab.graph('GET', '/me', undefined, long.access_token)
  assert.equal(challenged.status, 401)
  const header = challenged.headers.get('www-authenticate')!
  assert.match(header, /error="insufficient_claims"/)
  const claims = Buffer.from(/claims="([^"]+)"/.exec(header)![1]!, 'base64').toString()
  const { nbf } = (JSON.parse(claims) as { access_token: { nbf: { essential: boolean; value: string } } })
    .access_token
  assert.equal(nbf.essential, true)
  assert.match(nbf.value, /^\d{10}$/)
  const body = (await challenged.json()) as { error: { message: string } }
  assert.match(body.error.message, /TokenIssuedBeforeRevocationTimestamp$/)
  assert.equal((await lab.graph('GET', '/me', undefined, short.access_token)).status, 200)
  await assertCode(refresh(long.refresh_token, { claims }), { code: 50173, suberror: 'bad_token' })
  const again = await signIn({ claims: capable })
  assert.equal((await lab.graph('GET', '/me', undefined, again.access_token)).status, 200)
})

test('AADSTS90023: claims that are not JSON are refused', async () => {
  const tokens = await signIn()
  for (const claims of ['{', '7', 'null'])
    await assertCode(refresh(tokens.refresh_token, { claims }), { code: 90023, error: 'invalid_request' })
})

test('as a setting each refresh token works once, and its second use ends the sign-in', async () => {
  const tokens = await signIn()
  await lab.control('PATCH', 'settings', { singleUseRefreshTokens: true })
  try {
    const second = await refresh(tokens.refresh_token)
    const third = await refresh(second.refresh_token)
    await assertCode(refresh(tokens.refresh_token), { code: 70000, suberror: 'bad_token' })
    await assertCode(refresh(third.refresh_token), { code: 70000, suberror: 'bad_token' })
    const other = await signIn()
    assert.ok((await refresh(other.refresh_token)).access_token, 'another sign-in goes on')
  } finally {
    await lab.control('PATCH', 'settings', { singleUseRefreshTokens: false })
  }
})

test('a single-page application’s refresh token ends 24 hours after the sign-in, its successors too: 700084', async (t) => {
  const uri = 'https://spa.contoso.example/'
  const { appId } = await lab.register({ spa: { redirectUris: [uri] } })
  const own = await lab.configuration(appId)
  own[client.customFetch] = (url, options) =>
    fetch(url, {
      ...options,
      headers: { ...options.headers, origin: 'https://spa.contoso.example' },
    } as RequestInit)
  const end = await lab.signIn({ config: own, person: lab.person(ada), redirectUri: uri })
  t.after(() => lab.control('POST', 'clock', { nowMs: Date.now() }))
  const tokens = await client.authorizationCodeGrant(own, end.redirect!, {
    pkceCodeVerifier: end.verifier,
    expectedState: end.state,
    expectedNonce: end.nonce,
  })
  assert.equal(tokens['refresh_token_expires_in'], 86_400)
  await lab.control('POST', 'clock', { advanceMs: 20 * 3_600_000 })
  // Without openid: openid-client would refuse an ID token of tomorrow.
  const scope = { scope: 'offline_access User.Read' }
  const next = await client.refreshTokenGrant(own, tokens.refresh_token!, scope)
  const left = Number(next['refresh_token_expires_in'])
  assert.ok(left > 14_000 && left <= 14_400, String(left))
  await lab.control('POST', 'clock', { advanceMs: 5 * 3_600_000 })
  await assertCode(client.refreshTokenGrant(own, next.refresh_token!), { code: 700084 })
})

test('Azure CLI’s answers say that its refresh token is the family’s; those of other clients do not', async () => {
  const cli = await lab.configuration(azureCli)
  const scope = 'https://graph.microsoft.com/.default openid profile offline_access'
  const begun = await client.initiateDeviceAuthorization(cli, { scope })
  const polling = client.pollDeviceAuthorizationGrant(cli, { ...begun, interval: 0.05 })
  await walk(`${lab.tenant.origin}/devicelogin`, { ...lab.person(ada), userCode: begun.user_code })
  const tokens = await polling
  assert.equal(tokens['foci'], '1')
  assert.equal((await signIn())['foci'], undefined)
  await assertCode(refresh(tokens.refresh_token), { code: 70000, suberror: 'client_mismatch' })
})

test('client_info names the person by object and tenant id, where it was asked for', async () => {
  const tokens = await signIn({ client_info: '1' })
  const info = JSON.parse(Buffer.from(String(tokens['client_info']), 'base64url').toString()) as object
  assert.deepEqual(info, { uid: tokens.claims()!['oid'], utid: lab.tenant.tenantId })
})
