// The tenant's signing keys (RS256): one signs, all are published, until one is taken back. entra.md section 1.5.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto'
import { promisify } from 'node:util'
import type { Store } from '../store/open-store.ts'
import { selfSignedCertificate } from './certificate.ts'
import { signCompact } from './sign-compact.ts'

export interface SigningKey {
  /** Of the key that signs. */
  readonly kid: string
  /** The published key a token was signed with. @throws when it is none of ours */
  verifier(header: { kid?: string }): KeyObject
  sign(payload: Readonly<Record<string, unknown>>, header?: { x5t?: boolean }): Promise<string>
  /** Order means nothing, as Microsoft says. */
  jwks(issuer: string): { keys: object[] }
  /** Kids of all published keys, the signing one first. */
  published(): string[]
  /** A new key signs from now on; the old one stays published, so that tokens it signed stay good. */
  rotate(): string
  /** Publishes a key no more; false for the one that signs and for an unknown one. */
  withdraw(kid: string): boolean
  /** Makes the first key beside other work. Nothing needs to wait for it: who needs the key sooner makes it. */
  prepare(): Promise<void>
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

/**
 * Opens the keys kept in the store; the first one is made when it is needed, once. `signWith` (PEM) signs in place of
 * the kept one, which is published: for tests.
 */
export function openSigningKey(store: Store, signWith?: string): SigningKey {
  const signer = signWith ? createPrivateKey(signWith) : undefined
  let known: readonly KnownKey[] | undefined
  let failures = store.failures()
  let making: Promise<void> | undefined

  function keep(next: readonly KnownKey[]): readonly KnownKey[] {
    const [current, ...rest] = next
    store.transaction(() => {
      store.writeMeta(currentName, current!.pem)
      store.writeMeta(olderName, JSON.stringify(rest.map((one) => one.pem)))
    })
    known = next
    return next
  }

  function readKept(): readonly KnownKey[] | undefined {
    const pem = store.readMeta(currentName)
    const older = JSON.parse(store.readMeta(olderName) ?? '[]') as string[]
    return (known = pem === undefined ? undefined : [pem, ...older].map(readKey))
  }

  /** What is in the store: after a commit that failed, what was kept by it is not. */
  function current(): readonly KnownKey[] | undefined {
    if (known && failures === store.failures()) return known
    failures = store.failures()
    return readKept()
  }
  const keys = (): readonly KnownKey[] => current() ?? keep([readKey(newPem())])

  async function makeFirst(): Promise<void> {
    const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
    // Another call may have needed it sooner; the tenant may be closed by now.
    if (store.db.isOpen && !current()) keep([readKey(asPem(privateKey))])
  }
  async function prepare(): Promise<void> {
    if (!current()) await (making ??= makeFirst().finally(() => (making = undefined)))
  }

  return {
    get kid() {
      return keys()[0]!.kid
    },
    verifier(header) {
      const key = keys().find((one) => one.kid === header.kid)
      if (!key) throw new Error('unknown key')
      return key.publicKey
    },
    async sign(payload, { x5t = false } = {}) {
      await prepare()
      const { kid, privateKey } = keys()[0]!
      const header = { typ: 'JWT', alg: 'RS256', ...(x5t ? { x5t: kid } : {}), kid } as const
      return signCompact(header, payload, signer ?? privateKey)
    },
    jwks: (issuer) => ({ keys: keys().map((one) => ({ ...one.published, issuer })) }),
    published: () => keys().map((one) => one.kid),
    rotate: () => keep([readKey(newPem()), ...keys()])[0]!.kid,
    withdraw(kid) {
      const [current, ...rest] = keys()
      if (!rest.some((one) => one.kid === kid)) return false
      keep([current!, ...rest.filter((one) => one.kid !== kid)])
      return true
    },
    prepare,
  }
}

const asPem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }) as string
const newPem = (): string => asPem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)

function readKey(pem: string): KnownKey {
  const privateKey = createPrivateKey(pem)
  const publicKey = createPublicKey(privateKey)
  const certificate = selfSignedCertificate({ privateKey, publicKey }, 'accounts.accesscontrol.windows.net')
  const kid = createHash('sha1').update(certificate).digest('base64url')
  const { n, e } = publicKey.export({ format: 'jwk' })
  const x5c = [certificate.toString('base64')]
  return { pem, kid, privateKey, publicKey, published: { kty: 'RSA', use: 'sig', kid, x5t: kid, n, e, x5c } }
}
