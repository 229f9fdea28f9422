import { type Account, isApplication, type SignedIn, type Vault } from '../../signin/index.ts'
import type { Invocation } from '../invocation.ts'
import { chooseClient } from '../login-client.ts'
import { chooseWay, type WayFlags } from '../login-ways.ts'
import { saveSettings } from '../settings.ts'

export async function run(invocation: Invocation<WayFlags>): Promise<void> {
  const { home, flags } = invocation
  const signIn = chooseWay(flags)
  const client = await chooseClient(invocation)
  const user = invocation.args[0] ?? flags.account
  const { openVault } = await import('../../signin/index.ts')
  const vault = openVault(home.vaultDir)
  try {
    const pinnedTo = user === undefined ? undefined : keptPerson(vault, user, client)
    const signedIn = await signIn(invocation, {
      client,
      ...(user !== undefined && { user }),
      ...(pinnedTo && { pinnedTo }),
    })
    vault.save(signedIn)
    const { account } = signedIn
    saveSettings(home, {
      ...(!isApplication(account) && {
        registration: {
          cloud: client.cloud.name,
          tenant: account.tid,
          clientId: client.clientId,
          clientKind: client.clientKind,
          redirectUri: client.redirectUri,
          scopes: client.scopes,
        },
      }),
      defaultAccount: account.id,
    })
    tell(invocation, signedIn, vault)
  } finally {
    vault.close()
  }
}

/** The person kept under this name: from now on only that one, whoever bears the name in the tenant (E 7, "user key"). */
function keptPerson(
  vault: Vault,
  user: string,
  client: { readonly cloud: { readonly name: string }; readonly tenant: string },
): Account | undefined {
  const kept = vault.find(user)
  if (!kept || isApplication(kept) || kept.cloud.name !== client.cloud.name) return undefined
  const namesTenant = /^[0-9a-f-]{36}$/i.test(client.tenant)
  return namesTenant && client.tenant.toLowerCase() !== kept.tid ? undefined : kept
}

function tell({ output, home }: Invocation, signedIn: SignedIn, vault: Vault): void {
  const { id, username, name, tid, scopes } = signedIn.account
  const { redirectReceived } = signedIn
  output.record({ id, username, name, tenantId: tid, scopes, redirectReceived, vaultKey: vault.key })
  output.say(`signed in as ${username} (${name}), tenant ${tid}`)
  output.say(`  may      ${scopes.join(' ')}`)
  output.say(
    `  kept in  ${home.vaultDir}, key in ${vault.key === 'file' ? 'vault.key there' : `the ${vault.key}`}`,
  )
}
