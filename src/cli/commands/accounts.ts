import type { Invocation } from '../invocation.ts'
import { readSettings } from '../settings.ts'

const unusedLifeMs = 90 * 24 * 3_600_000

export async function run({ output, home }: Invocation): Promise<void> {
  const { openVault } = await import('../../signin/index.ts')
  const vault = openVault(home.vaultDir)
  try {
    const preferred = readSettings(home).defaultAccount
    const accounts = vault.list()
    for (const account of accounts) {
      const endsAt = new Date(account.refreshTokenIssuedAtMs + unusedLifeMs).toISOString()
      const { id, username, name, tid, clientId, scopes, cloud } = account
      const why = 'a refresh token ends 90 days after its last use; a new one comes with each refresh'
      output.record({
        id,
        username,
        name,
        tenantId: tid,
        cloud: cloud.name,
        clientId,
        scopes,
        isDefault: accounts.length === 1 || id === preferred,
        signedInAt: new Date(account.signedInAtMs).toISOString(),
        signInEndsAt: endsAt,
        why,
        vaultKey: vault.key,
      })
      output.say(`${output.bold(username)}  ${name}  (${cloud.name}, tenant ${tid})`)
      output.say(`  may      ${scopes.join(' ')}`)
      output.say(`  ends     ${endsAt.slice(0, 10)} if unused until then: ${why}`)
    }
    if (accounts.length === 0) output.say('no account is signed in; letterlock login signs one in')
    else
      output.say(
        `the vault is ${home.vaultDir}; its key is in ${vault.key === 'file' ? 'vault.key there' : `the ${vault.key}`}`,
      )
  } finally {
    vault.close()
  }
}
