// A tenant of GCC High under Microsoft's names, through the proxy; and what the wrong cloud answers.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import * as openid from 'openid-client'
import { startTenant, type Tenant, type WaysInAddresses } from '../../src/tenant/index.ts'
import { provokes } from '../aadsts.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'letterlock-clouds-'))
let tenant: Tenant & WaysInAddresses
let client: { clientId: string; secret: string }
before(async () => {
  tenant = await startTenant({ dataDir, cloud: 'gcc-high', proxy: true })
  const reply = await fetch(`${tenant.origin}/_letterlock/apps`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tenant.controlToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      displayName: 'Gov',
      publicClient: true,
      redirectUris: { publicClient: ['http://localhost'] },
      permissions: { application: ['User.Read.All'], delegated: ['User.Read'] },
      consent: 'all',
      secrets: [{}],
    }),
  })
  const made = (await reply.json()) as { clientId: string; secrets: { secretText: string }[] }
  client = { clientId: made.clientId, secret: made.secrets[0]!.secretText }
})
after(async () => {
  await tenant.close()
  rmSync(dataDir, { recursive: true, force: true })
})

/** As an old client asks its proxy: the whole https address in the request line. Redirects are not followed. */
async function ask(
  url: string,
  o: { method?: string; headers?: object; body?: unknown } = {},
): Promise<Response> {
  const asked = request(tenant.proxyUrl, {
    path: url,
    method: o.method ?? 'GET',
    headers: { ...o.headers, host: new URL(url).host },
  })
  asked.end(o.body === undefined ? undefined : String(o.body))
  const [reply] = (await once(asked, 'response')) as [IncomingMessage]
  const text = (await reply.setEncoding('utf8').toArray()).join('')
  const headers = Object.entries(reply.headers).map(([name, value]): [string, string] => [
    name,
    String(value),
  ])
  const status = reply.statusCode!
  const answer = new Response(status === 302 ? null : text, { status, headers })
  return Object.defineProperty(answer, 'url', { value: url })
}
const post = (url: string, form: Record<string, string>): Promise<Response> =>
  ask(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
  })
const graphAt = (host: string, token: string): Promise<Response> =>
  ask(`https://${host}/v1.0/users`, { headers: { authorization: `Bearer ${token}` } })
// oxlint-disable-next-line no-explicit-any
const json = async (answer: Promise<Response>): Promise<any> => (await answer).json()

const us = 'https://login.microsoftonline.us'
const com = 'https://login.microsoftonline.com'
const tokenForm = (graph: string) => ({
  client_id: client.clientId,
  client_secret: client.secret,
  grant_type: 'client_credentials',
  scope: `${graph}/.default`,
})
const tokenAt = (authority: string, form: Record<string, string>) =>
  post(`${authority}/${tenant.tenantId}/oauth2/v2.0/token`, form)

test('a tenant of GCC High names its own cloud, under its own authority and under the global one', async () => {
  for (const authority of [us, com]) {
    const body = await json(ask(`${authority}/${tenant.tenantId}/v2.0/.well-known/openid-configuration`))
    assert.equal(body.issuer, `${us}/${tenant.tenantId}/v2.0`)
    assert.equal(body.token_endpoint, `${us}/${tenant.tenantId}/oauth2/v2.0/token`)
    assert.equal(body.msgraph_host, 'graph.microsoft.us')
    assert.equal(body.userinfo_endpoint, 'https://graph.microsoft.us/oidc/userinfo')
    assert.equal(body.cloud_instance_name, 'microsoftonline.us')
    assert.deepEqual([body.tenant_region_scope, body.tenant_region_sub_scope], ['USGov', 'DODCON'])
  }
  const common = await json(ask(`${com}/common/v2.0/.well-known/openid-configuration`))
  assert.deepEqual([common.cloud_instance_name, common.tenant_region_scope], ['microsoftonline.com', null])
})

test('a token is addressed to the Graph it was asked for, and each Graph takes those of its own cloud alone', async () => {
  const { access_token: token } = await json(tokenAt(us, tokenForm('https://graph.microsoft.us')))
  const claims = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString())
  assert.equal(claims.aud, 'https://graph.microsoft.us')
  assert.equal(claims.iss, `https://sts.windows.net/${tenant.tenantId}/`)
  assert.equal((await graphAt('graph.microsoft.us', token)).status, 200)
  const elsewhere = await graphAt('graph.microsoft.com', token)
  assert.equal(elsewhere.status, 401)
  assert.equal((await json(Promise.resolve(elsewhere))).error.message, 'InvalidCloudInstance')
  const other = await json(tokenAt(us, tokenForm('https://graph.microsoft.com')))
  const refused = await graphAt('graph.microsoft.us', other.access_token)
  assert.equal(refused.status, 401)
  assert.match(await refused.text(), /Invalid audience/)
})

test('openid-client discovers a tenant of GCC High and gets a token that its Graph takes', async () => {
  const issuer = new URL(`${us}/${tenant.tenantId}/v2.0`)
  const config = await openid.discovery(issuer, client.clientId, client.secret, undefined, {
    [openid.customFetch]: (url: string, o: object) => ask(url, o as Parameters<typeof ask>[1]) as never,
  })
  assert.equal(config.serverMetadata().issuer, issuer.href)
  const tokens = await openid.clientCredentialsGrant(config, {
    scope: 'https://graph.microsoft.us/.default',
  })
  assert.equal((await graphAt('graph.microsoft.us', tokens.access_token)).status, 200)
})

