// The tenant's signing keys (RS256): one signs, all are published, until one is taken back. entra.md section 1.5.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto'
import type { JWTPayload } from 'jose'
import type { Store } from '../store/open-store.ts'
import { selfSignedCertificate } from './certificate.ts'

export interface SigningKey {
  /** Of the key that signs. */
  readonly kid: string
  /** The published key a token was signed with. @throws when it is none of ours */
  verifier(header: { kid?: string }): KeyObject
  sign(payload: JWTPayload, header?: { x5t?: boolean }): Promise<string>
  /** Order means nothing, as Microsoft says. */
  jwks(issuer: string): { keys: object[] }
  /** Kids of all published keys, the signing one first. */
  published(): string[]
  /** A new key signs from now on; the old one stays published, so that tokens it signed stay good. */
  rotate(): string
  /** Publishes a key no more; false for the one that signs and for an unknown one. */
  withdraw(kid: string): boolean
}

interface KnownKey {
  readonly pem: string
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly published: Readonly<Record<string, unknown>>
}

const currentName = 'signing-key'
const olderName = 'older-signing-keys'

/** Opens the keys kept in the store. `signWith` (PEM) signs in place of the kept one, which is published: for tests. */
export function openSigningKey(store: Store, signWith?: string): SigningKey {
  const signer = signWith ? createPrivateKey(signWith) : undefined
  const pem = store.readMeta(currentName) ?? newPem()
  if (!store.readMeta(currentName)) store.writeMeta(currentName, pem)
  const older = JSON.parse(store.readMeta(olderName) ?? '[]') as string[]
  let keys: KnownKey[] = [pem, ...older].map(readKey)
  const keep = (next: KnownKey[]): void => {
    const [current, ...rest] = next
    store.transaction(() => {
      store.writeMeta(currentName, current!.pem)
      store.writeMeta(olderName, JSON.stringify(rest.map((one) => one.pem)))
    })
    keys = next
  }
  return {
    get kid() {
      return keys[0]!.kid
    },
    verifier(header) {
      const key = keys.find((one) => one.kid === header.kid)
      if (!key) throw new Error('unknown key')
      return key.publicKey
    },
    async sign(payload, header = {}) {
      const { kid, privateKey } = keys[0]!
      // Loaded at the first token, so that the tenant is ready sooner.
      const { SignJWT } = await import('jose')
      return new SignJWT(payload)
        .setProtectedHeader({ typ: 'JWT', alg: 'RS256', ...(header.x5t ? { x5t: kid } : {}), kid })
        .sign(signer ?? privateKey)
    },
    jwks: (issuer) => ({ keys: keys.map((one) => ({ ...one.published, issuer })) }),
    published: () => keys.map((one) => one.kid),
    rotate() {
      keep([readKey(newPem()), ...keys])
      return keys[0]!.kid
    },
    withdraw(kid) {
      const [current, ...rest] = keys
      if (!rest.some((one) => one.kid === kid)) return false
      keep([current!, ...rest.filter((one) => one.kid !== kid)])
      return true
    },
  }
}

const newPem = (): string =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  }) as string

function readKey(pem: string): KnownKey {
  const privateKey = createPrivateKey(pem)
  const publicKey = createPublicKey(privateKey)
  const certificate = selfSignedCertificate({ privateKey, publicKey }, 'accounts.accesscontrol.windows.net')
  const kid = createHash('sha1').update(certificate).digest('base64url')
  const { n, e } = publicKey.export({ format: 'jwk' })
  const x5c = [certificate.toString('base64')]
  return { pem, kid, privateKey, publicKey, published: { kty: 'RSA', use: 'sig', kid, x5t: kid, n, e, x5c } }
}
