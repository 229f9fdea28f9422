// A self-signed certificate of a client, made by a library that the tenant does not use for it.
import { createHash, webcrypto } from 'node:crypto'
import 'reflect-metadata'
import { X509CertificateGenerator } from '@peculiar/x509'

export interface ClientCertificate {
  readonly pem: string
  /** base64 */
  readonly der: string
  readonly keyPem: string
  /** Thumbprint, hex. */
  readonly sha256: string
}

export async function makeClientCertificate(): Promise<ClientCertificate> {
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: 2048,
  }
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=conformance',
    keys,
    signingAlgorithm: algorithm,
  })
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey))
  const body = pkcs8.toString('base64').match(/.{1,64}/g)!
  return {
    pem: certificate.toString('pem'),
    der: Buffer.from(certificate.rawData).toString('base64'),
    keyPem: `-----BEGIN PRIVATE KEY-----\n${body.join('\n')}\n-----END PRIVATE KEY-----\n`,
    sha256: createHash('sha256').update(Buffer.from(certificate.rawData)).digest('hex'),
  }
}
