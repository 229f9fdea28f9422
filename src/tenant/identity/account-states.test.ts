// How an account stands, on the pages and at the token endpoint. Expectations: entra.md sections 2.2, 4.3 and 6.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Browser, redirectUri, startPeople, type Application, type People } from './person.fixture.ts'

let people: People
let bot: Application
before(async () => {
  people = await startPeople()
  bot = await people.register({ publicClient: { redirectUris: [redirectUri] } })
})
after(() => people.tenant.close())

const browse = (): Browser => new Browser(people.tenant.origin)
const set = (login: string, body: object) => people.control('PATCH', `users/${login}`, body)

/** Signs in, consents, and redeems the code; also answers the second factor where one is asked for. */
async function tokensOf(login: string, browser = browse()): Promise<Record<string, unknown>> {
  let shown = await people.signIn(browser, people.authorize(bot.appId), login)
  if (shown.name === 'mfa') shown = await browser.submit({ answer: 'approve' })
  if (shown.name === 'stay-signed-in') shown = await browser.submit({ stay: 'no' })
  if (shown.name === 'consent') shown = await browser.submit({ decision: 'accept' })
  const { body } = await people.redeem(shown, bot.appId)
  assert.ok(body['access_token'], `${shown.name} ${JSON.stringify(body)}`)
  return body
}
const refresh = (tokens: Record<string, unknown>) =>
  people.token({
    client_id: bot.appId,
    grant_type: 'refresh_token',
    refresh_token: String(tokens['refresh_token']),
  })
const claimsOf = (tokens: Record<string, unknown>) =>
  JSON.parse(Buffer.from(String(tokens['access_token']).split('.')[1]!, 'base64url').toString()) as Record<
    string,
    unknown
  >

test('AADSTS50057: a disabled account stays on the page, and its refresh token and session are of no use', async () => {
  const login = await people.createUser()
  const browser = browse()
  const tokens = await tokensOf(login, browser)
  await set(login, { accountEnabled: false })
  const shown = await people.signIn(browse(), people.authorize(bot.appId), login)
  assert.deepEqual([shown.name, shown.code], ['error', 50057])
  assert.equal((await browser.open(people.authorize(bot.appId))).code, 50057)
  assert.deepEqual((await refresh(tokens)).body['error_codes'], [50057])
})

test('AADSTS50055: an expired password is changed on the page, and the sign-in goes on', async () => {
  const login = await people.createUser({ passwordState: 'expired' })
  const browser = browse()
  const page = await people.signIn(browser, people.authorize(bot.appId), login)
  assert.deepEqual([page.name, page.code], ['change-password', 50055])
  const oldpasswd = people.passwordOf(login)
  const change = (wanted: string, confirm = wanted, current = oldpasswd) =>
    browser.submit({ oldpasswd: current, newpasswd: wanted, confirmnewpasswd: confirm })
  assert.equal((await change('short')).name, 'change-password')
  assert.equal((await change(oldpasswd)).name, 'change-password')
  assert.equal((await change('correct horse', 'correct house')).name, 'change-password')
  assert.equal((await change('correct horse', 'correct horse', 'not the current')).code, 50126)
  assert.equal((await change('correct horse')).name, 'stay-signed-in')
  assert.equal((await browser.submit({ stay: 'no' })).name, 'consent')
  const again = await browse().open(people.authorize(bot.appId, { login_hint: login }))
  assert.equal(again.name, 'password')
})

test('AADSTS50055: a password that must be changed is refused by the password grant with user_password_expired', async () => {
  const native = await people.register({ isFallbackPublicClient: true })
  const login = await people.createUser({ passwordState: 'must-change' })
  const { body, status } = await people.token({
    client_id: native.appId,
    grant_type: 'password',
    username: login,
    password: people.passwordOf(login),
    scope: 'openid',
  })
  assert.equal(status, 400)
  assert.deepEqual(
    [body['error'], body['suberror'], body['error_codes']],
    ['invalid_grant', 'user_password_expired', [50055]],
  )
})

