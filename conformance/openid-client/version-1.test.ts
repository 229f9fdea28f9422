// Version 1 of the protocol, as the m365 CLI and older libraries speak it. entra.md sections 1.2, 1.4 and 2.3.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as client from 'openid-client'
import { graphAccess, jsonOf, type Lab, redirectUri, startLab, walk } from './lab.ts'

const ada = 'ada@contoso.example'
const resource = 'https://graph.microsoft.com'
let lab: Lab
let appId: string
let at: string

before(async () => {
  lab = await startLab()
  ;({ appId } = await lab.register({
    publicClient: { redirectUris: [redirectUri] },
    requiredResourceAccess: graphAccess([{ id: 'e1fe6dd8-ba31-4d61-89e7-88639da4683d', type: 'Scope' }]),
  }))
  at = `${lab.tenant.origin}/${lab.tenant.tenantId}`
})
after(() => lab.tenant.close())

const claimsOf = (token: unknown): Record<string, unknown> =>
  JSON.parse(Buffer.from(String(token).split('.')[1]!, 'base64url').toString()) as Record<string, unknown>

async function codeFrom(parameters: Record<string, string>): Promise<URL> {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: appId,
    redirect_uri: redirectUri,
    state: 's',
    ...parameters,
  })
  const end = await walk(`${at}/oauth2/authorize?${query}`, lab.person(ada))
  assert.ok(end.redirect, `${end.page} ${end.text}`)
  return end.redirect
}

const redeem = (path: string, form: Record<string, string>): Promise<Response> =>
  fetch(`${at}/oauth2/${path}`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: appId, ...form }),
  })

test('a code asked for with resource= is redeemed at version 2 with /.default and no verifier, as the m365 CLI does', async () => {
  const back = await codeFrom({ resource, prompt: 'select_account' })
  assert.equal(back.searchParams.get('state'), 's')
  const tokens = await jsonOf(
    await redeem('v2.0/token', {
      grant_type: 'authorization_code',
      code: back.searchParams.get('code')!,
      redirect_uri: redirectUri,
      scope: `${resource}/.default openid profile offline_access`,
    }),
  )
  assert.ok(tokens['refresh_token'])
  assert.equal((await lab.graph('GET', '/me', undefined, String(tokens['access_token']))).status, 200)
})

test('the token endpoint of version 1 gives texts for numbers, the resource, and an ID token of version 1', async () => {
  const back = await codeFrom({ resource })
  const tokens = await jsonOf(
    await redeem('token', {
      grant_type: 'authorization_code',
      code: back.searchParams.get('code')!,
      redirect_uri: redirectUri,
      resource,
    }),
  )
  assert.equal(tokens['resource'], resource)
  for (const name of ['expires_in', 'ext_expires_in', 'expires_on', 'not_before'])
    assert.match(String(tokens[name]), /^\d+$/, name)
  assert.equal(typeof tokens['expires_on'], 'string')
  const id = claimsOf(tokens['id_token'])
  assert.deepEqual(
    [id['ver'], id['iss'], id['upn']],
    ['1.0', `https://sts.windows.net/${lab.tenant.tenantId}/`, ada],
  )
  const again = await jsonOf(
    await redeem('token', {
      grant_type: 'refresh_token',
      refresh_token: String(tokens['refresh_token']),
      resource,
    }),
  )
  assert.ok(again['access_token'])
})

test('openid-client discovers version 1 by its own document, and verifies an ID token against its keys', async () => {
  const issuer = `https://sts.windows.net/${lab.tenant.tenantId}/`
  const document = await jsonOf(await fetch(`${at}/.well-known/openid-configuration`))
  assert.equal(document['issuer'], issuer)
  assert.equal(document['token_endpoint'], `${at}/oauth2/token`)
  const config = new client.Configuration(document as unknown as client.ServerMetadata, appId)
  client.allowInsecureRequests(config)
  client.enableNonRepudiationChecks(config)
  const back = await codeFrom({ resource, nonce: 'n' })
  const tokens = await client.authorizationCodeGrant(
    config,
    back,
    { expectedState: 's', expectedNonce: 'n' },
    { resource },
  )
  assert.equal(tokens.claims()!.iss, issuer)
})

test('client credentials of version 1 name the resource; without it 900144', async () => {
  const daemon = await lab.register({})
  const { secretText } = await jsonOf(await lab.graph('POST', `/applications/${daemon.id}/addPassword`, {}))
  const form = {
    client_id: daemon.appId,
    client_secret: String(secretText),
    grant_type: 'client_credentials',
  }
  const token = await jsonOf(await redeem('token', { ...form, resource }))
  assert.equal(claimsOf(token['access_token'])['aud'], resource)
  const without = (await (await redeem('token', form)).json()) as { error_codes: number[] }
  assert.deepEqual(without.error_codes, [900144])
})

test('the realm of a user name is Managed for a domain of the tenant, else Unknown', async () => {
  const ask = async (upn: string): Promise<Record<string, unknown>> =>
    jsonOf(await fetch(`${lab.tenant.origin}/common/userrealm/${encodeURIComponent(upn)}?api-version=1.0`))
  const known = await ask(ada)
  assert.deepEqual([known['account_type'], known['ver']], ['Managed', '1.0'])
  assert.equal(known['cloud_audience_urn'], 'urn:federation:MicrosoftOnline')
  assert.equal((await ask('x@fabrikam.example'))['account_type'], 'Unknown')
})

test('sign-out of version 1 leads to a registered address alone', async () => {
  for (const [uri, status] of [
    [redirectUri, 302],
    ['https://evil.example/', 200],
  ] as const) {
    const query = new URLSearchParams({ post_logout_redirect_uri: uri })
    const reply = await fetch(`${at}/oauth2/logout?${query}`, { redirect: 'manual' })
    assert.equal(reply.status, status, uri)
  }
})
