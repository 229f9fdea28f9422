import { registrationLimits } from '../facts/limits.ts'

export type Platform = 'publicClient' | 'web' | 'spa'

/**
 * Says in one clause why Entra would refuse this redirect URI on this platform; nothing if it would take it.
 *
 * @example
 * refuseRedirectUri('http://contoso.example/', 'web') // 'it uses http to a host other than localhost'
 * @see Microsoft "Redirect URI (reply URL) outline and restrictions"
 */
export function refuseRedirectUri(uri: string, platform: Platform): string | undefined {
  if (uri.length > registrationLimits.redirectUriMaxLength) return 'it is longer than 256 characters'
  const url = URL.parse(uri)
  if (!url) return 'it is not an absolute URI'
  if (uri.includes('*')) return 'it holds a wildcard'
  if (/[!$'(),;\s]/.test(uri)) return "it holds a character that Entra refuses (! $ ' ( ) , ; or a space)"
  if (uri.includes('#')) return 'it holds a fragment'
  if (url.username || url.password) return 'it holds a user name or password'
  if (url.protocol === 'https:') return undefined
  if (url.protocol === 'http:') return refuseHttp(url, platform)
  return platform === 'publicClient' ? undefined : 'only a public client may use a scheme of its own'
}

function refuseHttp(url: URL, platform: Platform): string | undefined {
  if (url.hostname === 'localhost') return undefined
  if (url.hostname === '[::1]') return 'Entra does not support [::1]; use http://localhost'
  if (url.hostname === '127.0.0.1' && platform === 'publicClient') return undefined
  return 'it uses http to a host other than localhost'
}

/** What Entra compares: for http://localhost the port counts for nothing, the path and its letter case do. */
export function comparableRedirectUri(uri: string): string {
  const url = URL.parse(uri)
  if (!url || url.protocol !== 'http:' || url.hostname !== 'localhost') return uri
  return `http://localhost${url.pathname}${url.search}`
}
