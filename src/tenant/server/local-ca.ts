// The local CA and its leaves: seven days, constrained to its hosts, key 0600, installed nowhere. design section 3.
// Loaded only when TLS is on. Times are the machine's: whoever verifies a chain looks at the machine's clock.
import 'reflect-metadata'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'
import { nameConstraints, nameConstraintsId } from './name-constraints.ts'

export interface Leaf {
  /** The leaf and the CA after it, PEM. */
  readonly chain: string
  readonly key: string
}

export interface LocalCa {
  /** PEM of the CA's certificate alone. */
  readonly file: string
  readonly certificate: string
  readonly expiresAtMs: number
  /** A certificate for these names, valid as long as the CA. The first is its subject. */
  mintLeaf(names: readonly string[]): Promise<Leaf>
}

const dayMs = 86_400_000
export const caLifeMs = 7 * dayMs
/** A CA with less than this left is replaced. */
export const caReserveMs = dayMs
const clockSkewMs = 3_600_000
const ec = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** Opens the CA kept in `folder`, or makes a new one when there is none, it ends within a day, or its hosts are others. */
export async function openLocalCa(o: {
  readonly folder: string
  readonly hosts: readonly string[]
  readonly nowMs: number
}): Promise<LocalCa> {
  const kept = readKept(o.folder, o.hosts, o.nowMs) ?? (await makeCa(o))
  const signingKey = await importKey(kept.key)
  const issuer = new x509.X509Certificate(kept.certificate)
  return {
    file: join(o.folder, 'ca.pem'),
    certificate: kept.certificate,
    expiresAtMs: issuer.notAfter.getTime(),
    mintLeaf: (names) => mintLeaf(names, { issuer, signingKey, certificate: kept.certificate }),
  }
}

interface Kept {
  readonly certificate: string
  readonly key: string
}

function readKept(folder: string, hosts: readonly string[], nowMs: number): Kept | undefined {
  try {
    const certificate = readFileSync(join(folder, 'ca.pem'), 'utf8')
    const key = readFileSync(join(folder, 'ca.key'), 'utf8')
    const read = new X509Certificate(certificate)
    const usable =
      read.checkPrivateKey(createPrivateKey(key)) &&
      Date.parse(read.validTo) - nowMs > caReserveMs &&
      Date.parse(read.validFrom) <= nowMs &&
      read.raw.includes(nameConstraints(hosts))
    return usable ? { certificate, key } : undefined
  } catch {
    // None yet, or a crash came between the two files: a new pair takes their place.
    return undefined
  }
}

async function makeCa(o: { folder: string; hosts: readonly string[]; nowMs: number }): Promise<Kept> {
  const keys = await crypto.subtle.generateKey(ec, true, ['sign', 'verify'])
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Letterlock local tenant (a stand-in), O=Letterlock',
    keys,
    signingAlgorithm: ec,
    notBefore: new Date(o.nowMs - clockSkewMs),
    notAfter: new Date(o.nowMs + caLifeMs),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.Extension(nameConstraintsId, true, nameConstraints(o.hosts)),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  const pair = { certificate: `${made.toString('pem')}\n`, key: await exportKey(keys.privateKey) }
  mkdirSync(o.folder, { recursive: true, mode: 0o700 })
  write(join(o.folder, 'ca.key'), pair.key, 0o600)
  write(join(o.folder, 'ca.pem'), pair.certificate, 0o644)
  return pair
}

async function mintLeaf(
  names: readonly string[],
  ca: { issuer: x509.X509Certificate; signingKey: CryptoKey; certificate: string },
): Promise<Leaf> {
  const keys = await crypto.subtle.generateKey(ec, true, ['sign', 'verify'])
  const leaf = await x509.X509CertificateGenerator.create({
    subject: `CN=${names[0]}`,
    issuer: ca.issuer.subject,
    publicKey: keys.publicKey,
    signingKey: ca.signingKey,
    signingAlgorithm: ec,
    notBefore: ca.issuer.notBefore,
    notAfter: ca.issuer.notAfter,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names.map(alternativeName)),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(ca.issuer),
    ],
  })
  return { chain: `${leaf.toString('pem')}\n${ca.certificate}`, key: await exportKey(keys.privateKey) }
}

function alternativeName(name: string): { type: 'ip' | 'dns'; value: string } {
  return { type: /^[\d.]+$|:/.test(name) ? 'ip' : 'dns', value: name }
}

async function exportKey(key: CryptoKey): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', key))
  return createPrivateKey({ key: der, type: 'pkcs8', format: 'der' }).export({
    type: 'pkcs8',
    format: 'pem',
  }) as string
}

function importKey(pem: string): Promise<CryptoKey> {
  const der = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' })
  return crypto.subtle.importKey('pkcs8', Uint8Array.from(der), ec, false, ['sign'])
}

function write(file: string, text: string, mode: number): void {
  writeFileSync(`${file}.new`, text, { mode })
  renameSync(`${file}.new`, file)
}
