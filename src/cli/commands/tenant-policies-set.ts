import { CliError } from '../cli-error.ts'
import type { Invocation } from '../invocation.ts'
import { openControl } from '../tenant-control.ts'
import { saySettings } from './tenant-policies-show.ts'

export async function run({ args, output, home }: Invocation): Promise<void> {
  const body = Object.fromEntries(args.map(readPolicy))
  saySettings(output, await openControl(home.tenantDir).call<object>('PATCH', 'settings', body))
}

/** `true`, `false` and numbers as they are, all else as text. @throws {CliError} `cli/usage` */
function readPolicy(word: string): [string, unknown] {
  const [, name, value] = /^(\w+)=(.*)$/s.exec(word) ?? []
  if (name === undefined || value === undefined)
    throw new CliError('cli/usage', `"${word}" is not NAME=VALUE`, {
      fix: 'write it so: letterlock tenant policies set userConsent=legacy',
    })
  return [name, /^(true|false|-?\d+(\.\d+)?)$/.test(value) ? JSON.parse(value) : value]
}
