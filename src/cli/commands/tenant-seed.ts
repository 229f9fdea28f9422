import type { Invocation } from '../invocation.ts'
import { openControl, type TenantUser } from '../tenant-control.ts'
import { readDataFile } from './read-data-file.ts'
import { sayApp, type SeededApp } from './tenant-apps-add.ts'

interface Seeded {
  readonly users: readonly TenantUser[]
  readonly apps: readonly SeededApp[]
}

export async function run({ args, output, home }: Invocation): Promise<void> {
  const seed = await readDataFile(args[0]!, 'seed')
  const made = await openControl(home.tenantDir).call<Seeded>('POST', 'seed', seed)
  if (output.json) return output.record(made)
  for (const user of made.users) output.say(`${user.userPrincipalName.padEnd(28)} ${user.password}`)
  for (const app of made.apps) sayApp(output, app)
  output.say(`${made.users.length} users and ${made.apps.length} applications are there`)
}
