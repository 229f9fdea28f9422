import { CliError } from '../cli-error.ts'
import type { Invocation } from '../invocation.ts'
import { openControl, type TenantUser } from '../tenant-control.ts'
import type { Organisation } from './tenant-list.ts'

export interface TenantAddFlags {
  readonly domain?: string
  readonly cloud?: string
}

/** Its administrator's practice password is shown, as `tenant users` shows those of the first organisation. */
export async function run({ output, home, args, flags }: Invocation<TenantAddFlags>): Promise<void> {
  const domains = flags.domain?.split(',').filter(Boolean) ?? []
  if (domains.length === 0)
    throw new CliError('cli/usage', 'the organisation has no domain', {
      fix: 'letterlock tenant add NAME --domain fabrikam.example',
    })
  const made = await openControl(home.tenantDir).call<
    Organisation & { readonly users: readonly TenantUser[] }
  >('POST', 'tenants', { displayName: args[0], domains, ...(flags.cloud && { cloud: flags.cloud }) })
  output.record(made)
  output.say(`${made.displayName}  tenant ID ${made.id}`)
  output.say(`  domains  ${made.domains.join(' ')}`)
  for (const user of made.users) output.say(`  person   ${user.userPrincipalName}  ${user.password}`)
}