test('AADSTS50053: ten wrong passwords lock the account for a minute, the right password included', async () => {
  const login = await people.createUser()
  const browser = browse()
  await browser.open(people.authorize(bot.appId, { login_hint: login }))
  for (let n = 0; n < 10; n++)
    assert.equal((await browser.submit({ passwd: `wrong ${n}` })).code, 50126, String(n))
  assert.equal((await browser.submit({ passwd: people.passwordOf(login) })).code, 50053)
  await people.control('POST', 'clock', { advanceMs: 61_000 })
  assert.equal((await browser.submit({ passwd: people.passwordOf(login) })).name, 'stay-signed-in')
})

test('smart lockout does not count the same wrong password again', async () => {
  const login = await people.createUser()
  const browser = browse()
  await browser.open(people.authorize(bot.appId, { login_hint: login }))
  for (let n = 0; n < 12; n++) assert.equal((await browser.submit({ passwd: 'the old one' })).code, 50126)
  assert.equal((await browser.submit({ passwd: people.passwordOf(login) })).name, 'stay-signed-in')
})

test('an account locked by hand stays locked until it is unlocked', async () => {
  const login = await people.createUser({ locked: true })
  const browser = browse()
  await browser.open(people.authorize(bot.appId, { login_hint: login }))
  assert.equal((await browser.submit({ passwd: people.passwordOf(login) })).code, 50053)
  await set(login, { locked: false })
  assert.equal((await browser.submit({ passwd: people.passwordOf(login) })).name, 'stay-signed-in')
})

test('a second factor is approved, denied, not answered, or given as a code; the token says mfa', async () => {
  const login = await people.createUser({ mfaRequired: true })
  const browser = browse()
  const page = await people.signIn(browser, people.authorize(bot.appId), login)
  assert.equal(page.name, 'mfa')
  assert.match(page.main.querySelector('.number')!.text, /^\d\d$/)
  for (const answer of ['deny', 'timeout'])
    assert.equal((await browser.submit({ answer })).code, 500121, answer)
  assert.equal((await browser.submit({ answer: 'other' })).name, 'mfa-code')
  assert.equal((await browser.submit({ otc: '000000' })).code, 500121)
  assert.equal((await browser.submit({ otc: '135790' })).name, 'stay-signed-in')
  assert.deepEqual(claimsOf(await tokensOf(login))['amr'], ['pwd', 'mfa'])
})

test('AADSTS50079: a person without a second factor registers one on the page first', async () => {
  const login = await people.createUser({ mfaRequired: true, mfaRegistered: false })
  const browser = browse()
  const page = await people.signIn(browser, people.authorize(bot.appId), login)
  assert.deepEqual([page.name, page.code], ['mfa-register', 50079])
  const { url, body } = browser.formOf({ register: 'next' })
  body.set('step', 'mfa-code')
  body.set('otc', '135790')
  assert.equal((await browser.open(url, { method: 'POST', body })).name, 'error', 'it cannot be passed over')
  await people.signIn(browser, people.authorize(bot.appId), login)
  assert.equal((await browser.submit({ register: 'next' })).name, 'mfa')
  const refused = browse()
  await set(login, { mfaRegistered: false })
  await people.signIn(refused, people.authorize(bot.appId), login)
  const back = await refused.submit({ register: 'cancel' })
  assert.equal(back.redirect?.searchParams.get('error_subcode'), 'cancel')
})

test('AADSTS50076 and 50079: a second factor asked for later ends the refresh tokens that were issued without', async () => {
  const login = await people.createUser()
  const browser = browse()
  const tokens = await tokensOf(login, browser)
  await set(login, { mfaRequired: true })
  const { body, status } = await refresh(tokens)
  assert.equal(status, 400)
  assert.deepEqual(
    [body['error'], body['suberror'], body['error_codes']],
    ['interaction_required', 'basic_action', [50076]],
  )
  const silent = await browser.open(people.authorize(bot.appId, { prompt: 'none' }))
  assert.equal(silent.redirect?.searchParams.get('error'), 'interaction_required')
  assert.match(silent.redirect!.searchParams.get('error_description')!, /^AADSTS50076: /)
  await set(login, { mfaRegistered: false })
  assert.deepEqual((await refresh(tokens)).body['error_codes'], [50079])
  await set(login, { mfaRegistered: true })
  assert.equal((await browser.open(people.authorize(bot.appId))).name, 'mfa', 'the session is asked too')
  assert.equal((await refresh(await tokensOf(login))).status, 200)
})

