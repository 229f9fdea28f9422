// PKCS #12 (RFC 7292) with what Node has: OpenSSL opens the file in a TLS handshake within this process, which proves
// the password and shows the certificate; the key's own encryption is opened by createPrivateKey. No decryption here.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { duplexPair } from 'node:stream'
import { connect, createSecureContext, TLSSocket } from 'node:tls'

const shroudedKeyBag = '2a864886f70d010c0a0102'
const keyBag = '2a864886f70d010c0a0101'
const dataContent = '2a864886f70d010701'

/** Opens a .pfx file. Throws what OpenSSL says of a wrong password or a damaged file. */
export async function openPkcs12(
  bytes: Buffer,
  passphrase: string,
): Promise<{ key: KeyObject; certificate: X509Certificate }> {
  const certificate = await certificateOf(bytes, passphrase)
  for (const { encrypted, der } of keysIn(bytes)) {
    const key = createPrivateKey({
      key: der,
      format: 'der',
      type: 'pkcs8',
      ...(encrypted && { passphrase }),
    })
    if (certificate.checkPrivateKey(key)) return { key, certificate }
  }
  throw new TypeError('no private key of the certificate')
}

/** Both ends of the handshake are here, so there is nobody to trust or not. */
async function certificateOf(pfx: Buffer, passphrase: string): Promise<X509Certificate> {
  const secureContext = createSecureContext({ pfx, passphrase })
  const [near, far] = duplexPair()
  const server = new TLSSocket(far, { isServer: true, secureContext })
  const client = connect({ socket: near, rejectUnauthorized: false })
  server.on('error', (error) => client.destroy(error))
  try {
    await once(client, 'secureConnect')
    const shown = client.getPeerX509Certificate()
    if (!shown) throw new TypeError('no certificate')
    return new X509Certificate(shown.raw)
  } finally {
    client.destroy()
    server.destroy()
  }
}

interface KeyInFile {
  readonly encrypted: boolean
  readonly der: Buffer
}

/** PFX { version, authSafe { data, [0] OCTET STRING { SEQUENCE of { data, [0] OCTET STRING { SEQUENCE of bags } } } } } */
function keysIn(file: Buffer): KeyInFile[] {
  const [pfx] = elements(file)
  const authSafe = elements(pfx!.content)[1]!
  return contents(authSafe.content).flatMap((safe) =>
    elements(safe.content)
      .flatMap((info) => contents(info.content))
      .flatMap(bagsIn),
  )
}

function bagsIn(safeContents: Element): KeyInFile[] {
  return elements(safeContents.content).flatMap((bag) => {
    const [id, value] = elements(bag.content)
    const kind = id?.content.toString('hex')
    if (kind !== shroudedKeyBag && kind !== keyBag) return []
    return [{ encrypted: kind === shroudedKeyBag, der: value!.content }]
  })
}

/** What a ContentInfo of type data holds; those of other types are encrypted as a whole and hold certificates. */
function contents(contentInfo: Buffer): Element[] {
  const [type, value] = elements(contentInfo)
  if (type?.content.toString('hex') !== dataContent || !value) return []
  return elements(value.content).flatMap((octets) => elements(octets.content))
}

interface Element {
  readonly content: Buffer
}

/** The DER elements that follow each other in a buffer. X.690 section 8.1. */
function elements(buffer: Buffer): Element[] {
  const found: Element[] = []
  for (let at = 0; at < buffer.length;) {
    const first = buffer.readUInt8(at + 1)
    const lengthBytes = first & 0x80 ? first & 0x7f : 0
    if (lengthBytes > 4) throw new RangeError('a DER length is too long')
    const length = lengthBytes === 0 ? first : buffer.readUIntBE(at + 2, lengthBytes)
    const start = at + 2 + lengthBytes
    if (start + length > buffer.length) throw new RangeError('a DER element is cut off')
    found.push({ content: buffer.subarray(start, start + length) })
    at = start + length
  }
  return found
}
