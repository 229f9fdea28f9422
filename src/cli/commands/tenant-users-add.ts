import type { Invocation } from '../invocation.ts'
import { openControl, type TenantUser } from '../tenant-control.ts'
import { sayUser } from './tenant-users-list.ts'
import { readUserStates, type UserStateFlags } from './user-states.ts'

export async function run({ args, flags, output, home }: Invocation<UserStateFlags>): Promise<void> {
  const body = { userPrincipalName: args[0], ...readUserStates(flags) }
  sayUser(output, await openControl(home.tenantDir).call<TenantUser>('POST', 'users', body))
}
