// Which host names are answered, on which wire, and what each of Microsoft's serves. design section 3.
import { findMicrosoftHost, type MicrosoftHost } from '../../facts/microsoft-hosts.ts'

/** How a request came in: in the clear on loopback, or behind TLS (or as a proxied https request) for this name. */
export type Wire = { readonly tls: false } | { readonly tls: true; readonly servername: string | undefined }

const loopbackNames = ['127.0.0.1', 'localhost', '[::1]']

/**
 * True when this name may be answered on this wire: Microsoft's only behind TLS, and only the name that the handshake
 * was for. A web page that rebinds its own name to loopback gets 421 (RFC 9110 section 15.5.20).
 */
export function isHostAnswered(url: URL, wire: Wire): boolean {
  const { hostname } = url
  if (!wire.tls) return url.protocol === 'http:' && loopbackNames.includes(hostname)
  if (url.protocol !== 'https:') return false
  if (wire.servername === undefined) return loopbackNames.includes(hostname)
  return hostname === wire.servername && (loopbackNames.includes(hostname) || isOurs(hostname))
}

/** A name of Microsoft's that the tenant stands in for. */
export function isOurs(hostname: string): boolean {
  return findMicrosoftHost(hostname) !== undefined
}

const graphPath = /^\/(v1\.0|beta)(\/|$)/i
/** Azure Resource Manager's, as far as it is modelled. */
const managementPath = /^\/(tenants|subscriptions)$/i

/** Graph's paths are served under Graph's names alone, the control API under no name of Microsoft's but the portals'. */
export function isPathServed(url: URL): boolean {
  const known = findMicrosoftHost(url.hostname)
  return known === undefined || servesPath(known, url.pathname)
}

function servesPath({ role }: MicrosoftHost, path: string): boolean {
  if (path === '/favicon.ico') return true
  if (path.startsWith('/_letterlock')) return role === 'portal'
  if (role === 'graph') return graphPath.test(path) || path.startsWith('/oidc/')
  if (role === 'outlook') return /^\/(adminapi|api)\//i.test(path)
  if (role === 'management') return managementPath.test(path)
  if (managementPath.test(path)) return false
  if (role === 'device-login') return path.toLowerCase().startsWith('/devicelogin')
  return !graphPath.test(path)
}
