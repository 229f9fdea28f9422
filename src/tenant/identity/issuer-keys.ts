// The keys of another issuer, read from its OpenID metadata when a federated credential names it. OIDC Discovery 4; RFC 7517.
import { createPublicKey, type KeyObject, type webcrypto } from 'node:crypto'
import { isIP } from 'node:net'

export interface IssuerKey {
  readonly kid: string | undefined
  readonly key: KeyObject
}

const wholeMs = 10_000
const mostBytes = 256 * 1024

/**
 * Fetches metadata and keys; nothing is kept, so that a key taken back is refused at once.
 *
 * The issuer is what an administrator configured: https anywhere, http on loopback alone. Where it leads on to is not:
 * its keys are its own origin's, or another public name's over https. Redirects are refused.
 *
 * @throws {TypeError} when the issuer may not be asked, or does not answer as it must
 */
export async function fetchIssuerKeys(issuer: string): Promise<readonly IssuerKey[]> {
  const own = new URL(issuer)
  if (own.protocol !== 'https:' && !(own.protocol === 'http:' && isLoopback(own.hostname)))
    throw new TypeError('an issuer is asked over https, or on this machine')
  const signal = AbortSignal.timeout(wholeMs)
  const metadata = await fetchJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, signal)
  if (metadata['issuer'] !== issuer) throw new TypeError('the metadata is of another issuer')
  const jwksUri = new URL(String(metadata['jwks_uri']))
  const isElsewhere = jwksUri.origin !== own.origin
  if (isElsewhere && (jwksUri.protocol !== 'https:' || isLoopback(jwksUri.hostname) || isAddress(jwksUri)))
    throw new TypeError('the keys lie where an issuer may not lead')
  const { keys } = await fetchJson(jwksUri.href, signal)
  if (!Array.isArray(keys)) throw new TypeError('no keys')
  return (keys as webcrypto.JsonWebKey[]).filter((jwk) => jwk.kty === 'RSA').map(readKey)
}

function readKey(jwk: webcrypto.JsonWebKey): IssuerKey {
  const { kid } = jwk as { kid?: unknown }
  return { kid: typeof kid === 'string' ? kid : undefined, key: createPublicKey({ key: jwk, format: 'jwk' }) }
}

async function fetchJson(url: string, signal: AbortSignal): Promise<Record<string, unknown>> {
  const reply = await fetch(url, { signal, redirect: 'error', headers: { accept: 'application/json' } })
  if (!reply.ok || !reply.body) throw new TypeError(`${reply.status}`)
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of reply.body) {
    size += piece.byteLength
    if (size > mostBytes) throw new TypeError('too large')
    pieces.push(piece)
  }
  const parsed: unknown = JSON.parse(Buffer.concat(pieces).toString())
  if (typeof parsed !== 'object' || parsed === null) throw new TypeError('not an object')
  return parsed as Record<string, unknown>
}

const isLoopback = (hostname: string): boolean =>
  ['localhost', '127.0.0.1', '[::1]'].includes(hostname) || hostname.endsWith('.localhost')
const isAddress = ({ hostname }: URL): boolean => isIP(hostname.replace(/^\[|\]$/g, '')) !== 0
