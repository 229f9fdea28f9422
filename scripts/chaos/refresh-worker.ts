// A process that refreshes without a pause, to be killed at any moment: `node refresh-worker.ts HOME`.
import { createTokenSource, openVault } from '../../src/signin/index.ts'

const vault = openVault(process.argv[2] ?? '', { keychain: 'off' })
const [account] = vault.list()
const source = createTokenSource(vault, account!.id)
console.log('{"ready":true}')
await new Promise((resolve) => process.stdin.once('data', resolve))
for (;;) {
  const refused = await source.getToken({ forceRefresh: true }).then(
    () => undefined,
    (error: unknown) => String((error as { code?: string }).code),
  )
  if (refused !== undefined) {
    console.log(JSON.stringify({ refused }))
    break
  }
}
