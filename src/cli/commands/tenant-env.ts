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
  const variables = waysInEnvironment(home, needProxy(home.tenantDir), process.env)
  output.record(variables)
  for (const line of linesFor(shell as Shell, variables)) output.say(line)
}

/** One line for each variable, and a comment on how to take them over. */
export function linesFor(shell: Shell, variables: Readonly<Record<string, string>>): string[] {
  const { set, use } = shells[shell]
  return [...Object.entries(variables).map(([name, value]) => set(name, value)), `# ${use}`]
}

function usualShell(): Shell {
  if (process.platform === 'win32') return 'powershell'
  return /(^|\/)fish$/.test(process.env['SHELL'] ?? '') ? 'fish' : 'bash'
}
