// Applications of one organisation in another, over common and by name; admin consent per tenant. entra.md sections 1.2, 5 and 6.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeJwt } from 'jose'
import { provokes } from '../aadsts.ts'
import { jsonOf, redirectUri, walk } from './lab.ts'
import { startTwoTenants, type TwoTenants } from './two-tenants.ts'

let lab: TwoTenants
before(async () => {
  lab = await startTwoTenants()
})
after(() => lab[Symbol.asyncDispose]())

const listOf = async (reply: Response) => (await jsonOf(reply))['value'] as Record<string, unknown>[]
const principals = async (at: 'contoso' | 'fabrikam', clientId: string) =>
  listOf(await lab[at].graph('GET', `/servicePrincipals?$filter=appId eq '${clientId}'`))

test('over common each person is signed in at home, and the first consent brings the application into the tenant', async () => {
  const clientId = await lab.register('AzureADMultipleOrgs')
  const { contoso, fabrikam } = lab
  assert.deepEqual(await principals('fabrikam', clientId), [])
  for (const [home, name] of [
    [contoso, 'ada'],
    [fabrikam, 'dave'],
  ] as const) {
    const person = home.person(name)
    const tokens = await lab.tokens({
      clientId,
      person,
      at: 'common',
      issuer: home,
    })
    const claims = tokens.claims()!
    const { id } = home.users.find((one) => one.userPrincipalName === person.login)!
    assert.deepEqual(
      [claims['tid'], claims['oid'], claims.iss],
      [home.id, id, `${lab.tenant.origin}/${home.id}/v2.0`],
    )
    assert.equal(claims['idp'], undefined, 'a member comes from nowhere else')
    const access = decodeJwt(tokens.access_token)
    assert.deepEqual([access['tid'], access.iss], [home.id, `https://sts.windows.net/${home.id}/`])
    const info = JSON.parse(Buffer.from(String(tokens['client_info']), 'base64url').toString()) as object
    assert.deepEqual(info, { uid: id, utid: home.id })
    const me = await fetch(`${lab.tenant.origin}/v1.0/me`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    })
    assert.equal((await jsonOf(me))['userPrincipalName'], person.login)
    const again = await lab.refresh(tokens.refresh_token!, { clientId, at: 'common', issuer: home })
    assert.equal(decodeJwt(again.access_token)['tid'], home.id)
  }
  const [brought] = await principals('fabrikam', clientId)
  assert.equal(brought?.['appOwnerOrganizationId'], contoso.id)
  const registered = await listOf(await fabrikam.graph('GET', '/applications'))
  assert.ok(!registered.some((one) => one['appId'] === clientId), 'the application object stays at home')
})

test('AADSTS700016, 50194 and 650059: an application of one organisation is none of another’s', async () => {
  const { contoso, fabrikam } = lab
  const clientId = await lab.register('AzureADMyOrg')
  const dave = fabrikam.person('dave')
  await provokes(700016, { page: await lab.signIn({ clientId, person: dave, at: fabrikam.id }) })
  await provokes(50194, {
    page: await lab.signIn({ clientId, person: dave, at: 'common', issuer: fabrikam }),
  })
  const asked = {
    client_id: clientId,
    grant_type: 'client_credentials',
    client_secret: 'x',
    scope: 'x/.default',
  }
  await provokes(700016, { answer: await lab.ask(fabrikam.id, asked), error: 'unauthorized_client' })
  const wide = await lab.register('AzureADMultipleOrgs')
  await lab.tokens({ clientId: wide, person: dave, at: fabrikam.id })
  const [app] = await listOf(await contoso.graph('GET', `/applications?$filter=appId eq '${wide}'`))
  await contoso.graph('PATCH', `/applications/${String(app!['id'])}`, { signInAudience: 'AzureADMyOrg' })
  await provokes(650059, { page: await lab.signIn({ clientId: wide, person: dave, at: fabrikam.id }) })
})

test('AADSTS700005: a code is redeemed where it was asked for, under the same name of the tenant', async () => {
  const clientId = await lab.register('AzureADMultipleOrgs')
  const { fabrikam } = lab
  const came = await lab.signIn({ clientId, person: fabrikam.person('dave'), at: 'common', issuer: fabrikam })
  const form = {
    client_id: clientId,
    grant_type: 'authorization_code',
    redirect_uri: redirectUri,
    code: came.redirect!.searchParams.get('code')!,
    code_verifier: came.verifier,
  }
  for (const at of [fabrikam.id, 'organizations'])
    await provokes(700005, { answer: await lab.ask(at, form), error: 'invalid_grant' })
  assert.equal((await lab.ask('common', form)).status, 200)
})

