import type { GraphRequestOptions } from './contract.ts'
import { GraphError } from './graph-error.ts'

const loopback = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/

/** The origin as given, once it is seen to be https, or http to this machine. */
export function checkGraphOrigin(graphOrigin: string): string {
  const origin = URL.canParse(graphOrigin) ? new URL(graphOrigin).origin : ''
  if (!origin.startsWith('https://') && !loopback.test(origin)) {
    throw new GraphError('graph/foreign-origin', 'The Graph origin must be https, or http on this machine', {
      recovery: 'fix-configuration',
    })
  }
  return origin
}

/** The address of a path under `/v1.0`, or an absolute one, which must be of the same origin: nothing else gets our token. */
export function resolveAddress(origin: string, path: string, query: GraphRequestOptions['query']): URL {
  const url = URL.canParse(path)
    ? new URL(path)
    : URL.parse(`${origin}/v1.0${path.startsWith('/') ? '' : '/'}${path}`)
  if (url === null || url.origin !== origin || url.username !== '' || url.password !== '') {
    throw new GraphError(
      'graph/foreign-origin',
      `Refused to send the token to ${url?.origin ?? 'an unreadable address'}`,
    )
  }
  if (!/^\/(v1\.0|beta)\//.test(url.pathname)) {
    throw new GraphError('graph/foreign-origin', 'Refused an address outside /v1.0 and /beta')
  }
  url.hash = ''
  const added = Object.entries(query ?? {})
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${encodeName(name)}=${encodeURIComponent(String(value))}`)
  if (added.length > 0)
    url.search = [url.search.replace(/^\?/, ''), ...added].filter((part) => part !== '').join('&')
  return url
}

const outlookHosts = [
  'outlook.office.com',
  'outlook.office365.com',
  'outlook.office365.us',
  'outlook-dod.office365.us',
  'partner.outlook.cn',
]

/** An upload session's address: https on one of the hosts, or the Graph origin itself when that is on this machine. */
export function checkUploadUrl(
  origin: string,
  uploadUrl: string,
  uploadHosts: readonly string[] = outlookHosts,
): URL {
  const url = URL.parse(uploadUrl)
  const isOurs = url !== null && loopback.test(origin) && url.origin === origin
  const isKnown = url?.protocol === 'https:' && url.port === '' && uploadHosts.includes(url.hostname)
  if (url === null || (!isOurs && !isKnown) || url.username !== '') {
    throw new GraphError(
      'graph/foreign-origin',
      `Refused to upload to ${url?.origin ?? 'an unreadable address'}`,
    )
  }
  return url
}

function encodeName(name: string): string {
  return encodeURIComponent(name).replaceAll('%24', '$')
}
