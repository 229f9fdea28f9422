import type { Invocation } from '../invocation.ts'
import { fit, type Output } from '../output.ts'
import { openControl } from '../tenant-control.ts'

export interface TenantApp {
  readonly displayName: string
  readonly clientId: string
  readonly permissions: readonly string[]
  readonly assignmentRequired: boolean
  readonly enabled: boolean
}

export async function run({ output, home }: Invocation): Promise<void> {
  for (const app of await openControl(home.tenantDir).call<TenantApp[]>('GET', 'apps'))
    sayListedApp(output, app)
}

export function sayListedApp(output: Output, app: TenantApp): void {
  output.record(app)
  const states = [
    ...(app.enabled ? [] : ['disabled']),
    ...(app.assignmentRequired ? ['assignment required'] : []),
    ...app.permissions,
  ].join(' ')
  output.say(`${fit(app.displayName, 36)} ${app.clientId}  ${states}`.trimEnd())
}
