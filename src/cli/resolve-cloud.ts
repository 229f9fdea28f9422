import { readFileSync } from 'node:fs'
import { type Cloud, clouds, parseCloud } from '../facts/clouds.ts'
import { CliError } from './cli-error.ts'
import type { Home } from './home.ts'
import { needTenant, type TenantAddress } from './tenant-control.ts'

/** The local tenant as a cloud; wherever its port is today. */
export function localCloud(address: TenantAddress): Cloud {
  return { name: 'local', authority: address.origin, graph: address.origin, ignoresLocalhostPort: true }
}

/**
 * The cloud that a flag or the environment names: `local`, one of Microsoft's, or a file with `authority` and `graph`.
 *
 * @throws {CliError} `cli/cloud-unknown`, `cli/tenant-down`
 */
export function resolveCloud(home: Home, name: string): Cloud {
  if (name === 'local') return localCloud(needTenant(home.tenantDir))
  if (Object.hasOwn(clouds, name)) return clouds[name as keyof typeof clouds]
  let text: string
  try {
    text = readFileSync(name, 'utf8')
  } catch (cause) {
    throw new CliError('cli/cloud-unknown', `there is no cloud named "${name}", and no such file`, {
      cause,
      fix: `write local, ${Object.keys(clouds).join(', ')}, or a JSON file with "authority" and "graph"`,
    })
  }
  try {
    return parseCloud(JSON.parse(text))
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    throw new CliError('cli/cloud-unknown', `the cloud file ${name} is not JSON`, { cause })
  }
}

/** What was asked for: the flag, then the environment; undefined when neither says. */
export function askedCloud(flags: { readonly cloud?: string }): string | undefined {
  return flags.cloud ?? (process.env['LETTERLOCK_CLOUD'] || undefined)
}
