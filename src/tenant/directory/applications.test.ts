// Applications through Graph: entra.md section 8.1, portal.md section 1.4; Graph's pages on the resource and its credentials.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type DirectoryLab, graphAppId, startDirectoryLab } from './lab.fixture.ts'

let lab: DirectoryLab
before(async () => {
  lab = await startDirectoryLab()
})
after(() => lab[Symbol.asyncDispose]())

const make = async (body: object = {}) => {
  const made = await lab.ask('POST', '/applications', { displayName: 'An application', ...body })
  assert.equal(made.status, 201, made.text)
  return made.body
}
const mailReadWrite = '024d486e-b451-40bb-833d-3e66d98c5c73'
const access = (id: string, type = 'Scope') => [{ resourceAppId: graphAppId, resourceAccess: [{ id, type }] }]
const scope = (more: object = {}) => ({
  id: '11111111-2222-4333-8444-555555555555',
  value: 'Invoices.Read',
  type: 'User',
  isEnabled: true,
  adminConsentDisplayName: 'Read invoices',
  adminConsentDescription: 'Read invoices',
  ...more,
})

test('the registration of a loopback client is kept as it was sent, with Graph’s defaults for the rest', async () => {
  const sent = {
    displayName: 'Invoice bot',
    signInAudience: 'AzureADMyOrg',
    isFallbackPublicClient: true,
    publicClient: { redirectUris: ['http://localhost'] },
    requiredResourceAccess: access(mailReadWrite),
  }
  const made = await make(sent)
  for (const [name, value] of Object.entries(sent)) assert.deepEqual(made[name], value, name)
  assert.deepEqual(made.web.implicitGrantSettings, {
    enableIdTokenIssuance: false,
    enableAccessTokenIssuance: false,
  })
  for (const path of [`/applications/${made.id}`, `/applications(appId='${made.appId}')`])
    assert.equal((await lab.ask('GET', path)).body.id, made.id)
  assert.equal(
    (await lab.ask('GET', `/applications/${made.appId}`)).status,
    404,
    'the client ID is no key without its name',
  )
  const principals = await lab.ask('GET', `/servicePrincipals?$filter=appId eq '${made.appId}'`)
  assert.deepEqual(principals.body.value, [], 'a service principal is not made with it')
})

test('a bad property is refused as 400 Request_BadRequest and named', async () => {
  const resource = "of resource 'Application'."
  const cases: [object, string | RegExp][] = [
    [{ displayName: undefined }, `A value is required for property 'displayName' ${resource}`],
    [{ displayName: '' }, `Invalid value specified for property 'displayName' ${resource}`],
    [{ displayName: 'x'.repeat(121) }, `Invalid value specified for property 'displayName' ${resource}`],
    [{ signInAudience: 'Everyone' }, `Invalid value specified for property 'signInAudience' ${resource}`],
    [{ publicClient: { redirectUris: ['http://example.com/x'] } }, /'redirectUris'/],
    [{ web: { redirectUris: ['https://contoso.example/*'] } }, /'redirectUris'/],
    [{ spa: { redirectUris: ['myapp://x'] } }, /'redirectUris'/],
    [{ publicClient: { redirectUris: ['http://[::1]:9/x'] } }, /'redirectUris'/],
    [{ requiredResourceAccess: access('nonsense') }, /'requiredResourceAccess'/],
    [{ requiredResourceAccess: access(mailReadWrite, 'Right') }, /'requiredResourceAccess'/],
    [{ passwordCredentials: [{ displayName: 'x' }] }, /'passwordCredentials'/],
    [
      { keyCredentials: [{ type: 'AsymmetricX509Cert', usage: 'Verify', key: 'bm9uc2Vuc2U=' }] },
      /'keyCredentials'/,
    ],
    [{ tags: 'x' }, /'tags'/],
    [{ appRoles: [{ id: 'x' }] }, /'appRoles'/],
    [{ appId: 'x' }, "Property 'appId' is read-only and cannot be set."],
    [{ colour: 'red' }, "Property 'colour' does not exist as a declared property or extension property."],
  ]
  for (const [body, message] of cases) {
    const refused = await lab.ask('POST', '/applications', { displayName: 'x', ...body })
    assert.deepEqual(
      [refused.status, refused.body.error?.code],
      [400, 'Request_BadRequest'],
      JSON.stringify(body),
    )
    if (typeof message === 'string') assert.equal(refused.body.error.message, message)
    else assert.match(refused.body.error.message, message)
  }
  assert.equal((await lab.ask('POST', '/applications', { displayName: 'x', uniqueName: 'x' })).status, 501)
})

