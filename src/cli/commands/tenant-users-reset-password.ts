import type { Invocation } from '../invocation.ts'
import { openControl, type TenantUser } from '../tenant-control.ts'
import { sayUser } from './tenant-users-list.ts'

export async function run({ args, flags, output, home }: Invocation<{ keep?: boolean }>): Promise<void> {
  const path = `users/${encodeURIComponent(args[0]!)}/reset-password`
  const body = { mustChange: flags.keep !== true }
  sayUser(output, await openControl(home.tenantDir).call<TenantUser>('POST', path, body))
}
