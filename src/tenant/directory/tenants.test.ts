// Several tenants in one database: what there was before belongs to the first one.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { grantMigrations } from '../identity/migrations.ts'
import { peopleMigrations } from '../identity/people-migrations.ts'
import { startTenant } from '../index.ts'
import { mailMigrations } from '../mail/index.ts'
import { signIn } from '../person.fixture.ts'
import { coreMigrations } from '../store/migrations.ts'
import { openStore } from '../store/open-store.ts'
import { directoryMigrations } from './migrations.ts'

const tenantId = 'aaaaaaaa-0000-4000-8000-000000000001'
const groupId = 'bbbbbbbb-0000-4000-8000-000000000002'

/** A data folder as the version before several tenants left it. */
function oldFolder(): string {
  const dataDir = mkdtempSync(join(tmpdir(), 'letterlock-old-'))
  const store = openStore(dataDir, {
    core: coreMigrations,
    directory: directoryMigrations.slice(0, 2),
    mail: mailMigrations,
    grants: grantMigrations,
    people: peopleMigrations.slice(0, 1),
  })
  store.writeMeta('tenant-id', tenantId)
  store.writeMeta('settings', JSON.stringify({ userConsent: 'legacy' }))
  store.db.exec(`
INSERT INTO users (id, upn, display_name, password, roles_json, created_ms)
  VALUES ('11111111-0000-4000-8000-000000000001', 'ada@contoso.example', 'Ada', 'kept password', '["Global Administrator"]', 1);
INSERT INTO user_details (user_id) SELECT id FROM users;
INSERT INTO deleted_users VALUES ('gone', json_object('id', 'gone', 'upn', 'gone@contoso.example', 'display_name', 'Gone', 'password', 'x',
  'enabled', 1, 'mailbox_kind', 'user', 'full_access_json', '[]', 'roles_json', '[]', 'wrong_passwords', 0, 'locked_until_ms', 0, 'created_ms', 1), ${Date.now()});
INSERT INTO groups VALUES ('${groupId}', json_object('id', '${groupId}', 'displayName', 'Kept group'), 1, NULL);
INSERT INTO applications (id, app_id, json, created_ms)
  VALUES ('app', 'client', json_object('id', 'app', 'appId', 'client', 'displayName', 'Kept app', 'requiredResourceAccess', json('[]')), 1);
INSERT INTO service_principals (id, app_id, json, created_ms)
  VALUES ('sp', 'client', json_object('id', 'sp', 'appId', 'client', 'displayName', 'Kept app', 'accountEnabled', json('true')), 1);
INSERT INTO service_principals (id, app_id, json, created_ms) VALUES ('graph', '00000003-0000-0000-c000-000000000000',
  json_object('id', 'graph', 'appId', '00000003-0000-0000-c000-000000000000', 'displayName', 'Microsoft Graph', 'accountEnabled', json('true')), 1);
INSERT INTO service_principals (id, app_id, json, created_ms) VALUES ('tools', '14d82eec-204b-4c2f-b7e8-296a70dab67e',
  json_object('id', 'tools', 'appId', '14d82eec-204b-4c2f-b7e8-296a70dab67e', 'displayName', 'Tools', 'accountEnabled', json('true')), 1);
INSERT INTO applications (id, app_id, json, created_ms) VALUES ('tools', '14d82eec-204b-4c2f-b7e8-296a70dab67e', json_object('id', 'tools',
  'appId', '14d82eec-204b-4c2f-b7e8-296a70dab67e', 'displayName', 'Tools', 'signInAudience', 'AzureADMultipleOrgs', 'isFallbackPublicClient', json('true'),
  'publicClient', json('{"redirectUris":["http://localhost"]}'), 'web', json('{"redirectUris":[]}'), 'spa', json('{"redirectUris":[]}'),
  'requiredResourceAccess', json('[]')), 1);
INSERT INTO permission_grants VALUES ('grant', 'sp', 'graph', 'AllPrincipals', NULL, 'Mail.Read');
INSERT INTO role_assignments VALUES ('role', 'sp', 'graph', 'df021288-bdef-4463-88db-98f22de89214', 1);
INSERT INTO audit_sign_ins VALUES ('audit', 1, json_object('id', 'audit', 'isInteractive', json('true')));
`)
  store.close()
  return dataDir
}

test('a data folder from before several tenants opens as the first tenant with all that was in it', async (t) => {
  const dataDir = oldFolder()
  t.after(() => rmSync(dataDir, { recursive: true, force: true }))
  await using tenant = await startTenant({ dataDir })
  assert.equal(tenant.tenantId, tenantId)
  assert.deepEqual(
    tenant.users.map((one) => [one.userPrincipalName, one.password]),
    [['ada@contoso.example', 'kept password']],
  )
  const token = await signIn(tenant, {
    user: 'ada@contoso.example',
    scopes: ['Directory.Read.All', 'AuditLog.Read.All', 'DelegatedPermissionGrant.ReadWrite.All'],
  })
  const get = async (path: string) => {
    const reply = await fetch(`${tenant.origin}/v1.0${path}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    assert.equal(reply.status, 200, path)
    return ((await reply.json()) as { value: Record<string, unknown>[] }).value
  }
  const named = (rows: Record<string, unknown>[]) => rows.map((one) => one['displayName'])
  assert.deepEqual(named(await get('/groups')), ['Kept group'])
  assert.deepEqual(
    named(await get('/applications')),
    ['Kept app'],
    'Microsoft’s own are registered elsewhere',
  )
  assert.ok(named(await get('/servicePrincipals')).includes('Kept app'))
  const grants = await get("/oauth2PermissionGrants?$filter=clientId eq 'sp'")
  assert.deepEqual(
    grants.map((one) => one['scope']),
    ['Mail.Read'],
  )
  assert.equal((await get('/servicePrincipals/sp/appRoleAssignments')).length, 1)
  assert.deepEqual(named(await get('/directory/deletedItems/microsoft.graph.user')), ['Gone'])
  assert.equal((await get("/auditLogs/signIns?$filter=id eq 'audit'")).length, 1)
  const settings = await fetch(`${tenant.origin}/_letterlock/settings`, {
    headers: { authorization: `Bearer ${tenant.controlToken}` },
  })
  assert.equal(((await settings.json()) as { userConsent: string }).userConsent, 'legacy')
})
