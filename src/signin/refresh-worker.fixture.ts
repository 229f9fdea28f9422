// A process of its own that wants a token: `node refresh-worker.fixture.ts DIRECTORY [force]`. Prints one JSON line.
import { createHash } from 'node:crypto'
import { createTokenSource, openVault, SignInError } from './index.ts'

const vault = openVault(process.argv[2] ?? '', { keychain: 'off' })
const account = vault.list()[0]
if (!account) throw new Error('the vault holds no account')
console.log('{"ready":true}')
await new Promise((resolve) => process.stdin.once('data', resolve))
process.stdin.destroy()
try {
  const { token } = await createTokenSource(vault, account.id).getToken({
    forceRefresh: process.argv[3] === 'force',
  })
  console.log(JSON.stringify({ token: createHash('sha256').update(token.reveal()).digest('hex') }))
} catch (error) {
  console.log(JSON.stringify({ code: error instanceof SignInError ? error.code : String(error) }))
}
vault.close()
