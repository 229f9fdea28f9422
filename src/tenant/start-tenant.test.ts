// startTenant() for tests: everything made in one call, several side by side, gone with their scope.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { selfSignedCertificate } from './identity/certificate.ts'
import { startTenant, type Tenant, TenantError } from './index.ts'
import { signIn } from './person.fixture.ts'

function certificate(): string {
  const der = selfSignedCertificate(generateKeyPairSync('rsa', { modulusLength: 2048 }), 'report')
  return `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`
}

async function appToken(tenant: Tenant, proof: { clientId: string; secret: string }): Promise<string> {
  const reply = await fetch(`${tenant.origin}/${tenant.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: proof.clientId,
      client_secret: proof.secret,
      grant_type: 'client_credentials',
      scope: 'https://graph.microsoft.com/.default',
    }),
  })
  return ((await reply.json()) as { access_token: string }).access_token
}

test('users, applications, settings and clock are made in one call, and what was made is returned', async () => {
  const clientId = '0b7c1c36-9a2b-4f0e-8a58-7e2c7d7f1a10'
  await using tenant = await startTenant({
    users: [{ userPrincipalName: 'mia@contoso.example', password: 'practice makes perfect' }],
    apps: [
      {
        displayName: 'Report',
        permissions: { application: ['User.Read.All'] },
        consent: 'all',
        secrets: [{ displayName: 'tests' }],
        certificates: [certificate()],
      },
      {
        displayName: 'Desk',
        clientId,
        publicClient: true,
        redirectUris: { publicClient: ['http://localhost'] },
        permissions: { delegated: ['User.Read'] },
        consent: ['mia@contoso.example'],
        assignmentRequired: true,
        assignTo: ['mia@contoso.example'],
      },
    ],
    settings: { staySignedIn: false },
    clock: { nowMs: Date.UTC(2030, 0) },
  })
  const [report, desk] = tenant.apps
  assert.equal(desk!.clientId, clientId)
  assert.equal(report!.certificates.length, 1)
  const user = tenant.users.find((one) => one.userPrincipalName === 'mia@contoso.example')!
  assert.equal(user.password, 'practice makes perfect')
  const proof = { clientId: report!.clientId, secret: report!.secrets[0]!.secretText }
  const token = await appToken(tenant, proof)
  const users = await fetch(`${tenant.origin}/v1.0/users`, { headers: { authorization: `Bearer ${token}` } })
  assert.equal(users.status, 200)
  const { exp } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { exp: number }
  assert.ok(exp * 1_000 > Date.UTC(2030, 0))
  await signIn(tenant, { user: user.userPrincipalName, clientId, scopes: ['User.Read'] })
  await assert.rejects(
    signIn(tenant, { user: 'ada@contoso.example', clientId, scopes: ['User.Read'] }),
    /50105/,
  )
})

test('a seed that makes no sense is tenant/seed-refused, and nothing is left behind', async () => {
  for (const apps of [
    [{ displayName: 'X', permissions: { delegated: ['Mail.Nonsense'] } }],
    [{ displayName: 'X', redirectUris: { web: ['http://elsewhere.example'] } }],
    [{ displayName: 'X', nonsense: true } as never],
  ])
    await assert.rejects(startTenant({ apps }), (error) => {
      assert.ok(error instanceof TenantError)
      return error.code === 'tenant/seed-refused'
    })
})

test('eight tenants run side by side, and know nothing of each other', async () => {
  const tenants = await Promise.all(
    Array.from({ length: 8 }, (_, n) =>
      startTenant({
        users: [{ userPrincipalName: `only${n}@contoso.example` }],
        apps: [
          {
            displayName: 'Report',
            permissions: { application: ['User.Read.All'] },
            consent: 'all',
            secrets: [{}],
          },
        ],
      }),
    ),
  )
  const folders = tenants.map((one) => one.dataDir)
  try {
    assert.equal(new Set(tenants.map((one) => one.port)).size, 8)
    assert.equal(new Set(tenants.map((one) => one.tenantId)).size, 8)
    await Promise.all(
      tenants.map(async (tenant, n) => {
        const { clientId, secrets } = tenant.apps[0]!
        const token = await appToken(tenant, { clientId, secret: secrets[0]!.secretText })
        const ask = (other: Tenant): Promise<Response> =>
          fetch(`${other.origin}/v1.0/users`, { headers: { authorization: `Bearer ${token}` } })
        const own = await (await ask(tenant)).text()
        assert.ok(own.includes(`only${n}@`))
        assert.ok(!own.includes(`only${(n + 1) % 8}@`))
        assert.equal((await ask(tenants[(n + 1) % 8]!)).status, 401, 'a token of one is nothing to another')
        const control = await fetch(`${tenants[(n + 1) % 8]!.origin}/_letterlock/users`, {
          headers: { authorization: `Bearer ${tenant.controlToken}` },
        })
        assert.equal(control.status, 401)
      }),
    )
  } finally {
    await Promise.all(tenants.map((one) => one.close()))
  }
  for (const folder of folders) assert.equal(existsSync(folder), false)
})
