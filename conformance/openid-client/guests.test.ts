// Guests: invited into one organisation, their password in another. entra.md sections 4.3, 6 and 7; Graph "Create invitation".
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeJwt } from 'jose'
import { provokes } from '../aadsts.ts'
import { jsonOf } from './lab.ts'
import { startTwoTenants, type TwoTenants } from './two-tenants.ts'

let lab: TwoTenants
before(async () => {
  lab = await startTwoTenants()
})
after(() => lab[Symbol.asyncDispose]())

const invitation = (address: string) => ({
  invitedUserEmailAddress: address,
  inviteRedirectUrl: 'https://myapps.microsoft.com',
})
async function invite(address: string): Promise<string> {
  const made = await jsonOf(await lab.fabrikam.graph('POST', '/invitations', invitation(address)))
  return String((made['invitedUser'] as { id: string }).id)
}
const ask = (token: string, path: string, method = 'GET') =>
  fetch(`${lab.tenant.origin}/v1.0${path}`, { method, headers: { authorization: `Bearer ${token}` } })

test('AADSTS50020, 16000 and 90072: who was never invited stays outside, in each way of asking', async () => {
  const { contoso, fabrikam } = lab
  const clientId = await lab.register('AzureADMultipleOrgs')
  const grace = contoso.person('grace')
  const cookies = new Map<string, string>()
  const home = await lab.tokens({ clientId, person: grace, at: contoso.id, cookies })
  await lab.tokens({ clientId, person: fabrikam.person('dave'), at: fabrikam.id })
  await provokes(50020, { page: await lab.signIn({ clientId, person: grace, at: fabrikam.id }) })
  const silent = await lab.signIn({
    clientId,
    person: grace,
    at: fabrikam.id,
    cookies,
    parameters: { prompt: 'none' },
  })
  await provokes(16000, { redirect: silent.redirect, error: 'interaction_required' })
  const answer = await lab.ask(fabrikam.id, {
    client_id: clientId,
    grant_type: 'refresh_token',
    refresh_token: home.refresh_token!,
  })
  await provokes(90072, { answer, error: 'invalid_grant' })
})

test('a guest is invited, signs in with the password of home, and the tokens say whose they are', async () => {
  const { contoso, fabrikam } = lab
  const clientId = await lab.register('AzureADMultipleOrgs')
  const ada = contoso.person('ada')
  const home = contoso.users.find((one) => one.userPrincipalName === ada.login)!
  const guestId = await invite(ada.login)
  assert.equal(await invite(ada.login), guestId, 'invited again, the same')
  const shown = async () =>
    jsonOf(
      await fabrikam.graph(
        'GET',
        `/users/${guestId}?$select=userPrincipalName,mail,userType,externalUserState,creationType`,
      ),
    )
  const { '@odata.context': _, ...before } = await shown()
  assert.deepEqual(before, {
    userPrincipalName: 'ada_contoso.example#EXT#@fabrikam.onmicrosoft.com',
    mail: 'ada@contoso.example',
    userType: 'Guest',
    externalUserState: 'PendingAcceptance',
    creationType: 'Invitation',
  })
  const tokens = await lab.tokens({
    clientId,
    person: ada,
    at: fabrikam.id,
    scope: 'openid profile offline_access User.Read',
  })
  assert.equal((await shown())['externalUserState'], 'Accepted')
  const idp = `https://sts.windows.net/${contoso.id}/`
  const claims = tokens.claims()!
  assert.deepEqual(
    [claims['tid'], claims['oid'], claims['idp'], claims['email'], claims['preferred_username']],
    [fabrikam.id, guestId, idp, ada.login, ada.login],
  )
  const access = decodeJwt(tokens.access_token)
  assert.deepEqual(
    [access['tid'], access['oid'], access['idp'], access['acct'], access['upn'], access['unique_name']],
    [fabrikam.id, guestId, idp, 1, undefined, ada.login],
  )
  const info = JSON.parse(Buffer.from(String(tokens['client_info']), 'base64url').toString()) as object
  assert.deepEqual(info, { uid: home.id, utid: contoso.id })
  assert.equal((await jsonOf(await ask(tokens.access_token, '/me')))['id'], guestId)
})

test('a guest has no mailbox, and reaches none of home with the tokens of elsewhere', async () => {
  const { contoso, fabrikam } = lab
  await lab.control('PATCH', 'settings?tenant=fabrikam.example', { userConsent: 'legacy' })
  const clientId = await lab.register('AzureADMultipleOrgs')
  const bot = contoso.person('invoice.bot')
  const own = contoso.users.find((one) => one.userPrincipalName === bot.login)!
  await invite(bot.login)
  const scope = 'openid Mail.Read Mail.Read.Shared'
  const { access_token } = await lab.tokens({ clientId, person: bot, at: fabrikam.id, scope })
  const mine = await ask(access_token, '/me/messages')
  assert.equal(mine.status, 404)
  assert.match(await mine.text(), /MailboxNotEnabledForRESTAPI/)
  for (const name of [own.id, bot.login])
    assert.equal((await ask(access_token, `/users/${name}/messages`)).status, 404, name)
})

