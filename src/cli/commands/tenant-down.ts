import type { Invocation } from '../invocation.ts'
import { findTenant } from '../tenant-control.ts'
import { stopTenant } from '../tenant-process.ts'

export async function run({ output, home }: Invocation): Promise<void> {
  const address = findTenant(home.tenantDir)
  if (address) await stopTenant(address)
  output.record({ stopped: address !== undefined })
  output.say(
    address ? `the local tenant at ${address.origin} is down; its data stays` : 'no local tenant was up',
  )
}