test('AADSTS900382, 90038, 700023: another cloud’s authority has no tokens for this tenant', async () => {
  const form = tokenForm('https://graph.microsoft.com')
  const error = 'invalid_request'
  await provokes(900382, { answer: await tokenAt(com, form), error })
  const { client_secret: _, ...bare } = form
  const refresh = { ...bare, grant_type: 'refresh_token', refresh_token: 'x' }
  const told = await provokes(90038, { answer: await tokenAt(com, refresh), error })
  assert.match(String(told['error_description']), /redirected to the National Cloud 'MicrosoftOnline\.US'/)
  const assertion = {
    client_assertion: 'a.b.c',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  }
  const answer = await tokenAt(com, { ...bare, ...assertion })
  await provokes(700023, { answer, error: 'invalid_client', status: 401 })
  const device = { client_id: client.clientId, scope: 'User.Read' }
  await provokes(90038, {
    answer: await post(`${com}/${tenant.tenantId}/oauth2/v2.0/devicecode`, device),
    error,
  })
})

test('AADSTS700016, 50059: a registration does not cross clouds', async () => {
  const answer = await post(
    `${com}/organizations/oauth2/v2.0/token`,
    tokenForm('https://graph.microsoft.com'),
  )
  await provokes(700016, { answer, error: 'unauthorized_client' })
  const device = { client_id: client.clientId, scope: 'User.Read' }
  await provokes(50059, {
    answer: await post(`${com}/organizations/oauth2/v2.0/devicecode`, device),
    error: 'invalid_request',
  })
  const query = `client_id=${client.clientId}&response_type=code&redirect_uri=http://localhost&scope=openid`
  const page = await ask(`${com}/organizations/oauth2/v2.0/authorize?${query}`)
  assert.match(await page.text(), /AADSTS700016/)
  const led = await ask(`${com}/${tenant.tenantId}/oauth2/v2.0/authorize?${query}`)
  assert.equal(led.headers.get('location'), `${us}/${tenant.tenantId}/oauth2/v2.0/authorize?${query}`)
})

test('Azure Resource Manager of the cloud takes tokens for its own names alone', async () => {
  const bearer = async (resource: string): Promise<object> => {
    const { access_token: token } = await json(tokenAt(us, tokenForm(resource)))
    return { headers: { authorization: `Bearer ${token}` } }
  }
  const path = '/subscriptions?api-version=2022-12-01'
  const asked = await bearer('https://management.core.usgovcloudapi.net/')
  assert.equal((await ask(`https://management.usgovcloudapi.net${path}`, asked)).status, 200)
  assert.equal((await ask(`https://management.azure.com${path}`, asked)).status, 401)
})

test('one process can hold tenants of both clouds, each under its own authority', async () => {
  const reply = await fetch(`${tenant.origin}/_letterlock/tenants`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tenant.controlToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ displayName: 'Fabrikam', domains: ['fabrikam.example'], cloud: 'global' }),
  })
  const made = (await reply.json()) as { id: string; domains: string[] }
  assert.deepEqual(made.domains, ['fabrikam.example', 'fabrikam.onmicrosoft.com'])
  const document = (authority: string, name: string) =>
    json(ask(`${authority}/${name}/v2.0/.well-known/openid-configuration`))
  assert.equal((await document(com, made.id)).issuer, `${com}/${made.id}/v2.0`)
  assert.equal((await document(us, 'fabrikam.example')).msgraph_host, 'graph.microsoft.com')
  assert.equal((await document(us, 'contoso.onmicrosoft.us')).issuer, `${us}/${tenant.tenantId}/v2.0`)
})

test('a device is sent to the address of its cloud, which leads to that cloud’s authority', async () => {
  const device = { client_id: client.clientId, scope: 'User.Read' }
  const body = await json(post(`${us}/${tenant.tenantId}/oauth2/v2.0/devicecode`, device))
  assert.equal(body.verification_uri, 'https://microsoft.com/deviceloginus')
  const led = (await ask(body.verification_uri)).headers.get('location')!
  assert.equal(new URL(led).origin, us)
  assert.match(await (await ask(led)).text(), /name="otc"/)
})

test('the portal and the error look-up of the cloud are answered; a data folder keeps its cloud', async () => {
  assert.equal((await ask('https://portal.azure.us/')).status, 200)
  assert.match(await (await ask(`${us}/error?code=90038`)).text(), /90038/)
  const other = mkdtempSync(join(tmpdir(), 'letterlock-clouds-'))
  try {
    const first = await startTenant({ dataDir: other, cloud: 'gcc-high' })
    await first.close()
    await assert.rejects(startTenant({ dataDir: other, cloud: 'global' }), { code: 'tenant/other-cloud' })
    await using again = await startTenant({ dataDir: other })
    assert.equal(again.cloud, 'gcc-high')
  } finally {
    rmSync(other, { recursive: true, force: true })
  }
})