test('a refresh token is the person’s: good in every tenant they are in, where the application is consented to', async () => {
  const { contoso, fabrikam } = lab
  const clientId = await lab.register('AzureADMultipleOrgs')
  const ada = contoso.person('ada')
  const guestId = await invite(ada.login)
  const home = await lab.tokens({ clientId, person: ada, at: contoso.id })
  const refresh = (at: string) =>
    lab.ask(at, { client_id: clientId, grant_type: 'refresh_token', refresh_token: home.refresh_token! })
  await provokes(700016, { answer: await refresh(fabrikam.id), error: 'unauthorized_client' })
  await fabrikam.graph('POST', '/servicePrincipals', { appId: clientId })
  await provokes(65001, {
    answer: await refresh(fabrikam.id),
    error: 'invalid_grant',
    suberror: 'consent_required',
  })
  await lab.tokens({ clientId, person: ada, at: fabrikam.id })
  const there = await lab.refresh(home.refresh_token!, { clientId, at: fabrikam.id })
  assert.deepEqual(
    [decodeJwt(there.access_token)['tid'], decodeJwt(there.access_token)['oid']],
    [fabrikam.id, guestId],
  )
  const back = await lab.refresh(there.refresh_token!, { clientId, at: 'common', issuer: contoso })
  assert.equal(decodeJwt(back.access_token)['tid'], contoso.id)
})

test('what one organisation does to its guest holds there alone; what home does, everywhere', async () => {
  const { contoso, fabrikam } = lab
  const clientId = await lab.register('AzureADMultipleOrgs')
  const grace = contoso.person('grace')
  const guestId = await invite(grace.login)
  const home = await lab.tokens({ clientId, person: grace, at: contoso.id })
  const there = await lab.tokens({ clientId, person: grace, at: fabrikam.id })
  const refresh = async (token: string | undefined, at: string) =>
    lab.ask(at, { client_id: clientId, grant_type: 'refresh_token', refresh_token: token! })
  await lab.control('POST', 'clock', { advanceMs: 1_000 })
  await fabrikam.graph('POST', `/users/${guestId}/revokeSignInSessions`)
  await provokes(50173, {
    answer: await refresh(there.refresh_token, fabrikam.id),
    error: 'invalid_grant',
    suberror: 'bad_token',
  })
  assert.equal((await refresh(home.refresh_token, contoso.id)).status, 200)
  const disabled = await fabrikam.graph('PATCH', `/users/${guestId}`, { accountEnabled: false })
  assert.equal(disabled.status, 204)
  await provokes(50057, { page: await lab.signIn({ clientId, person: grace, at: fabrikam.id }) })
  await lab.tokens({ clientId, person: grace, at: contoso.id })
  await fabrikam.graph('PATCH', `/users/${guestId}`, { accountEnabled: true })
  const again = await lab.tokens({ clientId, person: grace, at: fabrikam.id })
  await lab.control('POST', 'clock', { advanceMs: 1_000 })
  await lab.control('POST', `users/${grace.login}/revoke`)
  await provokes(50173, {
    answer: await refresh(again.refresh_token, fabrikam.id),
    error: 'invalid_grant',
    suberror: 'bad_token',
  })
})

test('an invitation that Graph refuses is refused in its words, and nobody of the own organisation is a guest', async () => {
  const post = async (body: object) => {
    const reply = await lab.fabrikam.graph('POST', '/invitations', body)
    const { error } = (await reply.json()) as { error: { message: string } }
    return [reply.status, error.message]
  }
  assert.deepEqual(await post(invitation('dave@fabrikam.example')), [400, 'Invitee is in inviter tenant'])
  assert.deepEqual(await post({ invitedUserEmailAddress: 'a@b.example' }), [
    400,
    "A value is required for property 'inviteRedirectUrl' of resource 'Invitation'.",
  ])
  assert.equal((await post({ ...invitation('a@b.example'), sendInvitationMessage: true }))[0], 501)
  const outside = await invite('someone@outside.example')
  const guest = await jsonOf(await lab.fabrikam.graph('GET', `/users/${outside}?$select=userType`))
  assert.equal(guest['userType'], 'Guest', 'an address of no tenant here can be invited, and not sign in')
})

test('mail goes from one organisation to the other, whose people are shown nothing of the sender’s mailbox', async () => {
  const { contoso, fabrikam } = lab
  const message = {
    subject: 'Across',
    body: { contentType: 'text', content: 'Hello' },
    toRecipients: [{ emailAddress: { address: fabrikam.person('dave').login } }],
  }
  const clientId = await lab.register('AzureADMultipleOrgs', {
    permissions: { delegated: ['Mail.Read', 'Mail.Send'] },
    consent: 'all',
  })
  const scope = 'openid Mail.Send'
  const ada = await lab.tokens({ clientId, person: contoso.person('ada'), at: contoso.id, scope })
  const sent = await fetch(`${lab.tenant.origin}/v1.0/me/sendMail`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ada.access_token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ message }),
  })
  assert.equal(sent.status, 202, await sent.text())
  const inbox = await lab.control(
    'GET',
    `mailboxes/${fabrikam.person('dave').login}/messages?tenant=fabrikam.example`,
  )
  assert.deepEqual(
    ((await inbox.json()) as { subject: string }[]).map((one) => one.subject),
    ['Across'],
  )
  assert.deepEqual(await (await lab.control('GET', 'outbound')).json(), [], 'it left no organisation of ours')
  const other = await lab.control('GET', `mailboxes/${fabrikam.person('dave').login}/messages`)
  assert.equal(other.status, 404, 'without the tenant’s name nobody of it is found')
})
