// Mailbox limits and Azure Resource Manager's two calls under Microsoft's names, over the proxy; openid-client fetches the tokens.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonOf, startLab } from '../openid-client/lab.ts'
import { runOverProxy } from '../over-proxy.ts'

const exchangeAppId = '00000002-0000-0ff1-ce00-000000000000'

test('a program that knows Microsoft’s names alone limits an application to one mailbox, an hour later', async (t) => {
  const permissions = { application: ['Mail.Read'] }
  const lab = await startLab({
    proxy: true,
    apps: [
      { displayName: 'Bot', permissions, consent: 'all', secrets: [{}] },
      { displayName: 'Automation', secrets: [{}] },
    ],
  })
  t.after(() => lab.tenant.close())
  const [bot, automation] = lab.tenant.apps as [(typeof lab.tenant.apps)[0], (typeof lab.tenant.apps)[0]]
  const filter = `$filter=appId eq '${exchangeAppId}'`
  const { value } = await jsonOf(await lab.graph('GET', `/servicePrincipals?${filter}`))
  const [resource] = value as { id: string; appRoles: { id: string; value: string }[] }[]
  const role = resource!.appRoles.find((one) => one.value === 'Exchange.ManageAsApp')!
  const principalId = automation.servicePrincipalId
  const granted = await lab.graph('POST', `/servicePrincipals/${resource!.id}/appRoleAssignedTo`, {
    principalId,
    resourceId: resource!.id,
    appRoleId: role.id,
  })
  assert.equal(granted.status, 201)
  const assigned = await lab.graph('POST', '/roleManagement/directory/roleAssignments', {
    principalId,
    // Exchange Administrator, in Microsoft's list of built-in roles.
    roleDefinitionId: '29232cdf-9323-42fd-ade2-1d097af3e4de',
    directoryScopeId: '/',
  })
  assert.equal(assigned.status, 201, await assigned.text())

  const secretOf = (app: typeof bot) => ({ appId: app.clientId, secret: app.secrets[0]!.secretText })
  const { tenantId, origin, controlToken } = lab.tenant
  const mailboxes = ['invoice.bot@contoso.example', 'ada@contoso.example', 'billing@contoso.example']
  const program = new URL('clients/limit-mailboxes.ts', import.meta.url)
  const { said, code } = await runOverProxy(lab.tenant, program, {
    tenantId,
    bot: secretOf(bot),
    automation: secretOf(automation),
    mailboxes,
    control: { origin, token: controlToken },
  })
  assert.equal(code, 0)
  assert.deepEqual(said, {
    before: [200, 200, 200],
    tested: ['Granted', 'Denied', 'Denied'],
    atOnce: [200, 200, 200],
    anHourLater: [200, 403, 403],
    tenants: [tenantId],
    subscriptions: [],
  })
})
