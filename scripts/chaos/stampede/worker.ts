// One process of a stampede: `node worker.ts HOME`. Opens the vault, waits for a line, asks for a token. Prints JSON lines.
import { createTokenSource, openVault, SignInError } from '../../../src/signin/index.ts'

const vault = openVault(process.argv[2] ?? '', { keychain: 'off' })
const [account] = vault.list()
if (!account) throw new Error('the vault holds no account')
console.log('{"ready":true}')
await new Promise((resolve) => process.stdin.once('data', resolve))
process.stdin.destroy()
try {
  const { token } = await createTokenSource(vault, account.id).getToken()
  console.log(JSON.stringify({ ok: token.reveal().length > 0 }))
} catch (error) {
  console.log(JSON.stringify({ ok: false, code: error instanceof SignInError ? error.code : String(error) }))
}
vault.close()
