// Client credentials with a certificate: openid-client signs the assertion, openssl (else the tenant's own code) made the certificate.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type webcrypto,
} from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import * as client from 'openid-client'
import { provokes } from '../aadsts.ts'
import { selfSignedCertificate } from '../../src/tenant/identity/certificate.ts'
import { type Lab, startLab } from './lab.ts'

const scope = 'https://graph.microsoft.com/.default'
let lab: Lab
let daemon: { appId: string; id: string; principalId: string }
const own = makeCertificate()

before(async () => {
  lab = await startLab()
  daemon = await lab.register({ keyCredentials: [keyCredential(own.der)] })
})
after(() => lab.tenant.close())

function makeCertificate(): { pem: string; der: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'letterlock-certificate-'))
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.der')]
  try {
    const names = ['-keyout', key, '-outform', 'DER', '-out', certificate, '-subj', '/CN=daemon']
    const made = spawnSync('openssl', [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      ...names,
    ])
    if (made.status === 0) return { pem: readFileSync(key, 'utf8'), der: readFileSync(certificate) }
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
    return { pem, der: selfSignedCertificate(pair, 'daemon') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const keyCredential = (der: Buffer, more: object = {}): object => ({
  type: 'AsymmetricX509Cert',
  usage: 'Verify',
  key: der.toString('base64'),
  ...more,
})

interface Signing {
  readonly algorithm?: 'RSA-PSS' | 'RSASSA-PKCS1-v1_5'
  readonly by?: { pem: string; der: Buffer }
  readonly header?: (header: Record<string, unknown>) => void
  readonly claims?: (claims: Record<string, unknown>) => void
}

const thumbprint = (der: Buffer, hash: string): string => createHash(hash).update(der).digest('base64url')

async function signedBy(o: Signing = {}): Promise<client.ClientAuth> {
  const { pem, der } = o.by ?? own
  const algorithm = o.algorithm ?? 'RSA-PSS'
  const pkcs8 = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' })
  const key: webcrypto.CryptoKey = await crypto.subtle.importKey(
    'pkcs8',
    pkcs8,
    { name: algorithm, hash: 'SHA-256' },
    false,
    ['sign'],
  )
  const modify = {
    [client.modifyAssertion](header: Record<string, unknown>, claims: Record<string, unknown>) {
      claims['aud'] = `${lab.tenant.origin}/${lab.tenant.tenantId}/oauth2/v2.0/token`
      if (algorithm === 'RSA-PSS') header['x5t#S256'] = thumbprint(der, 'sha256')
      else header['x5t'] = thumbprint(der, 'sha1')
      o.header?.(header)
      o.claims?.(claims)
    },
  }
  return client.PrivateKeyJwt(key, modify as client.ModifyAssertionOptions)
}

async function ask(o: Signing = {}, appId = daemon.appId) {
  const config = await lab.configuration(appId, await signedBy(o))
  return client.clientCredentialsGrant(config, { scope })
}

const assertCode = (work: Promise<unknown>, code: number) =>
  provokes(code, { thrownBy: work, error: 'invalid_client', status: 401 })

const payloadOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>

test('a certificate proves the client with PS256 and x5t#S256, and with RS256 and x5t as older clients send', async () => {
  assert.ok(createPublicKey(own.pem))
  for (const algorithm of ['RSA-PSS', 'RSASSA-PKCS1-v1_5'] as const) {
    const token = await ask({ algorithm })
    const claims = payloadOf(token.access_token)
    assert.deepEqual([claims['appid'], claims['appidacr'], claims['idtyp']], [daemon.appId, '2', 'app'])
    assert.equal(token.refresh_token, undefined)
  }
})

test('AADSTS700027: an unknown certificate, a forged signature and an expired certificate are refused', async () => {
  const other = makeCertificate()
  await assertCode(ask({ by: other }), 700027)
  await assertCode(ask({ by: { pem: other.pem, der: own.der } }), 700027)
  const expired = await lab.register({
    keyCredentials: [
      keyCredential(own.der, { startDateTime: '2019-01-01T00:00:00Z', endDateTime: '2020-01-01T00:00:00Z' }),
    ],
  })
  await assertCode(ask({}, expired.appId), 700027)
})

test('AADSTS700024: an assertion past its time, and one of the day after tomorrow, are refused', async () => {
  const nowS = Math.floor(Date.now() / 1_000)
  await assertCode(ask({ claims: (claims) => void (claims['exp'] = nowS - 600) }), 700024)
  await assertCode(ask({ claims: (claims) => void (claims['nbf'] = nowS + 172_800) }), 700024)
})

test('AADSTS700023 and 700021: another audience, and another client in iss or sub, are refused', async () => {
  await assertCode(
    ask({ claims: (claims) => void (claims['aud'] = 'https://elsewhere.example/token') }),
    700023,
  )
  await assertCode(ask({ claims: (claims) => void (claims['sub'] = 'somebody else') }), 700021)
  await assertCode(ask({ claims: (claims) => void (claims['iss'] = crypto.randomUUID()) }), 700021)
})

test('AADSTS50027: no thumbprint, no token at all, "none" and HS256 with the public key are refused', async () => {
  await assertCode(ask({ header: (header) => void delete header['x5t#S256'] }), 50027)
  const { createHmac } = await import('node:crypto')
  const nowS = Math.floor(Date.now() / 1_000)
  const claims = {
    iss: daemon.appId,
    sub: daemon.appId,
    aud: `${lab.tenant.origin}/${lab.tenant.tenantId}/oauth2/v2.0/token`,
    exp: nowS + 300,
  }
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
  const forge = (alg: string, sign: (text: string) => string): string => {
    const text = `${encode({ alg, typ: 'JWT', 'x5t#S256': thumbprint(own.der, 'sha256') })}.${encode(claims)}`
    return `${text}.${sign(text)}`
  }
  const publicPem = createPublicKey(own.pem).export({ type: 'spki', format: 'pem' })
  for (const assertion of [
    'nonsense',
    forge('none', () => ''),
    forge('HS256', (text) => createHmac('sha256', publicPem).update(text).digest('base64url')),
  ]) {
    const reply = await fetch(`${lab.tenant.origin}/${lab.tenant.tenantId}/oauth2/v2.0/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: daemon.appId,
        scope,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
      }),
    })
    await provokes(50027, { answer: reply, error: 'invalid_client', status: 401 })
  }
})

test('AADSTS7000216: client credentials without any credential are refused', async () => {
  const config = await lab.configuration(daemon.appId)
  await assertCode(client.clientCredentialsGrant(config, { scope }), 7000216)
})
