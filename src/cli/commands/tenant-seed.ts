import { readFileSync } from 'node:fs'
import { CliError } from '../cli-error.ts'
import type { Invocation } from '../invocation.ts'
import { openControl, type TenantUser } from '../tenant-control.ts'
import { sayApp, type SeededApp } from './tenant-apps-add.ts'

interface Seeded {
  readonly users: readonly TenantUser[]
  readonly apps: readonly SeededApp[]
}

export async function run({ args, output, home }: Invocation): Promise<void> {
  const seed = await readSeed(args[0]!)
  const made = await openControl(home.tenantDir).call<Seeded>('POST', 'seed', seed)
  if (output.json) return output.record(made)
  for (const user of made.users) output.say(`${user.userPrincipalName.padEnd(28)} ${user.password}`)
  for (const app of made.apps) sayApp(output, app)
  output.say(`${made.users.length} users and ${made.apps.length} applications are there`)
}

const fix = 'give a YAML or JSON file as docs/tenant.md shows'

/** YAML holds JSON too. @throws {CliError} `cli/file-unreadable` */
async function readSeed(file: string): Promise<object> {
  const { parse } = await import('yaml')
  try {
    const seed = parse(readFileSync(file, 'utf8')) as unknown
    if (typeof seed === 'object' && seed !== null) return seed
  } catch (cause) {
    const why = cause instanceof Error ? `: ${cause.message.split('\n')[0]}` : ''
    throw new CliError('cli/file-unreadable', `the seed ${file} cannot be read${why}`, { cause, fix })
  }
  throw new CliError('cli/file-unreadable', `the seed ${file} holds no object`, { fix })
}
