// The tenant's signing key (RS256) and what it publishes of it. entra.md section 1.5.
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
  readonly kid: string
  /** The key a token was signed with. @throws when none of ours did */
  verifier(header: { kid?: string }): KeyObject
  sign(payload: JWTPayload, header?: { x5t?: boolean }): Promise<string>
  jwks(issuer: string): { keys: object[] }
}

/** Opens the key kept in the store. `signWith` (PEM) signs in its place while the kept one is published: for tests. */
export function openSigningKey(store: Store, signWith?: string): SigningKey {
  let pem = store.readMeta('signing-key')
  if (!pem) {
    pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    }) as string
    store.writeMeta('signing-key', pem)
  }
  const privateKey = createPrivateKey(pem)
  const publicKey = createPublicKey(privateKey)
  const certificate = selfSignedCertificate({ privateKey, publicKey }, 'accounts.accesscontrol.windows.net')
  const kid = createHash('sha1').update(certificate).digest('base64url')
  const { n, e } = publicKey.export({ format: 'jwk' })
  const signer = signWith ? createPrivateKey(signWith) : privateKey
  const x5c = [certificate.toString('base64')]
  return {
    kid,
    verifier(header) {
      if (header.kid !== kid) throw new Error('unknown key')
      return publicKey
    },
    async sign(payload, header = {}) {
      // Loaded at the first token, so that the tenant is ready sooner.
      const { SignJWT } = await import('jose')
      return new SignJWT(payload)
        .setProtectedHeader({ typ: 'JWT', alg: 'RS256', ...(header.x5t ? { x5t: kid } : {}), kid })
        .sign(signer)
    },
    jwks: (issuer) => ({ keys: [{ kty: 'RSA', use: 'sig', kid, x5t: kid, n, e, x5c, issuer }] }),
  }
}