test('an identifier URI must lie on a verified domain or carry the client ID, and is used once', async () => {
  const one = await make()
  const foreign = await lab.ask('PATCH', `/applications/${one.id}`, {
    identifierUris: ['https://fabrikam.example/x'],
  })
  assert.equal(foreign.body.error.code, 'HostNameNotOnVerifiedDomain')
  assert.equal(
    foreign.body.error.message,
    "Values of identifierUris property must use a verified domain of the organization or its subdomain: 'https://fabrikam.example/x'",
  )
  const own = { identifierUris: [`api://${one.appId}`, 'https://api.contoso.example/invoices'] }
  assert.equal((await lab.ask('PATCH', `/applications/${one.id}`, own)).status, 204)
  const other = await make()
  const taken = await lab.ask('PATCH', `/applications/${other.id}`, {
    identifierUris: [own.identifierUris[1]],
  })
  assert.match(taken.body.error.message, /same value for property identifierUris already exists/)
})

test('an enabled scope is neither removed nor renamed before it is disabled', async () => {
  const one = await make({ api: { oauth2PermissionScopes: [scope()] } })
  const patch = (scopes: object[]) =>
    lab.ask('PATCH', `/applications/${one.id}`, { api: { oauth2PermissionScopes: scopes } })
  for (const scopes of [[], [scope({ value: 'Invoices.Write' })]])
    assert.equal((await patch(scopes)).body.error.code, 'CannotDeleteOrUpdateEnabledEntitlement')
  assert.equal((await patch([scope({ isEnabled: false })])).status, 204)
  assert.equal((await patch([])).status, 204)
})

test('a PATCH replaces a collection whole and leaves the parts beside it', async () => {
  const one = await make({
    web: { redirectUris: ['https://contoso.example/a'], homePageUrl: 'https://contoso.example' },
    tags: ['a', 'b'],
  })
  await lab.ask('PATCH', `/applications/${one.id}`, { web: { redirectUris: [] }, tags: ['c'] })
  const { body } = await lab.ask('GET', `/applications/${one.id}`)
  assert.deepEqual(
    [body.web.redirectUris, body.web.homePageUrl, body.tags],
    [[], 'https://contoso.example', ['c']],
  )
})

test('a secret is shown once, listed with its hint, good for two years, and removed by its ID', async () => {
  const one = await make()
  const added = await lab.ask('POST', `/applications/${one.id}/addPassword`, {
    passwordCredential: { displayName: 'ci' },
  })
  assert.equal(added.status, 200)
  assert.match(added.body.secretText, /^.{16,64}$/)
  assert.equal(added.body.hint, added.body.secretText.slice(0, 3))
  const years =
    (Date.parse(added.body.endDateTime) - Date.parse(added.body.startDateTime)) / (365 * 86_400_000)
  assert.equal(years, 2)
  const shown = (await lab.ask('GET', `/applications/${one.id}`)).body.passwordCredentials
  assert.deepEqual([shown.length, shown[0].secretText, shown[0].displayName], [1, null, 'ci'])
  const { keyId } = added.body
  const extra = await lab.ask('PATCH', `/applications/${one.id}`, {
    passwordCredentials: [{ keyId }, { displayName: 'new' }],
  })
  assert.equal(extra.body.error.message, 'New password credentials must be generated with service actions.')
  assert.equal((await lab.ask('POST', `/applications/${one.id}/removePassword`, { keyId })).status, 204)
  const again = await lab.ask('POST', `/applications/${one.id}/removePassword`, { keyId })
  assert.equal(again.body.error.message, 'No password credential found with the specified keyId.')
  const personal = await make({ signInAudience: 'AzureADandPersonalMicrosoftAccount' })
  for (let n = 0; n < 2; n++) await lab.ask('POST', `/applications/${personal.id}/addPassword`, {})
  assert.equal((await lab.ask('POST', `/applications/${personal.id}/addPassword`, {})).status, 400)
})

