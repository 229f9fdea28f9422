import { Secret } from './secret.ts'

export interface PkcePair {
  readonly verifier: Secret
  readonly challenge: string
}

/** Makes the pair for one authorization request. Draws 32 random bytes; no I/O. RFC 7636 4.1. */
export async function createPkcePair(): Promise<PkcePair> {
  const verifier = randomBase64Url()
  return { verifier: new Secret(verifier), challenge: await challengeFor(verifier) }
}

/** The S256 code challenge of a code verifier. RFC 7636 4.2. */
export async function challengeFor(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
  return Buffer.from(digest).toString('base64url')
}

/** 256 random bits as 43 characters: a verifier, a `state` or a `nonce`. */
export function randomBase64Url(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url')
}
