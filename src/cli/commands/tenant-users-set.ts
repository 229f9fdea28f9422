import { CliError } from '../cli-error.ts'
import type { Invocation } from '../invocation.ts'
import { openControl, type TenantUser } from '../tenant-control.ts'
import { sayUser } from './tenant-users-list.ts'
import { readUserStates, type UserStateFlags } from './user-states.ts'

export async function run({ args, flags, output, home }: Invocation<UserStateFlags>): Promise<void> {
  const body = readUserStates(flags)
  if (Object.keys(body).length === 0)
    throw new CliError('cli/usage', 'nothing to set was given', {
      fix: 'letterlock tenant users set --help lists what can be',
    })
  const path = `users/${encodeURIComponent(args[0]!)}`
  sayUser(output, await openControl(home.tenantDir).call<TenantUser>('PATCH', path, body))
}
