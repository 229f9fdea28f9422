// Whether a token's signature is right in the eyes of a verifier that is not JavaScript: openssl, else Python.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface PublishedKeys {
  readonly keys: readonly { readonly kid: string; readonly x5c: readonly string[]; readonly n: string }[]
}

const script = `
import sys
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
key = x509.load_pem_x509_certificate(open(sys.argv[1], 'rb').read()).public_key()
try:
    key.verify(open(sys.argv[2], 'rb').read(), open(sys.argv[3], 'rb').read(), padding.PKCS1v15(), hashes.SHA256())
except InvalidSignature:
    sys.exit(9)
`

/** Public keys as openssl reads them out of their certificates; "" where there is no openssl. */
const publicKeys = new Map<string, string>()

function publicKeyOf(certificate: string): string {
  const known = publicKeys.get(certificate)
  if (known !== undefined) return known
  const asked = spawnSync('openssl', ['x509', '-noout', '-pubkey'], { input: certificate, encoding: 'utf8' })
  const key = asked.status === 0 ? asked.stdout : ''
  publicKeys.set(certificate, key)
  return key
}

/** True or false as the outside verifier says of this RS256 token; undefined when there is none here. */
export function verifyOutside(token: string, published: PublishedKeys): boolean | undefined {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const { kid, alg } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string; alg: string }
  const x5c = published.keys.find((one) => one.kid === kid)?.x5c[0]
  if (alg !== 'RS256' || !x5c) return false
  const certificate = `-----BEGIN CERTIFICATE-----\n${x5c.match(/.{1,64}/g)!.join('\n')}\n-----END CERTIFICATE-----\n`
  const dir = mkdtempSync(join(tmpdir(), 'letterlock-verify-'))
  const file = (name: string, content: string | Buffer): string => {
    writeFileSync(join(dir, name), content)
    return join(dir, name)
  }
  try {
    const signatureFile = file('signature', Buffer.from(signature, 'base64url'))
    const signed = file('signed', `${header}.${payload}`)
    const key = publicKeyOf(certificate)
    if (key !== '') {
      const args = ['dgst', '-sha256', '-verify', file('key.pem', key), '-signature', signatureFile]
      return spawnSync('openssl', [...args, signed]).status === 0
    }
    const args = ['-c', script, file('certificate.pem', certificate), signatureFile, signed]
    const { status } = spawnSync('python3', args)
    return status === 0 ? true : status === 9 ? false : undefined
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
