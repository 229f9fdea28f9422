import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const ivBytes = 12
const tagBytes = 16

/** AES-256-GCM. The row it belongs to is bound in, so a row cannot be moved to another account or put back later. */
export function seal(key: Buffer, text: string, row: readonly (string | number)[]): Buffer {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  cipher.setAAD(associatedData(row))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), sealed])
}

/** Throws if key, row or one bit differs from sealing. */
export function unseal(key: Buffer, sealed: Uint8Array, row: readonly (string | number)[]): string {
  const bytes = Buffer.from(sealed)
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes), {
    authTagLength: tagBytes,
  })
  decipher.setAAD(associatedData(row))
  decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes))
  return Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]).toString(
    'utf8',
  )
}

function associatedData(row: readonly (string | number)[]): Buffer {
  return Buffer.from(JSON.stringify(['letterlock vault', 1, ...row]))
}
