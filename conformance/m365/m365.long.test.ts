// The CLI for Microsoft 365, unmodified, over the proxy: signs in three ways, then registers, lists, shows and removes.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { versionOf } from '../../scripts/install-peers.ts'
import { admin, folder, type M365Lab, type Said, startM365Lab } from './lab.ts'

let lab: M365Lab
before(async () => {
  lab = await startM365Lab()
})
after(() => lab?.close())

/** What a command printed as JSON; fails with what it said when it did not end well. */
function json<T = Record<string, unknown>>({ status, stdout, stderr }: Said): T {
  assert.equal(status, 0, `${status}: ${stderr}`)
  return (stdout.trim() === '' ? undefined : JSON.parse(stdout)) as T
}
const login = (how: string) => lab.m365(`login --appId ${lab.appId} --tenant ${lab.tenant.tenantId}`, how)

/** What every way in must be able to do, from the first registration to its removal. */
async function manageAnApp(name: string): Promise<void> {
  const added = json<{ appId: string; objectId: string; tenantId: string; secrets: { value: string }[] }>(
    await lab.m365(
      `entra app add --name ${name} --platform publicClient --redirectUris http://localhost:9999/Callback --withSecret --grantAdminConsent`,
      '--apisDelegated https://graph.microsoft.com/openid,https://graph.microsoft.com/Mail.Send',
      '--apisApplication https://graph.microsoft.com/Mail.Read --output json',
    ),
  )
  assert.equal(added.tenantId, lab.tenant.tenantId)
  assert.ok(added.secrets[0]!.value.length >= 30)
  const listed = json<{ appId: string; displayName: string }[]>(
    await lab.m365('entra app list --output json'),
  )
  assert.equal(listed.find((one) => one.appId === added.appId)?.displayName, name)
  const got = json<{
    id: string
    publicClient: object
    requiredResourceAccess: { resourceAccess: object[] }[]
  }>(await lab.m365(`entra app get --appId ${added.appId} --output json`))
  assert.equal(got.id, added.objectId)
  assert.deepEqual(got.publicClient, { redirectUris: ['http://localhost:9999/Callback'] })
  assert.equal(got.requiredResourceAccess[0]!.resourceAccess.length, 3)
  await assertGranted(added.appId)
  json(await lab.m365(`entra app remove --appId ${added.appId} --force`))
  assert.equal((await lab.graph('GET', `/applications/${added.objectId}`)).status, 404)
  const again = await lab.m365(`entra app get --appId ${added.appId}`)
  assert.equal(again.status, 1)
  assert.match(again.stderr, new RegExp(`App with appId '${added.appId}' not found`))
}

/** Its consent for everybody is what the command said: a grant for the delegated, an assignment for the application permission. */
async function assertGranted(appId: string): Promise<void> {
  const ask = async (path: string) => (await (await lab.graph('GET', path)).json()) as Record<string, unknown>
  const { id } = await ask(`/servicePrincipals(appId='${appId}')`)
  const grants = await ask(`/oauth2PermissionGrants?$filter=clientId eq '${String(id)}'`)
  const [grant, ...others] = grants['value'] as { consentType: string; scope: string }[]
  assert.deepEqual([grant!.consentType, grant!.scope, others], ['AllPrincipals', 'openid Mail.Send', []])
  const held = await ask(`/servicePrincipals/${String(id)}/appRoleAssignments`)
  assert.deepEqual(
    (held['value'] as { resourceDisplayName: string }[]).map((one) => one.resourceDisplayName),
    ['Microsoft Graph'],
  )
}

test('the CLI is the one of the lock file', async (t) => {
  const version = versionOf(folder, '@pnp/cli-microsoft365')
  t.diagnostic(`@pnp/cli-microsoft365 ${version}, Node ${process.version}`)
  assert.equal(json(await lab.m365('version')), `v${version}`)
})

test('m365 signs in with a device code that a person types in, and manages an app', async () => {
  const connected = json(await login('--authType deviceCode'))
  assert.deepEqual([connected['connectedAs'], connected['authType']], [admin, 'deviceCode'])
  assert.equal(json(await lab.m365('status'))['connectedAs'], admin)
  await manageAnApp('m365-by-device-code')
})

test('m365 signs in with a client secret, and manages an app as an application', async () => {
  const connected = json(await login(`--authType secret --secret ${lab.secret}`))
  assert.equal(connected['authType'], 'secret')
  assert.equal(json(await lab.m365('status'))['appId'], lab.appId)
  await manageAnApp('m365-by-secret')
})

test('m365 signs in with a certificate, and manages an app as an application', async () => {
  const connected = json(await login(`--authType certificate --certificateFile ${lab.certificateFile}`))
  assert.equal(connected['authType'], 'certificate')
  await manageAnApp('m365-by-certificate')
})

test('m365 repeats what the tenant says of a wrong secret', async () => {
  json(await lab.m365('logout'))
  const refused = await login('--authType secret --secret wrong')
  assert.equal(refused.status, 1)
  assert.match(refused.stderr, /AADSTS7000215/)
})

test('after m365 logout there is no connection left', async () => {
  json(await login(`--authType secret --secret ${lab.secret}`))
  json(await lab.m365('logout'))
  assert.equal(json(await lab.m365('status')), 'Logged out')
  assert.equal((await lab.m365('entra app list')).status, 1)
})

test('neither its telemetry nor its update check gets past the proxy', (t) => {
  const { peers, asked } = lab.network()
  assert.deepEqual([...peers], ['127.0.0.1'])
  const ours = ['login.microsoftonline.com:443', 'graph.microsoft.com:443']
  for (const [host, status] of asked) assert.equal(status, ours.includes(host) ? '200' : '403', host)
  for (const host of ours) assert.ok(asked.has(host), host)
  const refused = [...asked.keys()].filter((host) => !ours.includes(host))
  t.diagnostic(`refused by the proxy: ${refused.join(', ') || 'nothing was asked'}`)
})
