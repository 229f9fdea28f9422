import { text } from 'node:stream/consumers'
import { chooseAccount, cloudOfAccount } from '../connect.ts'
import { answerCredential, readCredentialQuestion, resourceFor } from '../git-credential.ts'
import type { Invocation } from '../invocation.ts'

/** As git asks its helpers. A host that no token of ours is for gets no answer, and git asks the next helper. */
export async function run(invocation: Invocation): Promise<void> {
  const question = readCredentialQuestion(await text(process.stdin))
  const { createTokenSource, openVault } = await import('../../signin/index.ts')
  const vault = openVault(invocation.home.vaultDir)
  try {
    const account = chooseAccount(invocation, vault, question.username)
    const cloud = cloudOfAccount(invocation, account)
    const resource = resourceFor(question, cloud)
    if (!resource) return
    const source = createTokenSource(vault, account.id, { cloud })
    const got = await source.getToken({ signal: invocation.signal, scopes: resource.scopes })
    // As `token`: handing it out is the purpose.
    process.stdout.write(answerCredential(question, { ...got, username: account.username }))
  } finally {
    vault.close()
  }
}
