import type { Invocation } from '../invocation.ts'
import { openControl } from '../tenant-control.ts'

export async function run({ args, output, home }: Invocation): Promise<void> {
  const path = `apps/${encodeURIComponent(args[0]!)}`
  output.record(await openControl(home.tenantDir).call<object>('DELETE', path))
  output.say(`${args[0]} is in the recycle bin, for 30 days of the tenant's time`)
}
