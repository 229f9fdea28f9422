import type { Invocation } from '../invocation.ts'
import { fit } from '../output.ts'
import { openControl } from '../tenant-control.ts'

export interface Organisation {
  readonly id: string
  readonly displayName: string
  readonly domains: readonly string[]
  readonly cloud: string
  readonly primary: boolean
  readonly users: number
}

export async function run({ output, home }: Invocation): Promise<void> {
  for (const one of await openControl(home.tenantDir).call<Organisation[]>('GET', 'tenants')) {
    output.record(one)
    const people = `${one.users} ${one.users === 1 ? 'person' : 'people'}`
    output.say(`${fit(one.displayName, 24)} ${one.id}  ${one.domains.join(' ')}  ${people}, ${one.cloud}`)
  }
}
