import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Cloud } from '../facts/clouds.ts'
import { graphCommandLineToolsClientId, wellKnownClients } from '../facts/well-known-clients.ts'
import type { GraphClient } from '../graph/index.ts'
import type { ClientRegistration, SignedIn } from '../signin/index.ts'
import { Secret } from '../signin/secret.ts'
import { CliError } from './cli-error.ts'
import type { Invocation } from './invocation.ts'
import { askedCloud, resolveCloud } from './resolve-cloud.ts'
import { readSettings } from './settings.ts'
import { needTenant } from './tenant-control.ts'

export interface AdminFlags {
  readonly tenant?: string
  readonly browser?: boolean
  readonly adminTokenCommand?: string
  readonly adminClient?: string
}

/** Graph with an administrator's rights. The token lives in this process only. */
export interface Admin {
  readonly graph: GraphClient
  readonly cloud: Cloud
  readonly tenant: string
}

export const localAdmin = 'admin@contoso.example'

const assignments = ['AppRoleAssignment.ReadWrite.All', 'Application.Read.All', 'User.ReadBasic.All'] as const

/** What each kind of work needs of an administrator's token, and no more. entra.md section 8.1. */
export const adminRights = {
  read: ['Application.Read.All', 'DelegatedPermissionGrant.Read.All', 'User.ReadBasic.All'],
  register: ['Application.ReadWrite.All', ...assignments],
  consent: ['DelegatedPermissionGrant.ReadWrite.All', ...assignments],
  assign: assignments,
  remove: ['Application.ReadWrite.All', 'DelegatedPermissionGrant.Read.All'],
  setup: [
    'Application.ReadWrite.All',
    'DelegatedPermissionGrant.ReadWrite.All',
    'Organization.Read.All',
    ...assignments,
  ],
} as const satisfies Record<string, readonly string[]>

export type AdminWork = keyof typeof adminRights

/**
 * An administrator's way to the directory: `LETTERLOCK_TOKEN`, then `--admin-token-command`, then PKCE as Microsoft's
 * own public client. On the local tenant the command plays the administrator, unless `--browser`.
 *
 * @throws {CliError} `cli/admin-token-command-failed`, `cli/cloud-unknown`, `cli/tenant-down`, `cli/usage`
 */
export async function connectAdmin(invocation: Invocation<AdminFlags>, work: AdminWork): Promise<Admin> {
  const { flags, secrets } = invocation
  const { cloud, tenant } = tenantOf(invocation)
  if (secrets.token) return withToken(cloud, tenant ?? 'organizations', secrets.token)
  if (flags.adminTokenCommand !== undefined)
    return withToken(cloud, tenant ?? 'organizations', await askCommand(flags.adminTokenCommand))
  if (tenant === undefined) {
    throw new CliError('cli/usage', 'the tenant is not named', {
      fix: 'add --tenant DOMAIN or --tenant GUID',
    })
  }
  const signedIn = await signInAdmin(
    invocation,
    adminClient({ cloud, tenant, clientId: flags.adminClient, scopes: adminRights[work] }),
  )
  return withToken(cloud, tenant, signedIn.tokens.accessToken)
}

/** Which directory is meant: the flags', else that of the registration that was set up here. Sends nothing. */
export function tenantOf({ flags, home }: Invocation<AdminFlags>): {
  readonly cloud: Cloud
  readonly tenant: string | undefined
} {
  const saved = readSettings(home).registration
  const remote = flags.tenant !== undefined && flags.tenant !== 'local'
  const cloudName =
    askedCloud(flags) ?? (flags.tenant === 'local' ? 'local' : remote ? 'global' : (saved?.cloud ?? 'local'))
  const cloud = resolveCloud(home, cloudName)
  const tenant =
    cloudName === 'local' ? needTenant(home.tenantDir).tenantId : remote ? flags.tenant : saved?.tenant
  return { cloud, tenant }
}

export function adminClient(o: {
  readonly cloud: Cloud
  readonly tenant: string
  readonly clientId?: string | undefined
  readonly scopes: readonly string[]
}): ClientRegistration {
  return {
    cloud: o.cloud,
    tenant: o.tenant,
    clientId: o.clientId ?? graphCommandLineToolsClientId,
    clientKind: 'public',
    redirectUri: 'http://localhost:8400',
    scopes: ['openid', 'profile', ...o.scopes],
  }
}

async function withToken(cloud: Cloud, tenant: string, token: Secret): Promise<Admin> {
  const { createGraphClient } = await import('../graph/index.ts')
  const graph = createGraphClient({ graphOrigin: cloud.graph, getToken: async () => ({ token }) })
  return { graph, cloud, tenant }
}

export async function signInAdmin(
  invocation: Invocation<AdminFlags>,
  client: ClientRegistration,
): Promise<SignedIn> {
  const { output, signal, flags, home } = invocation
  const { signInWithBrowser } = await import('../signin/index.ts')
  output.note(
    `signing in an administrator as ${wellKnownClients.get(client.clientId) ?? 'the client'} (${client.clientId}); the token is not kept`,
  )
  if (client.cloud.name === 'local' && !flags.browser) {
    const { playPerson } = await import('./tour/person.ts')
    output.note(`playing ${localAdmin} in the local tenant's own forms (--browser: do it yourself)`)
    const person = await playPerson(home, localAdmin)
    return signInWithBrowser({ client, expectedUsername: localAdmin, signal, openUrl: person.openUrl })
  }
  const { openBrowser } = await import('./open-browser.ts')
  return signInWithBrowser({
    client,
    signal,
    async openUrl(url) {
      output.note(`if no browser opens, open this address:\n  ${url}`)
      await openBrowser(url).catch(() => undefined)
    },
  })
}

async function askCommand(command: string): Promise<Secret> {
  const [shell, flag] = process.platform === 'win32' ? ['cmd.exe', '/c'] : ['/bin/sh', '-c']
  try {
    const { stdout } = await promisify(execFile)(shell, [flag, command], { timeout: 60_000 })
    const text = stdout.trim()
    const token = text.startsWith('{') ? (JSON.parse(text) as { accessToken?: string }).accessToken : text
    if (token) return new Secret(token)
  } catch {
    // its output may hold the token: nothing of it is repeated
  }
  throw new CliError('cli/admin-token-command-failed', 'the command for the administrator token gave none', {
    fix: 'run the command by hand: it must print an access token for Microsoft Graph, or JSON with accessToken',
  })
}