test('AADSTS50173: revoked sessions and a new password end refresh tokens and sessions with bad_token', async () => {
  for (const revoke of ['revoke', 'password'] as const) {
    const login = await people.createUser()
    const browser = browse()
    const tokens = await tokensOf(login, browser)
    if (revoke === 'revoke') await people.control('POST', `users/${login}/revoke`)
    else await set(login, { password: 'a new password' })
    const { body } = await refresh(tokens)
    assert.deepEqual(
      [body['error'], body['suberror'], body['error_codes']],
      ['invalid_grant', 'bad_token', [50173]],
      revoke,
    )
    assert.equal((await browser.open(people.authorize(bot.appId))).name, 'sign-in', revoke)
  }
})

test('a confidential client’s refresh token survives a change of the password, not a revocation', async () => {
  const uri = 'https://bot.contoso.example/cb'
  const web = await people.register({ web: { redirectUris: [uri] } })
  const secret = (await (
    await people.graph('POST', `/applications/${web.id}/addPassword`, {
      passwordCredential: { displayName: 'one' },
    })
  ).json()) as { secretText: string }
  const login = await people.createUser()
  const browser = browse()
  await people.signIn(browser, people.authorize(web.appId, { redirect_uri: uri }), login)
  const back = await browser.submit({ decision: 'accept' })
  const client = { client_id: web.appId, client_secret: secret.secretText }
  const { body } = await people.token({
    ...client,
    grant_type: 'authorization_code',
    redirect_uri: uri,
    code: back.redirect!.searchParams.get('code')!,
    code_verifier: people.verifier,
  })
  const again = () =>
    people.token({ ...client, grant_type: 'refresh_token', refresh_token: String(body['refresh_token']) })
  await set(login, { password: 'a new password' })
  assert.equal((await again()).status, 200)
  await people.control('POST', `users/${login}/revoke`)
  assert.deepEqual((await again()).body['error_codes'], [50173])
})

test('a person without a mailbox signs in, and mail answers that there is none', async () => {
  const login = await people.createUser({ mailboxKind: 'none' })
  await people.control('PATCH', 'settings', { userConsent: 'legacy' })
  const browser = browse()
  await people.signIn(browser, people.authorize(bot.appId, { scope: 'openid Mail.Read' }), login)
  const { body } = await people.redeem(await browser.submit({ decision: 'accept' }), bot.appId)
  await people.control('PATCH', 'settings', { userConsent: 'microsoft-managed' })
  const reply = await fetch(`${people.tenant.origin}/v1.0/me/messages`, {
    headers: { authorization: `Bearer ${String(body['access_token'])}` },
  })
  assert.equal(reply.status, 404)
  assert.equal(
    ((await reply.json()) as { error: { code: string } }).error.code,
    'MailboxNotEnabledForRESTAPI',
  )
})

test('an account state is kept, shown by the control API, and refused when it makes no sense', async () => {
  const login = await people.createUser({ mfaRequired: true, userType: 'Guest', passwordState: 'expired' })
  const users = (await people.control('GET', 'users')) as unknown as Record<string, unknown>[]
  const one = users.find((user) => user['userPrincipalName'] === login)!
  assert.deepEqual(
    [one['mfaRequired'], one['userType'], one['passwordState'], one['locked']],
    [true, 'Guest', 'expired', false],
  )
  for (const body of [
    { passwordState: 'old' },
    { ipAddress: 'here' },
    { locked: 1 },
    { id: 'x' },
    { password: '' },
  ])
    assert.ok('error' in (await set(login, body)), JSON.stringify(body))
})
