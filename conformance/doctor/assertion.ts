// A client that proves itself with a certificate, signed by jose; wrong where a case wants it. entra.md section 4.1.
import { createHash, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { selfSignedCertificate } from '../../src/tenant/identity/certificate.ts'
import { asApplication, type Met, type Situation } from './situation.ts'

interface Assertion {
  readonly key: KeyObject
  readonly certificate: Buffer
  audience?: string | undefined
  lifeS: number
}
const assertions = new WeakMap<Situation, Assertion>()

/** Gives the client of a situation a certificate, and registers it unless it must not be known. */
export async function certify(
  s: Situation,
  o: { readonly registered?: boolean; readonly lifeS?: number; readonly audience?: string } = {},
): Promise<void> {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const certificate = selfSignedCertificate(pair, 'daemon')
  assertions.set(s, { key: pair.privateKey, certificate, audience: o.audience, lifeS: o.lifeS ?? 300 })
  if (o.registered !== false) await registerCertificate(s)
}

export async function registerCertificate(s: Situation): Promise<void> {
  const key = assertions.get(s)!.certificate.toString('base64')
  await s.people.graph('PATCH', `/applications/${s.app.id}`, {
    keyCredentials: [{ type: 'AsymmetricX509Cert', usage: 'Verify', key }],
  })
}

/** A fresh assertion, for the endpoint that is asked. */
export function makeRight(s: Situation): void {
  Object.assign(assertions.get(s)!, { audience: undefined, lifeS: 300 })
}

export async function withAssertion(s: Situation): Promise<Met> {
  const { key, certificate, audience, lifeS } = assertions.get(s)!
  const { nowMs } = (await s.people.control('GET', 'clock')) as { nowMs: number }
  const now = Math.floor(nowMs / 1_000)
  const assertion = await new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({
      alg: 'PS256',
      typ: 'JWT',
      'x5t#S256': createHash('sha256').update(certificate).digest('base64url'),
    })
    .setIssuer(s.clientId)
    .setSubject(s.clientId)
    .setAudience(audience ?? `${s.people.tenant.origin}/${s.tenant}/oauth2/v2.0/token`)
    .setNotBefore(now - 1_200)
    .setExpirationTime(now + lifeS)
    .sign(key)
  s.credentials = {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  }
  s.scope = 'https://graph.microsoft.com/.default'
  return asApplication(s)
}
