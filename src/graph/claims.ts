/**
 * The claims of a continuous-access-evaluation challenge, decoded, ready for the token request; undefined when the answer's
 * `WWW-Authenticate` holds none. Source: Microsoft, "Claims challenges, claims requests and client capabilities".
 */
export function readClaimsChallenge(wwwAuthenticate: string | null): string | undefined {
  if (wwwAuthenticate === null || !/error="?insufficient_claims"?/i.test(wwwAuthenticate)) return undefined
  const encoded = /(?:^|[\s,])claims="([^"]*)"/i.exec(wwwAuthenticate)?.[1]
  if (encoded === undefined) return undefined
  const decoded = encoded.trim().startsWith('{') ? encoded : Buffer.from(encoded, 'base64').toString('utf8')
  return isJsonObject(decoded) ? decoded : undefined
}

function isJsonObject(text: string): boolean {
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === 'object' && json !== null
  } catch {
    return false
  }
}