test('a certificate is kept with its thumbprint; its key is shown only where it is selected', async (t) => {
  const der = selfSigned(t)
  if (!der) return
  const one = await make()
  const key = der.toString('base64')
  const put = await lab.ask('PATCH', `/applications/${one.id}`, {
    keyCredentials: [{ type: 'AsymmetricX509Cert', usage: 'Verify', key, displayName: 'CN=bot' }],
  })
  assert.equal(put.status, 204)
  const [plain] = (await lab.ask('GET', `/applications/${one.id}`)).body.keyCredentials
  assert.equal(plain.key, null)
  assert.equal(plain.customKeyIdentifier, createHash('sha1').update(der).digest('hex').toUpperCase())
  assert.equal(Date.parse(plain.endDateTime), Date.parse(new X509Certificate(der).validTo))
  const [whole] = (await lab.ask('GET', `/applications/${one.id}?$select=keyCredentials`)).body.keyCredentials
  assert.equal(whole.key, key)
  const kept = await lab.ask('PATCH', `/applications/${one.id}`, { keyCredentials: [plain] })
  assert.equal(kept.status, 204, 'sent back without its key it stays')
  assert.equal(
    (await lab.ask('GET', `/applications/${one.id}?$select=keyCredentials`)).body.keyCredentials[0].key,
    key,
  )
  const late = { type: 'AsymmetricX509Cert', usage: 'Verify', key, endDateTime: '2199-01-01T00:00:00Z' }
  const refused = await lab.ask('PATCH', `/applications/${one.id}`, { keyCredentials: [late] })
  assert.equal(refused.body.error.code, 'KeyCredentialsInvalidEndDate')
})

test('federated credentials are unique by name and by issuer with subject, and at most twenty', async () => {
  const one = await make()
  const path = `/applications/${one.id}/federatedIdentityCredentials`
  const credential = (n: number) => ({
    name: `deploy-${n}`,
    issuer: 'https://token.actions.githubusercontent.example',
    subject: `repo:contoso/bot:environment:${n}`,
    audiences: ['api://AzureADTokenExchange'],
  })
  const made = await lab.ask('POST', path, credential(0))
  assert.equal(made.status, 201)
  assert.equal((await lab.ask('POST', path, { ...credential(1), name: 'deploy-0' })).status, 409)
  assert.equal((await lab.ask('POST', path, { ...credential(0), name: 'another' })).status, 400)
  const missing = await lab.ask('POST', path, { name: 'deploy' })
  assert.match(missing.body.error.message, /^A value is required for property 'issuer'/)
  assert.equal((await lab.ask('PATCH', `${path}/${made.body.id}`, { description: 'ours' })).status, 204)
  assert.equal((await lab.ask('GET', `${path}(name='deploy-0')`)).body.description, 'ours')
  for (let n = 1; n < 20; n++) assert.equal((await lab.ask('POST', path, credential(n))).status, 201)
  assert.equal((await lab.ask('POST', path, credential(20))).status, 400)
  assert.equal((await lab.ask('GET', path)).body.value.length, 20)
  assert.equal((await lab.ask('DELETE', `${path}/${made.body.id}`)).status, 204)
})

test('an application with OwnedBy changes what it made and nothing else', async () => {
  const owner = await lab.asApp(['Application.ReadWrite.OwnedBy'])
  const own = await owner('POST', '/applications', { displayName: 'owned' })
  assert.equal(own.status, 201)
  assert.equal((await owner('PATCH', `/applications/${own.body.id}`, { notes: 'mine' })).status, 204)
  const foreign = await make()
  assert.equal((await owner('PATCH', `/applications/${foreign.id}`, { notes: 'mine' })).status, 403)
  assert.equal((await owner('GET', '/applications')).status, 200)
})

