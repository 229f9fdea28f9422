import type { Cloud } from '../facts/clouds.ts'
import type { GraphClient } from '../graph/index.ts'
import type { Mailbox } from '../mail/index.ts'
import type { Account, Vault } from '../signin/index.ts'
import type { Secret } from '../signin/secret.ts'
import { CliError } from './cli-error.ts'
import type { Invocation } from './invocation.ts'
import { askedCloud, localCloud, resolveCloud } from './resolve-cloud.ts'
import { readSettings } from './settings.ts'
import { needTenant } from './tenant-control.ts'

/** A way to Graph as one account. */
export interface Connection {
  readonly accountKey: { readonly tid: string; readonly oid: string }
  readonly username: string
  readonly graph: GraphClient
  openMailbox(address?: string): Promise<Mailbox>
  close(): void
}

/**
 * Connects as the account that is meant: `LETTERLOCK_TOKEN` as it is, else one out of the vault.
 *
 * @throws {CliError} `cli/not-signed-in`, `cli/account-unknown`, `cli/account-ambiguous`, `cli/tenant-down`
 */
export async function connect(invocation: Invocation, o: { account?: string } = {}): Promise<Connection> {
  const { token } = invocation.secrets
  return token ? connectWithToken(invocation, token) : connectFromVault(invocation, o.account)
}

async function connectFromVault(invocation: Invocation, wanted: string | undefined): Promise<Connection> {
  const { home } = invocation
  const [{ createTokenSource, openVault }, { createGraphClient, openThrottle }] = await Promise.all([
    import('../signin/index.ts'),
    import('../graph/index.ts'),
  ])
  const vault = openVault(home.vaultDir)
  try {
    const account = chooseAccount(invocation, vault, wanted)
    const cloud = cloudOfAccount(invocation, account)
    const source = createTokenSource(vault, account.id, { cloud })
    const throttle = openThrottle(home.throttleFile)
    const mailboxKey = `${account.id} ${account.clientId}`
    const graphFor = (key: string): GraphClient =>
      createGraphClient({
        graphOrigin: cloud.graph,
        getToken: (o) => source.getToken(o),
        throttle,
        mailboxKey: key,
      })
    const graph = graphFor(mailboxKey)
    return {
      accountKey: { tid: account.tid, oid: account.oid },
      username: account.username,
      graph,
      async openMailbox(address) {
        const { openMailbox } = await import('../mail/index.ts')
        if (isOwn(address, account.username)) return openMailbox(graph, 'me')
        return openMailbox(graphFor(`${address!.toLowerCase()} ${account.clientId}`), address!)
      },
      close() {
        throttle.close()
        vault.close()
      },
    }
  } catch (error) {
    vault.close()
    throw error
  }
}

/** The account named, or the default one, or the only one. */
export function chooseAccount(invocation: Invocation, vault: Vault, wanted?: string): Account {
  const name = invocation.flags.account ?? wanted
  if (name !== undefined) {
    const found = vault.find(name)
    if (found) return found
    throw new CliError('cli/account-unknown', `${name} is not signed in here`, {
      fix: `letterlock login ${name}`,
    })
  }
  const accounts = vault.list()
  const preferred = readSettings(invocation.home).defaultAccount
  const chosen =
    accounts.length === 1
      ? accounts[0]
      : accounts.find((one) => preferred !== undefined && one.id === preferred)
  if (chosen) return chosen
  if (accounts.length === 0)
    throw new CliError('cli/not-signed-in', 'no account is signed in', { fix: 'letterlock login' })
  throw new CliError('cli/account-ambiguous', 'several accounts are signed in', {
    fix: `name one: --account ${accounts.map((one) => one.username).join(' | ')}`,
  })
}

/** A local account goes where the local tenant is today; all others where they signed in. */
export function cloudOfAccount(invocation: Invocation, account: Account): Cloud {
  if (account.cloud.name !== 'local') return account.cloud
  const address = needTenant(invocation.home.tenantDir)
  if (address.tenantId !== account.tid) {
    throw new CliError(
      'cli/account-other-tenant',
      `${account.username} was signed in to a local tenant that is no longer there`,
      { fix: `letterlock login ${account.username}` },
    )
  }
  return localCloud(address)
}

async function connectWithToken(invocation: Invocation, token: Secret): Promise<Connection> {
  const cloud = resolveCloud(invocation.home, askedCloud(invocation.flags) ?? 'global')
  const { createGraphClient, openThrottle } = await import('../graph/index.ts')
  const { mkdirSync } = await import('node:fs')
  mkdirSync(invocation.home.dir, { recursive: true, mode: 0o700 })
  const throttle = openThrottle(invocation.home.throttleFile)
  const claims = readClaims(token)
  const graphFor = (key: string): GraphClient =>
    createGraphClient({
      graphOrigin: cloud.graph,
      getToken: async () => ({ token }),
      throttle,
      mailboxKey: `${key} ${claims.appid ?? 'token'}`,
    })
  const username = claims.upn ?? claims.unique_name ?? 'the token of LETTERLOCK_TOKEN'
  const graph = graphFor(claims.oid ?? 'me')
  return {
    accountKey: { tid: claims.tid ?? 'unknown', oid: claims.oid ?? 'unknown' },
    username,
    graph,
    async openMailbox(address) {
      const { openMailbox } = await import('../mail/index.ts')
      return isOwn(address, username)
        ? openMailbox(graph, 'me')
        : openMailbox(graphFor(address!.toLowerCase()), address!)
    },
    close: () => throttle.close(),
  }
}

function isOwn(address: string | undefined, username: string): boolean {
  return address === undefined || address === 'me' || address.toLowerCase() === username.toLowerCase()
}

interface Claims {
  readonly oid?: string
  readonly tid?: string
  readonly upn?: string
  readonly unique_name?: string
  readonly appid?: string
}

/** Only to name things: the token is Graph's to judge. */
function readClaims(token: Secret): Claims {
  try {
    return JSON.parse(Buffer.from(token.reveal().split('.')[1] ?? '', 'base64url').toString()) as Claims
  } catch {
    return {}
  }
}
