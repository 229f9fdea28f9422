// A self-signed certificate for the signing key, so that JWKS carries `x5c` as Microsoft's does. DER by hand: Node makes none.
import { sign, type KeyObject } from 'node:crypto'

type Der = Uint8Array

/** Returns an X.509 v3 certificate (RFC 5280 section 4.1), sha256WithRSAEncryption, valid from 2020 to 2049. */
export function selfSignedCertificate(
  key: { privateKey: KeyObject; publicKey: KeyObject },
  commonName: string,
): Buffer {
  const algorithm = sequence(objectId('2a864886f70d01010b'), Buffer.from('0500', 'hex'))
  const name = sequence(element(0x31, sequence(objectId('550403'), element(0x0c, Buffer.from(commonName)))))
  const validity = sequence(utcTime('200101000000Z'), utcTime('491231235959Z'))
  const content = sequence(
    element(0xa0, element(0x02, Uint8Array.of(2))),
    element(0x02, Uint8Array.of(1)),
    algorithm,
    name,
    validity,
    name,
    key.publicKey.export({ type: 'spki', format: 'der' }),
  )
  const signature = sign('sha256', content, key.privateKey)
  return sequence(content, algorithm, element(0x03, Buffer.concat([Uint8Array.of(0), signature])))
}

function element(tag: number, content: Der): Buffer {
  return Buffer.concat([Uint8Array.of(tag, ...lengthOf(content.length)), content])
}
function lengthOf(length: number): number[] {
  if (length < 0x80) return [length]
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
}
const sequence = (...parts: Der[]): Buffer => element(0x30, Buffer.concat(parts))
const objectId = (hex: string): Buffer => element(0x06, Buffer.from(hex, 'hex'))
const utcTime = (text: string): Buffer => element(0x17, Buffer.from(text))
