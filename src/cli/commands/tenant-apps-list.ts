import type { Invocation } from '../invocation.ts'
import { fit } from '../output.ts'
import { openControl } from '../tenant-control.ts'

export interface TenantApp {
  readonly displayName: string
  readonly clientId: string
  readonly redirectUris: readonly string[]
  readonly permissions: readonly string[]
}

export async function run({ output, home }: Invocation): Promise<void> {
  for (const app of await openControl(home.tenantDir).call<TenantApp[]>('GET', 'apps')) {
    output.record(app)
    const permissions = app.permissions.join(' ')
    output.say(`${fit(app.displayName, 36)} ${app.clientId}  ${permissions}`.trimEnd())
  }
}
