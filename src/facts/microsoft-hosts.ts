// Host names under which Microsoft's clients reach sign-in, Graph, portals and mail. Sources: msal-common 16.17.0
// AuthorityMetadata.ts, Microsoft "National clouds", CLI for Microsoft 365 Auth.ts (entra.md section 1.1). Read 2026-11-24.

export type HostRole = 'authority' | 'graph' | 'outlook' | 'portal' | 'management' | 'device-login'

export interface MicrosoftHost {
  readonly host: string
  readonly role: HostRole
  /** DoD shares its authority with GCC High; `other` are authorities of the tables with no Graph of their own there. */
  readonly cloud: 'global' | 'gcc-high' | 'dod' | 'china' | 'other'
}

const rows: Readonly<Record<MicrosoftHost['cloud'], Partial<Record<HostRole, readonly string[]>>>> = {
  global: {
    authority: ['login.microsoftonline.com', 'login.windows.net', 'login.microsoft.com', 'sts.windows.net'],
    graph: ['graph.microsoft.com'],
    outlook: ['outlook.office.com', 'outlook.office365.com'],
    portal: ['portal.azure.com', 'entra.microsoft.com'],
    management: ['management.azure.com'],
    'device-login': ['microsoft.com'],
  },
  'gcc-high': {
    authority: ['login.microsoftonline.us', 'login.usgovcloudapi.net'],
    graph: ['graph.microsoft.us'],
    outlook: ['outlook.office365.us'],
    portal: ['portal.azure.us', 'entra.microsoft.us'],
    management: ['management.usgovcloudapi.net'],
  },
  dod: { graph: ['dod-graph.microsoft.us'] },
  china: {
    authority: ['login.partner.microsoftonline.cn', 'login.chinacloudapi.cn'],
    graph: ['microsoftgraph.chinacloudapi.cn'],
    portal: ['portal.azure.cn'],
  },
  other: {
    authority: [
      'login.sovcloud-identity.fr',
      'login.sovcloud-identity.de',
      'login.sovcloud-identity.sg',
      'login.microsoftonline.de',
      'login-us.microsoftonline.com',
    ],
  },
}

export const microsoftHosts: readonly MicrosoftHost[] = Object.entries(rows).flatMap(([cloud, roles]) =>
  Object.entries(roles).flatMap(([role, hosts]) =>
    hosts.map((host) => ({ host, role: role as HostRole, cloud: cloud as MicrosoftHost['cloud'] })),
  ),
)

const signInDomains = [
  'microsoftonline.com',
  'microsoftonline.us',
  'microsoftonline.cn',
  'microsoftonline.de',
  'microsoftonline-p.com',
  'microsoftazuread-sso.com',
  'login.microsoft.com',
  'login.live.com',
  'account.live.com',
  'graph.windows.net',
]

const byHost = new Map(microsoftHosts.map((one) => [one.host, one]))

/** By host name, letter case and a final dot ignored. */
export function findMicrosoftHost(hostname: string): MicrosoftHost | undefined {
  return byHost.get(hostname.toLowerCase().replace(/\.$/, ''))
}

export interface Authority {
  readonly preferredNetwork: string
  readonly preferredCache: string
  /** All names of this authority, the preferred one first. */
  readonly aliases: readonly string[]
  /** Graph's host in the same cloud, where it has one. */
  readonly graphHost: string | undefined
}

/** The authority that a host is a name of. Authorities of cloud `other` have one name each. */
export function findAuthority(hostname: string): Authority | undefined {
  const found = findMicrosoftHost(hostname)
  if (found?.role !== 'authority') return undefined
  const aliases = found.cloud === 'other' ? [found.host] : rows[found.cloud].authority!
  return {
    preferredNetwork: aliases[0]!,
    preferredCache: found.cloud === 'global' ? 'login.windows.net' : aliases[0]!,
    aliases,
    graphHost: rows[found.cloud].graph?.[0],
  }
}

/** All authorities, each once. */
export const authorities: readonly Authority[] = microsoftHosts
  .filter(({ role, host }) => role === 'authority' && findAuthority(host)?.preferredNetwork === host)
  .map(({ host }) => findAuthority(host)!)

/**
 * Microsoft's real sign-in that the table does not name: subdomains of the authorities, personal accounts, seamless sign-on.
 * A program that is kept on a stand-in must not reach these either.
 */
export function isMicrosoftSignIn(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, '')
  return (
    findMicrosoftHost(host) !== undefined ||
    signInDomains.some((one) => host === one || host.endsWith(`.${one}`))
  )
}
