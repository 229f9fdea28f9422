import { CliError } from '../cli-error.ts'
import type { Invocation } from '../invocation.ts'
import { needProxy, quoteForSh, waysInEnvironment } from '../ways-in.ts'

type Shell = 'bash' | 'fish' | 'powershell'

/** How each shell sets a variable, and how its person takes the lines over. */
const shells: Readonly<Record<Shell, { set(name: string, value: string): string; use: string }>> = {
  bash: {
    set: (name, value) => `export ${name}=${quoteForSh(value)}`,
    use: 'eval "$(letterlock tenant env)"',
  },
  fish: {
    set: (name, value) => `set -gx ${name} '${value.replace(/[\\']/g, '\\$&')}'`,
    use: 'letterlock tenant env --shell fish | source',
  },
  powershell: {
    set: (name, value) => `$env:${name} = '${value.replace(/['‘’‚‛]/g, '$&$&')}'`,
    use: 'letterlock tenant env --shell powershell | Out-String | Invoke-Expression',
  },
}

export async function run({ output, home, flags }: Invocation<{ shell?: string }>): Promise<void> {
  const shell = flags.shell ?? usualShell()
  if (!Object.hasOwn(shells, shell))
    throw new CliError('cli/usage', `"${flags.shell}" is not a shell it can write for`, {
      fix: `--shell ${Object.keys(shells).join(', or --shell ')}`,
    })
  const { set, use } = shells[shell as Shell]
  const variables = waysInEnvironment(home, needProxy(home.tenantDir), process.env)
  output.record(variables)
  for (const [name, value] of Object.entries(variables)) output.say(set(name, value))
  output.say(`# ${use}`)
}

function usualShell(): Shell {
  if (process.platform === 'win32') return 'powershell'
  return /(^|\/)fish$/.test(process.env['SHELL'] ?? '') ? 'fish' : 'bash'
}
