// Microsoft Graph's own service principal carries what Microsoft publishes. permissions-descriptions.json of devx-content, read 2026-08.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { appToken, type DirectoryLab, graphAppId, startDirectoryLab } from './lab.fixture.ts'

/** Lines of each kind in Microsoft's list. */
const published = { delegated: 598, application: 534 }

let lab: DirectoryLab
before(async () => {
  lab = await startDirectoryLab()
})
after(() => lab[Symbol.asyncDispose]())

interface Entitlement {
  readonly id: string
  readonly value: string
  readonly displayName?: string
  readonly adminConsentDisplayName?: string
}

test('all permissions are there with their GUIDs and texts, as many as Microsoft lists', async () => {
  const { body } = await lab.ask('GET', `/servicePrincipals(appId='${graphAppId}')`)
  const scopes = body.oauth2PermissionScopes as Entitlement[]
  const roles = body.appRoles as Entitlement[]
  assert.deepEqual({ delegated: scopes.length, application: roles.length }, published)
  for (const one of [...scopes, ...roles]) {
    assert.match(one.id, /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)
    assert.ok((one.displayName ?? one.adminConsentDisplayName)!.length > 0, one.value)
  }
  assert.equal(new Set(scopes.map((one) => one.id)).size, scopes.length)
  assert.equal(new Set(roles.map((one) => one.id)).size, roles.length)
  // Two that every tutorial quotes.
  assert.equal(scopes.find((one) => one.value === 'Mail.Send')?.id, 'e383f46e-2787-4529-855e-0e479a3ffac0')
  assert.equal(roles.find((one) => one.value === 'Mail.Read')?.id, '810c84a8-4a9e-49e6-bf7d-12d183f40d01')
})

test('an application with OwnedBy changes its own service principals and no other', async () => {
  const owner = await lab.asApp(['Application.ReadWrite.OwnedBy'])
  const app = (await owner('POST', '/applications', { displayName: 'Owned' })).body
  const made = await owner('POST', '/servicePrincipals', { appId: app.appId })
  assert.equal(made.status, 201, made.text)
  const path = `/servicePrincipals/${made.body.id}`
  assert.equal((await owner('PATCH', path, { appRoleAssignmentRequired: true })).status, 204)
  const other = await lab.asApp([])
  assert.equal((await owner('PATCH', `/servicePrincipals/${other.principalId}`, { tags: [] })).status, 403)
  assert.equal((await owner('DELETE', path)).status, 204)
})

test('a secret of the service principal itself signs it in, is not shown with the application, and ends when removed', async () => {
  const app = (await lab.ask('POST', '/applications', { displayName: 'With two kinds' })).body
  const principal = (await lab.ask('POST', '/servicePrincipals', { appId: app.appId })).body
  const path = `/servicePrincipals/${principal.id}`
  const made = await lab.ask('POST', `${path}/addPassword`, { passwordCredential: { displayName: 'own' } })
  assert.equal(made.status, 200, made.text)
  const { secretText: secret, keyId } = made.body
  assert.ok(await appToken(lab.tenant, { appId: app.appId, secret }))
  const shown = (await lab.ask('GET', path)).body.passwordCredentials
  assert.deepEqual([shown.length, shown[0].secretText, shown[0].keyId], [1, null, keyId])
  assert.deepEqual((await lab.ask('GET', `/applications/${app.id}`)).body.passwordCredentials, [])
  assert.equal((await lab.ask('POST', `${path}/removePassword`, { keyId })).status, 204)
  assert.equal((await lab.ask('POST', `${path}/removePassword`, { keyId })).status, 400)
  assert.equal(await appToken(lab.tenant, { appId: app.appId, secret }), undefined)
})
