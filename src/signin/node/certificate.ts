import { createHash, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Secret } from '../secret.ts'
import { SignInError } from '../signin-error.ts'

export interface ClientCertificate {
  /** The private key: PKCS #8, DER. Goes nowhere but into a signature. */
  readonly pkcs8: Buffer
  /** SHA-256 of the certificate, base64url: `x5t#S256`. */
  readonly thumbprint: string
  readonly endsAtMs: number
}

/**
 * Reads a certificate with its private key: PEM (both in one file, in any order) or PKCS #12. Reads the file; no network.
 *
 * @throws {SignInError} `signin/certificate-unreadable`
 */
export async function readCertificate(file: string, passphrase?: Secret): Promise<ClientCertificate> {
  try {
    const bytes = readFileSync(file)
    const isPem = bytes.includes('-----BEGIN ')
    const found = isPem ? readPem(bytes, passphrase) : await readPkcs12(bytes, passphrase)
    return describe(found)
  } catch (cause) {
    if (cause instanceof SignInError) throw cause
    throw unreadable(`the certificate file ${file} cannot be used: ${reason(cause)}`, cause)
  }
}

interface KeyPair {
  readonly key: KeyObject
  readonly certificate: X509Certificate
}

function readPem(bytes: Buffer, passphrase: Secret | undefined): KeyPair {
  const text = bytes.toString('utf8')
  const keyPem = /-----BEGIN ((?:ENCRYPTED |RSA )?PRIVATE KEY)-----[\s\S]+?-----END \1-----/.exec(text)?.[0]
  const pems = text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []
  if (keyPem === undefined) throw unreadable('the PEM file holds no private key')
  const key = createPrivateKey({ key: keyPem, ...(passphrase && { passphrase: passphrase.reveal() }) })
  // A file may bring its whole chain: ours is the one that the key belongs to.
  const certificate = pems.map((pem) => new X509Certificate(pem)).find((one) => one.checkPrivateKey(key))
  if (!certificate) throw unreadable('the PEM file holds no certificate of its private key')
  return { key, certificate }
}

async function readPkcs12(bytes: Buffer, passphrase: Secret | undefined): Promise<KeyPair> {
  const { openPkcs12 } = await import('./pkcs12.ts')
  return openPkcs12(bytes, passphrase?.reveal() ?? '')
}

function describe({ key, certificate }: KeyPair): ClientCertificate {
  if (key.asymmetricKeyType !== 'rsa')
    throw unreadable(`the key is of type ${key.asymmetricKeyType}; Entra takes RSA keys only`)
  return {
    pkcs8: key.export({ type: 'pkcs8', format: 'der' }),
    thumbprint: createHash('sha256').update(certificate.raw).digest('base64url'),
    endsAtMs: certificate.validToDate.getTime(),
  }
}

/** Node's own words for the two usual mistakes help nobody. */
function reason(cause: unknown): string {
  const said = cause instanceof Error ? cause.message : String(cause)
  if (/unsupported/i.test(said)) return 'it is encrypted in an outdated way (RC2); export it anew'
  if (/mac verify failure|bad decrypt|interrupted or cancelled|passphrase|DECODER/i.test(said))
    return 'its password is missing or wrong, or the file is damaged'
  return (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : 'it is damaged'
}

function unreadable(message: string, cause?: unknown): SignInError {
  return new SignInError('signin/certificate-unreadable', message, {
    fix: 'Give a PEM file with certificate and private key, or a .pfx file and its password.',
    ...(cause !== undefined && { cause }),
  })
}
