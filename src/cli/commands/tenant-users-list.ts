import type { Invocation } from '../invocation.ts'
import type { Output } from '../output.ts'
import { openControl, type TenantUser } from '../tenant-control.ts'

export async function run({ output, home }: Invocation): Promise<void> {
  const users = await openControl(home.tenantDir).call<TenantUser[]>('GET', 'users')
  for (const user of users) sayUser(output, user)
}

/** One line, with what is not as usual at its end. */
export function sayUser(output: Output, user: TenantUser): void {
  output.record(user)
  const name = user.userPrincipalName.padEnd(28)
  const states = [...user.roles, ...statesOf(user)].join(', ')
  output.say(`${name} ${user.password.padEnd(18)} ${user.mailboxKind.padEnd(7)} ${states}`.trimEnd())
}

function statesOf(user: TenantUser): string[] {
  // A shared mailbox is disabled by nature.
  const isOff = user.accountEnabled === false && user.mailboxKind !== 'shared'
  return [
    ...(isOff ? ['disabled'] : []),
    ...(user.locked ? ['locked'] : []),
    ...(user.passwordState === 'good' ? [] : [`password ${user.passwordState}`]),
    ...(user.mfaRequired ? ['second factor'] : []),
    ...(user.userType === 'Guest' ? ['guest'] : []),
  ]
}
