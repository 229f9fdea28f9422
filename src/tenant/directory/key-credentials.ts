// Certificates of an application, and the list of its secrets in a PATCH. entra.md section 8.1; Graph keyCredential.
import { createHash, randomUUID, X509Certificate } from 'node:crypto'
import { GraphFailure } from '../context.ts'
import { badRequest } from './contract.ts'
import { invalidValue } from './objects.ts'

export interface KeyCredential {
  readonly keyId: string
  readonly type: string
  readonly usage: string
  readonly key: string | null
  readonly customKeyIdentifier: string | null
  readonly displayName: string | null
  readonly startDateTime: string
  readonly endDateTime: string
}

/** The certificates to keep: new ones are read, those sent back without their key stay. @throws {GraphFailure} 400 */
export function readKeyCredentials(value: unknown, before: readonly KeyCredential[]): KeyCredential[] {
  if (!Array.isArray(value)) throw invalidValue('keyCredentials', 'Application')
  return value.map((one: Record<string, unknown> | null) => {
    if (typeof one !== 'object' || one === null) throw invalidValue('keyCredentials', 'Application')
    const known = before.find((old) => old.keyId === one['keyId'])
    if (known && (one['key'] ?? null) === null) return known
    return readCertificate(one)
  })
}

function readCertificate(given: Record<string, unknown>): KeyCredential {
  const refuse = (): GraphFailure => invalidValue('keyCredentials', 'Application')
  const { key, displayName = null } = given
  if (given['type'] !== 'AsymmetricX509Cert' || !['Verify', 'Encrypt'].includes(String(given['usage'])))
    throw refuse()
  if (typeof key !== 'string' || (displayName !== null && typeof displayName !== 'string')) throw refuse()
  const certificate = parse(key)
  if (!certificate) throw refuse()
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)]
  const startMs = given['startDateTime'] ? Date.parse(String(given['startDateTime'])) : from
  const endMs = given['endDateTime'] ? Date.parse(String(given['endDateTime'])) : to
  if (Number.isNaN(startMs) || Number.isNaN(endMs)) throw refuse()
  if (endMs > to || endMs <= startMs)
    throw new GraphFailure(400, 'KeyCredentialsInvalidEndDate', 'Key credential end date is invalid.')
  const thumbprint = createHash('sha1').update(certificate.raw).digest('hex').toUpperCase()
  const at = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z')
  return {
    keyId: typeof given['keyId'] === 'string' ? given['keyId'] : randomUUID(),
    type: 'AsymmetricX509Cert',
    usage: String(given['usage']),
    key: certificate.raw.toString('base64'),
    customKeyIdentifier: String(given['customKeyIdentifier'] ?? thumbprint),
    displayName: displayName ?? certificate.subject.split('\n').at(-1) ?? null,
    startDateTime: at(startMs),
    endDateTime: at(endMs),
  }
}

/** Some tools send the base64 text of a PEM file once more in base64. */
function parse(key: string): X509Certificate | undefined {
  for (const bytes of [
    Buffer.from(key, 'base64'),
    Buffer.from(Buffer.from(key, 'base64').toString('latin1'), 'base64'),
  ])
    try {
      return new X509Certificate(bytes)
    } catch {
      // the next form
    }
  return undefined
}

/** Ids of the secrets that a PATCH leaves out. @throws {GraphFailure} 400 for a new one: those come from addPassword */
export function removedSecrets(value: unknown, present: readonly { readonly keyId: string }[]): string[] {
  if (!Array.isArray(value)) throw invalidValue('passwordCredentials', 'Application')
  const kept = new Set(value.map((one: { keyId?: unknown } | null) => one?.keyId))
  if ([...kept].some((id) => !present.some((one) => one.keyId === id)))
    throw badRequest('New password credentials must be generated with service actions.')
  return present.map((one) => one.keyId).filter((id) => !kept.has(id))
}
