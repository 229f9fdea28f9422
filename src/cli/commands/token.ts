import { chooseAccount, cloudOfAccount } from '../connect.ts'
import type { Invocation } from '../invocation.ts'

export async function run(invocation: Invocation): Promise<void> {
  const { createTokenSource, openVault } = await import('../../signin/index.ts')
  const vault = openVault(invocation.home.vaultDir)
  try {
    const account = chooseAccount(invocation, vault)
    const source = createTokenSource(vault, account.id, { cloud: cloudOfAccount(invocation, account) })
    const { token, expiresAtMs, scopes } = await source.getToken({ signal: invocation.signal })
    // This command's one purpose is to hand the token out: it bypasses the output that strips and records.
    const shown = invocation.output.json
      ? JSON.stringify({
          tokenType: 'Bearer',
          accessToken: token.reveal(),
          expiresOn: new Date(expiresAtMs).toISOString(),
          scopes,
          username: account.username,
        })
      : token.reveal()
    process.stdout.write(`${shown}\n`)
  } finally {
    vault.close()
  }
}
