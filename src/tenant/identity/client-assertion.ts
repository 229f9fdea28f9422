// A client that proves itself with a signed assertion made with a certificate of its registration. entra.md section 4.1.
import { createHash, type KeyObject, X509Certificate } from 'node:crypto'
import { findAuthority } from '../../facts/microsoft-hosts.ts'
import type { Application } from '../directory/objects.ts'
import { EntraFailure } from './failure.ts'
import type { IdentityParts } from './identity.ts'
import type { TokenRequest } from './token-endpoint.ts'

const skewMs = 300_000
/** PS256 as Microsoft asks for now, RS256 as older clients send. */
const algorithms = ['PS256', 'RS256']
const documentation =
  'Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials'

export interface Assertion {
  readonly text: string
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

const refuse = (code: number, message: string): EntraFailure =>
  new EntraFailure(code, message, { error: 'invalid_client', status: 401 })

/** @throws {EntraFailure} 50027 */
export async function readAssertion(text: string): Promise<Assertion> {
  const { decodeJwt, decodeProtectedHeader } = await import('jose')
  try {
    return { text, header: { ...decodeProtectedHeader(text) }, claims: decodeJwt(text) }
  } catch {
    throw refuse(50027, 'JWT token is invalid or malformed.')
  }
}

/** @throws {EntraFailure} 50027, 700021, 700023, 700024, 700027 */
export async function checkCertificateAssertion(
  parts: IdentityParts,
  request: TokenRequest,
  assertion: Assertion,
): Promise<void> {
  const { application } = request.client
  const { header, claims } = assertion
  if (claims['iss'] !== application.appId || claims['sub'] !== application.appId)
    throw refuse(
      700021,
      `Client assertion application identifier doesn't match 'client_id' parameter. ${documentation}.`,
    )
  if (!algorithms.includes(String(header['alg'])))
    throw refuse(
      50027,
      `JWT token is invalid or malformed: the algorithm must be ${algorithms.join(' or ')}.`,
    )
  checkTimes(claims, parts.clock.nowMs())
  if (!audiencesOf(parts, request).includes(String(claims['aud'])))
    throw refuse(700023, `Client assertion audience claim does not match Realm issuer. ${documentation}.`)
  const { compactVerify } = await import('jose')
  const key = certificateKey(application, header, parts.clock.nowMs())
  await compactVerify(assertion.text, key, { algorithms }).catch(() => {
    throw invalidSignature(
      application,
      header,
      'Key was found, but use of the key to verify the signature failed.',
    )
  })
}

/** @throws {EntraFailure} 700024 */
export function checkTimes(claims: Assertion['claims'], nowMs: number): void {
  const [fromMs, untilMs] = [Number(claims['nbf'] ?? 0) * 1_000, Number(claims['exp'] ?? 0) * 1_000]
  if (fromMs <= nowMs + skewMs && untilMs > nowMs - skewMs) return
  const iso = (ms: number): string =>
    Number.isFinite(ms) && Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString() : String(ms)
  throw refuse(
    700024,
    `Client assertion is not within its valid time range. Current time: ${iso(nowMs)}, assertion valid from ${iso(fromMs)}, expiry time of assertion ${iso(untilMs)}. ${documentation}.`,
  )
}

/** The token endpoints and issuers of the tenant, under the address that was asked and its other names. */
function audiencesOf(parts: IdentityParts, request: TokenRequest): string[] {
  const names = [...new Set([request.tenant, request.tenantName, parts.tenantId])]
  const aliases = findAuthority(new URL(request.origin).host)?.aliases ?? []
  const origins = [request.origin, ...aliases.map((host) => `https://${host}`)]
  const paths = ['oauth2/v2.0/token', 'oauth2/token', 'v2.0']
  return origins.flatMap((origin) =>
    names.flatMap((name) => paths.map((path) => `${origin}/${name}/${path}`)),
  )
}

interface KeyCredential {
  readonly key?: string
  readonly startDateTime?: string
  readonly endDateTime?: string
}

/** The registered certificate that the header names by its thumbprint. @throws {EntraFailure} 50027, 700027 */
function certificateKey(application: Application, header: Assertion['header'], nowMs: number): KeyObject {
  const wanted = { sha256: header['x5t#S256'], sha1: header['x5t'] ?? header['kid'] }
  if (typeof wanted.sha256 !== 'string' && typeof wanted.sha1 !== 'string')
    throw refuse(
      50027,
      'JWT token is invalid or malformed: no certificate thumbprint specified in token header.',
    )
  for (const credential of (application['keyCredentials'] ?? []) as readonly KeyCredential[]) {
    const der = Buffer.from(credential.key ?? '', 'base64')
    const matches =
      typeof wanted.sha256 === 'string'
        ? sameThumbprint(der, 'sha256', wanted.sha256)
        : sameThumbprint(der, 'sha1', String(wanted.sha1))
    if (!matches) continue
    const start = Date.parse(credential.startDateTime ?? '') || 0
    const end = Date.parse(credential.endDateTime ?? '') || Infinity
    if (nowMs < start || nowMs > end) throw invalidSignature(application, header, 'The key used is expired.')
    return new X509Certificate(der).publicKey
  }
  throw invalidSignature(application, header, 'The key was not found.')
}

/** Clients send the thumbprint as base64url; `kid` of some is hexadecimal. */
function sameThumbprint(der: Buffer, hash: 'sha1' | 'sha256', given: string): boolean {
  const digest = createHash(hash).update(der).digest()
  return (
    digest.toString('base64url') === given.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '') ||
    digest.toString('hex') === given.toLowerCase()
  )
}

function invalidSignature(
  application: Application,
  header: Assertion['header'],
  reason: string,
): EntraFailure {
  const sent = Buffer.from(String(header['x5t#S256'] ?? header['x5t'] ?? header['kid']), 'base64url')
  const thumbprint = sent.toString('hex').toUpperCase()
  return refuse(
    700027,
    `The certificate with identifier used to sign the client assertion is not registered on application. [Reason - ${reason}, Thumbprint of key used by client: '${thumbprint}', Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id '${application.appId}'.`,
  )
}
