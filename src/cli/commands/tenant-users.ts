import type { Invocation } from '../invocation.ts'
import { openControl, type TenantUser } from '../tenant-control.ts'

export async function run({ output, home }: Invocation): Promise<void> {
  const users = await openControl(home.tenantDir).call<TenantUser[]>('GET', 'users')
  for (const user of users) {
    output.record(user)
    const name = user.userPrincipalName.padEnd(28)
    output.say(
      `${name} ${(user.password ?? '').padEnd(18)} ${user.mailboxKind.padEnd(7)} ${user.roles.join(', ')}`,
    )
  }
}
