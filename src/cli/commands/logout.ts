import { chooseAccount } from '../connect.ts'
import type { Invocation } from '../invocation.ts'

export async function run(invocation: Invocation): Promise<void> {
  const { openVault } = await import('../../signin/index.ts')
  const vault = openVault(invocation.home.vaultDir)
  try {
    const account = chooseAccount(invocation, vault, invocation.args[0])
    vault.remove(account.id)
    invocation.output.record({ signedOut: account.username, id: account.id })
    invocation.output.say(`${account.username} is signed out here: its tokens are gone from the vault`)
    invocation.output.note(
      'the browser’s own session goes on; end it on the sign-in page if others use this machine',
    )
  } finally {
    vault.close()
  }
}
