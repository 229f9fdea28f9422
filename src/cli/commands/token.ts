import { CliError } from '../cli-error.ts'
import { chooseAccount, cloudOfAccount } from '../connect.ts'
import type { Invocation } from '../invocation.ts'
import { isTerminal, writeNow } from '../standard-streams.ts'

export interface TokenFlags {
  readonly format?: string
  readonly scope?: string
}

const formats = ['raw', 'json', 'header'] as const

export async function run(invocation: Invocation<TokenFlags>): Promise<void> {
  const { flags, output, home, signal } = invocation
  const format = output.json ? 'json' : chooseFormat(flags.format)
  const scopes = flags.scope?.split(/[\s,]+/).filter(Boolean)
  const { createTokenSource, openVault } = await import('../../signin/index.ts')
  const vault = openVault(home.vaultDir)
  try {
    const account = chooseAccount(invocation, vault)
    const source = createTokenSource(vault, account.id, { cloud: cloudOfAccount(invocation, account) })
    const got = await source.getToken({ signal, ...(scopes && { scopes }) })
    // This command's one purpose is to hand the token out: it bypasses the output that strips and records.
    const shown = {
      raw: () => got.token.reveal(),
      header: () => `Authorization: Bearer ${got.token.reveal()}`,
      json: () =>
        JSON.stringify({
          tokenType: 'Bearer',
          accessToken: got.token.reveal(),
          expiresOn: new Date(got.expiresAtMs).toISOString(),
          scopes: got.scopes,
          username: account.username,
        }),
    }[format]()
    writeNow(1, `${shown}\n`)
    // A screen is seen by others and kept by terminals; a pipe is not.
    if (isTerminal(1))
      output.note(
        `this is a secret: whoever has it is ${account.username} until ${new Date(got.expiresAtMs).toISOString()}`,
      )
  } finally {
    vault.close()
  }
}

function chooseFormat(given = 'raw'): (typeof formats)[number] {
  const found = formats.find((one) => one === given)
  if (found) return found
  throw new CliError('cli/usage', `"${given}" is not a format`, { fix: `write ${formats.join(', ')}` })
}
