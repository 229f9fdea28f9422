// What the refresh checks share: a tenant as a process, one account signed in there, and a vault that holds it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { graphCommandLineToolsClientId } from '../../src/facts/well-known-clients.ts'
import { openVault, type SignedIn, type Vault } from '../../src/signin/index.ts'
import { signAdminIn, startTenantProcess, type TenantProcess } from './lab.ts'

interface LoggedRequest {
  readonly sequence: number
  readonly method: string
  readonly path: string
}

export interface RefreshLab extends AsyncDisposable {
  readonly tenant: TenantProcess
  readonly home: string
  readonly vault: Vault
  readonly accountId: string
  /** Signs in anew and keeps it. */
  signIn(): Promise<SignedIn>
  /** The kept access token has expired. */
  expire(): void
  /** Token requests the tenant has answered since the last question. */
  tokenRequests(): Promise<number>
}

export async function openRefreshLab(settings: object): Promise<RefreshLab> {
  const folder = mkdtempSync(join(tmpdir(), 'letterlock-refresh-'))
  const home = join(folder, 'home')
  const tenant = await startTenantProcess(join(folder, 'tenant'))
  await tenant.control('PATCH', 'settings', settings)
  const vault = openVault(home, { keychain: 'off' })
  const signIn = async (): Promise<SignedIn> => {
    const signedIn = await signAdminIn(tenant)
    vault.save(signedIn)
    return signedIn
  }
  const accountId = (await signIn()).account.id
  let counted = 0
  const lab: RefreshLab = {
    tenant,
    home,
    vault,
    accountId,
    signIn,
    expire() {
      const stored = vault.read(accountId)!
      const nowMs = Date.now()
      const tokens = { ...stored.tokens, obtainedAtMs: nowMs - 3_600_000, expiresAtMs: nowMs - 1 }
      vault.save({ ...stored, tokens, redirectReceived: '' })
    },
    async tokenRequests() {
      const requests = await tenant.control<LoggedRequest[]>('GET', `log?after=${counted}&limit=200`)
      counted = requests.at(-1)?.sequence ?? counted
      return requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/token')).length
    },
    async [Symbol.asyncDispose]() {
      vault.close()
      await tenant.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return lab
}

/** What msal-node's worker needs to be the same client of the same tenant. */
export function peerSettings({ tenant }: RefreshLab): object {
  return {
    tenantId: tenant.tenantId,
    origin: tenant.origin,
    clientId: graphCommandLineToolsClientId,
    scopes: ['https://graph.microsoft.com/User.Read.All'],
  }
}