test('a person without a role registers nothing, and changes only what she owns', async () => {
  const ada = lab.tenant.users.find((one) => one.userPrincipalName === 'ada@contoso.example')!
  const ask = await lab.as('ada@contoso.example', ['Application.ReadWrite.All'])
  assert.equal(
    (await ask('POST', '/applications', { displayName: 'x' })).body.error.code,
    'Authorization_RequestDenied',
  )
  const one = await make()
  assert.equal((await ask('PATCH', `/applications/${one.id}`, { notes: 'x' })).status, 403)
  const reference = { '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${ada.id}` }
  assert.equal((await lab.ask('POST', `/applications/${one.id}/owners/$ref`, reference)).status, 204)
  assert.equal((await ask('PATCH', `/applications/${one.id}`, { notes: 'x' })).status, 204)
  const owners = (await lab.ask('GET', `/applications/${one.id}/owners?$select=id`)).body.value
  assert.equal(owners.length, 2)
  assert.equal((await lab.ask('DELETE', `/applications/${one.id}/owners/${ada.id}/$ref`)).status, 204)
})

test('an application permission is assigned from the holder’s side too, and the older spelling with myorganization is the same path', async () => {
  const { ask } = lab
  const { appId } = (await ask('POST', '/myorganization/applications', { displayName: 'Holder' })).body
  const holder = (await ask('POST', '/MyOrganization/servicePrincipals', { appId })).body
  const graph = (await ask('GET', `/servicePrincipals(appId='${graphAppId}')`)).body
  const appRoleId = graph.appRoles.find((one: { value: string }) => one.value === 'Mail.Read').id
  const path = `/servicePrincipals/${holder.id}/appRoleAssignments`
  const wanted = { principalId: holder.id, resourceId: graph.id, appRoleId }
  const other = { ...wanted, principalId: graph.id }
  assert.equal((await ask('POST', path, other)).status, 400, 'the body names another holder')
  assert.equal((await ask('POST', path, { ...wanted, resourceId: 'nobody' })).status, 400)
  const made = await ask('POST', path, wanted)
  assert.deepEqual([made.status, made.body.resourceDisplayName], [201, 'Microsoft Graph'])
  assert.equal((await ask('POST', path, wanted)).status, 400, 'it exists already')
  const listed = (await ask('GET', `/servicePrincipals/${graph.id}/appRoleAssignedTo`)).body
  assert.ok(listed.value.some((one: { id: string }) => one.id === made.body.id))
})

test('a deleted application is restored with its service principal, grants and secrets; after 30 days it is gone', async () => {
  const one = await make()
  const principal = (await lab.ask('POST', '/servicePrincipals', { appId: one.appId })).body
  const graph = (await lab.ask('GET', `/servicePrincipals(appId='${graphAppId}')?$select=id`)).body
  const grant = {
    clientId: principal.id,
    consentType: 'AllPrincipals',
    resourceId: graph.id,
    scope: 'Mail.Read',
  }
  assert.equal((await lab.ask('POST', '/oauth2PermissionGrants', grant)).status, 201)
  await lab.ask('POST', `/applications/${one.id}/addPassword`, {})
  assert.equal((await lab.ask('DELETE', `/applications/${one.id}`)).status, 204)
  assert.equal((await lab.ask('GET', `/servicePrincipals/${principal.id}`)).status, 404)
  const binned = (await lab.ask('GET', '/directory/deletedItems/microsoft.graph.application')).body.value
  assert.ok(binned.find((item: { id: string }) => item.id === one.id).deletedDateTime)
  assert.equal((await lab.ask('POST', `/directory/deletedItems/${one.id}/restore`)).status, 200)
  assert.equal((await lab.ask('GET', `/applications/${one.id}`)).body.passwordCredentials.length, 1)
  const back = await lab.ask('GET', `/servicePrincipals/${principal.id}/oauth2PermissionGrants`)
  assert.equal(back.body.value[0].scope, 'Mail.Read')
  await lab.ask('DELETE', `/applications/${one.id}`)
  await lab.control('POST', '/clock', { advanceMs: 31 * 86_400_000 })
  const later = await startAgain()
  assert.equal((await later('POST', `/directory/deletedItems/${one.id}/restore`)).status, 404)
})

/** The administrator's token has run out with the clock: signs in again. */
const startAgain = () =>
  lab.as('admin@contoso.example', ['Application.ReadWrite.All', 'Application.Read.All', 'User.Read'])

function selfSigned(t: { skip(reason: string): void; after(work: () => void): void }): Buffer | undefined {
  const dir = mkdtempSync(join(tmpdir(), 'letterlock-certificate-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  const [keyFile, file] = [join(dir, 'key.pem'), join(dir, 'certificate.der')]
  try {
    const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '90', '-subj', '/CN=bot']
    execFileSync('openssl', [...args, '-keyout', keyFile, '-outform', 'DER', '-out', file], {
      stdio: 'ignore',
    })
  } catch {
    t.skip('openssl is not installed')
    return undefined
  }
  return readFileSync(file)
}
