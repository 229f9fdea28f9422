// The control API beyond its table: who may use it, tails that end, sessions, and a seed that is all there or not at all.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTenant, type Tenant } from '../index.ts'
import { signIn, signInForTokens } from '../person.fixture.ts'
import { labRole } from './guard.ts'

let tenant: Tenant
before(async () => {
  tenant = await startTenant()
})
after(() => tenant.close())

interface Answer {
  readonly status: number
  // oxlint-disable-next-line no-explicit-any
  readonly body: any
}
async function control(method: string, path: string, body?: object, token?: string): Promise<Answer> {
  const reply = await fetch(`${tenant.origin}/_letterlock/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token ?? tenant.controlToken}`,
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  return { status: reply.status, body: await reply.json() }
}
const scopes = ['openid', 'offline_access', 'User.Read']

test('a Graph token opens the control API only for a person with the lab role, and not all of it', async () => {
  const user = 'grace@contoso.example'
  const token = await signIn(tenant, { user, scopes })
  const refused = await control('GET', 'status', undefined, token)
  assert.deepEqual([refused.status, refused.body.error.code], [403, 'control/no-lab-role'])
  await control('PATCH', `users/${user}`, { roles: [labRole] })
  assert.equal((await control('GET', 'status', undefined, token)).status, 200)
  const owner = await control('POST', 'shutdown', undefined, token)
  assert.deepEqual([owner.status, owner.body.error.code], [403, 'control/owner-only'])
  await control('PATCH', `users/${user}`, { roles: [] })
  assert.equal((await control('GET', 'status', undefined, token)).status, 403, 'taken away at once')
  const [head, claims] = token.split('.')
  const forged = await control('GET', 'status', undefined, `${head}.${claims}.AAAA`)
  assert.deepEqual([forged.status, forged.body.error.code], [401, 'control/not-allowed'])
})

test('sessions are listed without their secrets, and revoked for one application or one person', async () => {
  const user = 'ada@contoso.example'
  const tokens = await signInForTokens(tenant, { user, scopes })
  const listed = (await control('GET', `sessions?user=${user}`)).body as Record<string, unknown>[]
  const refresh = listed.find((one) => one['kind'] === 'refresh-token')!
  assert.equal(refresh['application'], 'Microsoft Graph Command Line Tools')
  assert.ok(listed.some((one) => one['kind'] === 'browser'))
  assert.ok(!JSON.stringify(listed).includes(tokens.refresh_token!))
  const client = String(refresh['clientId'])
  assert.equal((await control('DELETE', `sessions?user=${user}&app=${client}`)).body.removed, 1)
  assert.match(await refreshWith(tokens.refresh_token!, client), /^AADSTS70000:/)
  const again = await signInForTokens(tenant, { user, scopes })
  assert.ok((await control('DELETE', `sessions?user=${user}`)).body.removed >= 2)
  assert.match(await refreshWith(again.refresh_token!, client), /^AADSTS50173:/)
  assert.equal((await control('DELETE', 'sessions')).status, 400, 'everybody’s are not ended by a slip')
})

async function refreshWith(refreshToken: string, clientId: string): Promise<string> {
  const reply = await fetch(`${tenant.origin}/${tenant.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: clientId,
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
    }),
  })
  return String(((await reply.json()) as { error_description?: string }).error_description)
}

test('a live tail sends what happens as it happens, and ends when its reader goes', async () => {
  const stop = new AbortController()
  const reply = await fetch(`${tenant.origin}/_letterlock/log/live`, {
    headers: { authorization: `Bearer ${tenant.controlToken}` },
    signal: stop.signal,
  })
  const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader()
  assert.equal((await reader.read()).value, '\n')
  await fetch(`${tenant.origin}/v1.0/marked`)
  let text = ''
  while (!text.includes('/v1.0/marked')) text += (await reader.read()).value
  stop.abort()
  await assert.rejects(reader.read())
})

test('the sign-in log tells who signed in, and reads on from there', async () => {
  const newest = (await control('GET', 'sign-ins?limit=1')).body[0]?.sequence ?? 0
  await signIn(tenant, { user: 'ada@contoso.example', scopes })
  const { body } = await control('GET', `sign-ins?after=${newest}`)
  assert.equal(body[0].userPrincipalName, 'ada@contoso.example')
  const reply = await fetch(`${tenant.origin}/_letterlock/sign-ins/live?after=${newest}&forMs=1`, {
    headers: { authorization: `Bearer ${tenant.controlToken}` },
  })
  const [line] = (await reply.text()).trim().split('\n')
  assert.deepEqual(JSON.parse(line!), body[0])
})

test('a live tail ends with its tenant', async () => {
  const other = await startTenant()
  const reply = await fetch(`${other.origin}/_letterlock/audits/live`, {
    headers: { authorization: `Bearer ${other.controlToken}` },
  })
  const ended = reply.text().catch(() => 'cut')
  await other.close()
  assert.ok(['\n', 'cut'].includes(await ended))
})

test('a log is read on from where one was', async () => {
  const first = (await control('GET', 'log?limit=1')).body as { sequence: number }[]
  assert.equal(first.length, 1)
  await fetch(`${tenant.origin}/v1.0/marked-2`)
  const next = (await control('GET', `log?after=${first[0]!.sequence}`)).body as { path: string }[]
  assert.deepEqual(
    next.map(({ path }) => path),
    ['/_letterlock/log', '/v1.0/marked-2'],
  )
})

test('a seed is all there or not at all', async () => {
  const seed = {
    users: [{ userPrincipalName: 'sam@contoso.example' }],
    settings: { userConsent: 'none' },
    apps: [{ displayName: 'Sam’s app', redirectUris: { web: ['http://elsewhere.example/x'] } }],
  }
  const refused = await control('POST', 'seed', seed)
  assert.equal(refused.status, 400)
  assert.match(refused.body.error.message, /redirectUris/)
  assert.equal((await control('GET', 'users/sam@contoso.example')).status, 404)
  assert.equal((await control('GET', 'settings')).body.userConsent, 'microsoft-managed')
  const clientId = 'c3f1a5d2-0000-4000-8000-0000000000aa'
  const good = { ...seed, apps: [{ displayName: 'Sam’s app', clientId }] }
  const made = await control('POST', 'seed', good)
  assert.deepEqual([made.status, made.body.apps[0].clientId], [201, clientId])
  const twice = await control('POST', 'seed', good)
  assert.deepEqual([twice.status, twice.body.error.code], [409, 'control/exists'])
})

test('a seeded application signs in at once: secret, consent and application permission', async () => {
  const app = await control('POST', 'apps', {
    displayName: 'Reader',
    permissions: { application: ['User.Read.All'], delegated: ['Mail.Read'] },
    consent: 'all',
    secrets: [{ displayName: 'tests' }],
  })
  const reply = await fetch(`${tenant.origin}/${tenant.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: app.body.clientId,
      client_secret: app.body.secrets[0].secretText,
      grant_type: 'client_credentials',
      scope: 'https://graph.microsoft.com/.default',
    }),
  })
  const { access_token: token } = (await reply.json()) as { access_token: string }
  const users = await fetch(`${tenant.origin}/v1.0/users`, { headers: { authorization: `Bearer ${token}` } })
  assert.equal(users.status, 200)
  const unknown = await control('POST', 'apps', {
    displayName: 'X',
    permissions: { delegated: ['Mail.Nonsense'] },
  })
  assert.match(unknown.body.error.message, /no delegated permission "Mail.Nonsense"/)
})

test('shutdown answers first, and then tells whoever started the tenant', async () => {
  const told = Promise.withResolvers<string>()
  await using other = await startTenant({ onShutdown: () => told.resolve('told') })
  const reply = await fetch(`${other.origin}/_letterlock/shutdown`, {
    method: 'POST',
    headers: { authorization: `Bearer ${other.controlToken}` },
  })
  assert.deepEqual([reply.status, await reply.json(), await told.promise], [202, { ok: true }, 'told'])
})
