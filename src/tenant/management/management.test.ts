// Azure Resource Manager's two calls. Azure "Tenants - List", "Subscriptions - List"; the refusals are recorded in public issues.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { azureCliClientId } from '../../facts/well-known-clients.ts'
import { startTenant, type Tenant } from '../index.ts'
import { signIn } from '../person.fixture.ts'

const user = 'ada@contoso.example'
let tenant: Tenant
let token: string
before(async () => {
  tenant = await startTenant()
  const scopes = ['https://management.core.windows.net//user_impersonation']
  token = await signIn(tenant, { user, scopes, clientId: azureCliClientId })
})
after(() => tenant.close())

// oxlint-disable-next-line no-explicit-any
async function get(path: string, bearer?: string): Promise<{ status: number; headers: Headers; body: any }> {
  const headers: Record<string, string> = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }
  const reply = await fetch(tenant.origin + path, { headers })
  return { status: reply.status, headers: reply.headers, body: await reply.json() }
}

test('the tenants of the person are listed, and no subscriptions', async () => {
  const { status, body } = await get('/tenants?api-version=2022-12-01', token)
  assert.equal(status, 200)
  assert.deepEqual(body.value, [
    {
      id: `/tenants/${tenant.tenantId}`,
      tenantId: tenant.tenantId,
      displayName: 'Contoso',
      domains: ['contoso.example', 'contoso.onmicrosoft.com'],
      defaultDomain: 'contoso.example',
      countryCode: 'US',
      tenantCategory: 'Home',
      tenantType: 'AAD',
    },
  ])
  const subscriptions = await get('/subscriptions?api-version=2022-12-01', token)
  assert.deepEqual(subscriptions.body, { value: [], count: { type: 'Total', value: 0 } })
})

test('a token for another resource is refused in the words that public issues recorded', async () => {
  const graph = await signIn(tenant, { user, scopes: ['User.Read'], clientId: azureCliClientId })
  const { status, headers, body } = await get('/subscriptions?api-version=2022-12-01', graph)
  assert.equal(status, 401)
  assert.equal(body.error.code, 'InvalidAuthenticationTokenAudience')
  assert.equal(
    body.error.message,
    "The access token has been obtained for wrong audience or resource 'https://graph.microsoft.com'. It should exactly match with one of the allowed audiences 'https://management.core.windows.net/','https://management.core.windows.net','https://management.azure.com/','https://management.azure.com'.",
  )
  assert.match(headers.get('www-authenticate')!, /^Bearer authorization_uri="/)
})

test('no token, no token of ours, an old token, no api-version: each by its name', async () => {
  const path = '/tenants?api-version=2022-12-01'
  assert.equal((await get(path)).body.error.code, 'AuthenticationFailed')
  assert.equal((await get(path, 'x.y.z')).body.error.code, 'InvalidAuthenticationToken')
  const missing = await get('/tenants', token)
  assert.deepEqual([missing.status, missing.body.error.code], [400, 'MissingApiVersionParameter'])
  assert.equal((await get('/tenants?api-version=1', token)).body.error.code, 'InvalidApiVersionParameter')
  await fetch(`${tenant.origin}/_letterlock/clock`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tenant.controlToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ advanceMs: 3 * 3_600_000 }),
  })
  const old = await get(path, token)
  assert.deepEqual([old.status, old.body.error.code], [401, 'ExpiredAuthenticationToken'])
})

test('any other path of it answers 501 by name', async () => {
  const { status, body } = await get('/subscriptions/x/resourceGroups?api-version=2022-12-01', token)
  assert.equal(status, 501)
  assert.match(body.error.message, /GET \/subscriptions\/x\/resourceGroups/)
})
