import { forecastSignIn, type ForecastEnd, unforeseen } from '../../signin/forecast.ts'
import type { Account } from '../../signin/index.ts'
import type { Invocation } from '../invocation.ts'
import { readSettings } from '../settings.ts'

export async function run({ output, home }: Invocation): Promise<void> {
  const { openVault } = await import('../../signin/index.ts')
  const vault = openVault(home.vaultDir)
  try {
    const preferred = readSettings(home).defaultAccount
    const accounts = vault.list()
    for (const account of accounts) {
      const { id, username, name, tid, clientId, scopes, cloud } = account
      const ends = forecastSignIn(account)
      output.record({
        id,
        username,
        name,
        tenantId: tid,
        cloud: cloud.name,
        clientId,
        scopes,
        signedInBy: account.signedInBy ?? 'browser',
        isDefault: accounts.length === 1 || id === preferred,
        signedInAt: isoOf(account.signedInAtMs),
        signInEndsAt: ends[0] ? isoOf(ends[0].endsAtMs) : null,
        why: ends[0]?.why ?? unforeseen(account),
        ends: ends.map(({ kind, endsAtMs, why }) => ({ kind, endsAt: isoOf(endsAtMs), why })),
        unforeseen: unforeseen(account),
        vaultKey: vault.key,
      })
      output.say(`${output.bold(username)}  ${name}  (${cloud.name}, tenant ${tid})`)
      output.say(`  may      ${scopes.join(' ')}`)
      for (const line of endLines(account, ends)) output.say(line)
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

function endLines(account: Account, ends: readonly ForecastEnd[]): string[] {
  const dated = ends.map(({ kind, endsAtMs, why }) => {
    const date = isoOf(endsAtMs).slice(0, kind === 'fixed-life' ? 16 : 10)
    return `  ends     ${date}${kind === 'unused' ? ' if unused until then' : ''}: ${why}`
  })
  return [...dated, `  or       ${unforeseen(account)}`]
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString()
}
