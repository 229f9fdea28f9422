import type { Invocation } from '../invocation.ts'
import { openControl } from '../tenant-control.ts'

export async function run({ args, output, home }: Invocation): Promise<void> {
  const path = `policies/${encodeURIComponent(args[0]!)}`
  output.record(await openControl(home.tenantDir).call<object>('DELETE', path))
  output.say(`${args[0]} is removed`)
}
