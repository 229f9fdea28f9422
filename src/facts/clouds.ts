// Source: Microsoft "National clouds"; msal-common AuthorityMetadata.ts; CLI for Microsoft 365 Auth.ts. Read 2026-11-24.
import { FactsError } from './facts-error.ts'

export interface Cloud {
  readonly name: string
  /** Origin of the authorization server, such as `https://login.microsoftonline.com`. */
  readonly authority: string
  /** Origin of Microsoft Graph. */
  readonly graph: string
  /** Origin of the Azure portal, where known. */
  readonly portal?: string
  /** Entra ignores the port of an `http://localhost` redirect URI; other servers may not. */
  readonly ignoresLocalhostPort: boolean
}

export const clouds: Readonly<Record<'global' | 'gcc-high' | 'dod' | 'china', Cloud>> = {
  global: {
    name: 'global',
    authority: 'https://login.microsoftonline.com',
    graph: 'https://graph.microsoft.com',
    portal: 'https://portal.azure.com',
    ignoresLocalhostPort: true,
  },
  'gcc-high': {
    name: 'gcc-high',
    authority: 'https://login.microsoftonline.us',
    graph: 'https://graph.microsoft.us',
    portal: 'https://portal.azure.us',
    ignoresLocalhostPort: true,
  },
  dod: {
    name: 'dod',
    authority: 'https://login.microsoftonline.us',
    graph: 'https://dod-graph.microsoft.us',
    portal: 'https://portal.azure.us',
    ignoresLocalhostPort: true,
  },
  china: {
    name: 'china',
    authority: 'https://login.partner.microsoftonline.cn',
    graph: 'https://microsoftgraph.chinacloudapi.cn',
    portal: 'https://portal.azure.cn',
    ignoresLocalhostPort: true,
  },
}

/** Other names of each authority host; tokens of one are tokens of all. */
export const authorityAliases: Readonly<Record<string, readonly string[]>> = {
  'login.microsoftonline.com': ['login.windows.net', 'login.microsoft.com', 'sts.windows.net'],
  'login.microsoftonline.us': ['login.usgovcloudapi.net'],
  'login.partner.microsoftonline.cn': ['login.chinacloudapi.cn'],
}

/**
 * Reads a cloud of one's own: `{"authority": "https://…", "graph": "https://…"}`, other members optional.
 * Plain http is accepted for loopback hosts only: everywhere else it would send tokens in the clear.
 *
 * @throws {FactsError} `facts/cloud-invalid`
 * @example
 * parseCloud({ authority: 'http://127.0.0.1:4366', graph: 'http://127.0.0.1:4366' }).name // 'custom'
 */
export function parseCloud(json: unknown): Cloud {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw invalid('it is not a JSON object')
  const given = json as Record<string, unknown>
  const name = given['name'] ?? 'custom'
  if (typeof name !== 'string' || name === '') throw invalid('"name" is not a text')
  const ignoresPort = given['ignoresLocalhostPort'] ?? true
  if (typeof ignoresPort !== 'boolean') throw invalid('"ignoresLocalhostPort" is neither true nor false')
  const cloud = {
    name,
    authority: readOrigin(given['authority'], 'authority'),
    graph: readOrigin(given['graph'], 'graph'),
    ignoresLocalhostPort: ignoresPort,
  }
  return given['portal'] === undefined ? cloud : { ...cloud, portal: readOrigin(given['portal'], 'portal') }
}

/** True for `localhost`, 127.0.0.0/8 and `[::1]`, written as `URL.hostname` writes them. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

function readOrigin(value: unknown, member: string): string {
  if (typeof value !== 'string') throw invalid(`"${member}" is missing`)
  const url = URL.parse(value)
  if (!url) throw invalid(`"${member}" is not a URL`)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw invalid(`"${member}" is not an https URL`)
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    throw invalid(`"${member}" uses http to a host that is not loopback`)
  }
  if (url.username || url.password) throw invalid(`"${member}" holds a user name or password`)
  if (url.pathname !== '/' || url.search || url.hash) throw invalid(`"${member}" is more than an origin`)
  return url.origin
}

function invalid(why: string): FactsError {
  return new FactsError('facts/cloud-invalid', `this cloud cannot be used: ${why}`, {
    fix: 'Give "authority" and "graph" as origins, https unless they are on this machine.',
  })
}