test('AADSTS90002 and 900023: a domain leads to the GUID of its tenant, an unknown name to none', async () => {
  const { fabrikam, tenant } = lab
  const metadata = (name: string) => fetch(`${tenant.origin}/${name}/v2.0/.well-known/openid-configuration`)
  for (const name of ['fabrikam.example', 'FABRIKAM.onmicrosoft.com', fabrikam.id]) {
    const found = await jsonOf(await metadata(name))
    assert.equal(found['issuer'], `${tenant.origin}/${fabrikam.id}/v2.0`)
    assert.equal(found['token_endpoint'], `${tenant.origin}/${fabrikam.id}/oauth2/v2.0/token`)
  }
  await provokes(90002, { answer: await metadata('tailspin.example'), error: 'invalid_tenant' })
  await provokes(900023, { answer: await metadata('nonsense'), error: 'invalid_tenant' })
  const personal = await jsonOf(await metadata('consumers'))
  assert.equal(personal['issuer'], `${tenant.origin}/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0`)
})

test('an administrator consents for the own organisation alone, by its name or over organizations', async () => {
  const { contoso, fabrikam, tenant } = lab
  const clientId = await lab.register('AzureADMultipleOrgs', {
    permissions: { delegated: ['Mail.Read'], application: ['User.Read.All'] },
  })
  const query = new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: 'https://graph.microsoft.com/.default',
    state: 's',
  })
  const start = `${tenant.origin}/organizations/v2.0/adminconsent?${query}`
  const end = await walk(start, fabrikam.person('admin'))
  assert.equal(end.redirect?.searchParams.get('tenant'), fabrikam.id, String(end.text))
  const [principal] = await principals('fabrikam', clientId)
  const held = await listOf(
    await fabrikam.graph('GET', `/servicePrincipals/${String(principal!['id'])}/appRoleAssignments`),
  )
  assert.equal(held.length, 1)
  assert.deepEqual(
    (await listOf(await contoso.graph('GET', '/oauth2PermissionGrants'))).filter(
      (one) => one['clientId'] === principal!['id'],
    ),
    [],
  )
  const came = await lab.signIn({
    clientId,
    person: fabrikam.person('dave'),
    at: 'organizations',
    issuer: fabrikam,
    scope: 'openid Mail.Read',
  })
  assert.ok(came.redirect?.searchParams.get('code'), String(came.text))
  const ada = await lab.signIn({
    clientId,
    person: contoso.person('ada'),
    at: 'organizations',
    issuer: contoso,
    scope: 'openid Mail.Read',
  })
  assert.equal(ada.page, 'need-admin-approval', 'Contoso’s administrator was never asked')
  const older = await walk(`${tenant.origin}/${contoso.id}/adminconsent?${query}`, contoso.person('admin'))
  assert.equal(older.redirect?.searchParams.get('tenant'), contoso.id, 'version 1, in the other tenant')
})

test('what people may consent to is each organisation’s own rule', async () => {
  const { contoso, fabrikam } = lab
  const clientId = await lab.register('AzureADMultipleOrgs')
  await lab.control('PATCH', 'settings?tenant=fabrikam.example', { userConsent: 'legacy' })
  const scope = 'openid Mail.Read'
  const at = 'common'
  const ada = await lab.signIn({ clientId, person: contoso.person('ada'), at, issuer: contoso, scope })
  assert.equal(ada.page, 'need-admin-approval')
  const dave = await lab.signIn({ clientId, person: fabrikam.person('dave'), at, issuer: fabrikam, scope })
  assert.ok(dave.redirect?.searchParams.get('code'), String(dave.text))
})

test('consumers signs in nobody: the application, then the account is refused by name', async () => {
  const { fabrikam } = lab
  const dave = fabrikam.person('dave')
  const work = await lab.register('AzureADMultipleOrgs')
  const refused = await lab.signIn({ clientId: work, person: dave, at: 'consumers', issuer: fabrikam })
  assert.match(refused.text ?? '', /not enabled for consumers/)
  const personal = await lab.register('AzureADandPersonalMicrosoftAccount')
  const cookies = new Map<string, string>()
  await lab.signIn({ clientId: personal, person: dave, at: 'common', issuer: fabrikam, cookies })
  const asked = { clientId: personal, person: dave, at: 'consumers', issuer: fabrikam, cookies }
  await provokes(50020, { page: await lab.signIn(asked), on: 'sign-in' })
  const silent = await lab.signIn({ ...asked, parameters: { prompt: 'none' } })
  await provokes(16000, { redirect: silent.redirect, error: 'interaction_required' })
  const device = await fetch(`${lab.tenant.origin}/consumers/oauth2/v2.0/devicecode`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: personal, scope: 'openid' }),
  })
  assert.equal(device.status, 501)
})

test('a service principal is made for a multi-tenant application of elsewhere, for no other', async () => {
  const [own, wide] = [await lab.register('AzureADMyOrg'), await lab.register('AzureADMultipleOrgs')]
  const make = (appId: string) => lab.fabrikam.graph('POST', '/servicePrincipals', { appId })
  assert.equal((await make(wide)).status, 201)
  assert.equal((await make(own)).status, 400)
})
