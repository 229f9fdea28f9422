// Which registered redirect URI a requested one is. entra.md section 3.
import type { Application } from '../directory/objects.ts'

export type Platform = 'publicClient' | 'web' | 'spa'

/**
 * Finds the platform of the registered URI that equals the requested one. The port of `http://localhost` does not
 * count, its path does, letter case included; a 127.0.0.1 URI is compared to the letter.
 */
export function platformOf(application: Application, requested: string): Platform | undefined {
  for (const platform of ['publicClient', 'web', 'spa'] as const) {
    if (application[platform].redirectUris.some((registered) => sameRedirectUri(registered, requested)))
      return platform
  }
  return undefined
}

function sameRedirectUri(registered: string, requested: string): boolean {
  if (registered === requested) return true
  const [a, b] = [withoutLocalhostPort(registered), withoutLocalhostPort(requested)]
  return a !== undefined && a === b
}

/** `http://localhost:9999/Callback` → `/Callback`; undefined for anything but http on localhost. */
function withoutLocalhostPort(uri: string): string | undefined {
  const match = /^http:\/\/localhost(?::\d{1,5})?(\/.*)?$/.exec(uri)
  return match ? (match[1] ?? '/') : undefined
}

/** `http://localhost:8400` comes back to the client with a `/`, and both forms are one URI when a code is redeemed. */
export function withRootPath(uri: string): string {
  return /^https?:\/\/[^/?#]+$/.test(uri) ? `${uri}/` : uri
}
