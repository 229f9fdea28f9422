import type { ExitCode, Invocation } from '../invocation.ts'
import { findTenant, openControl } from '../tenant-control.ts'

export async function run({ output, home }: Invocation): Promise<ExitCode> {
  const address = findTenant(home.tenantDir)
  if (!address) {
    output.record({ up: false })
    output.say('the local tenant is not up; letterlock tenant up starts it')
    return 1
  }
  const status = await openControl(home.tenantDir).call<object>('GET', 'status')
  output.record({ up: true, ...address, ...status })
  output.say(`the local tenant is up at ${address.origin}, process ${address.pid}`)
  output.say(`  tenant ID  ${address.tenantId}`)
  if (address.httpsOrigin) output.say(`  https      ${address.httpsOrigin}`)
  if (address.proxyUrl) output.say(`  proxy      ${address.proxyUrl}`)
  for (const [name, value] of Object.entries(status))
    if (!(name in address) && typeof value !== 'object') output.say(`  ${name.padEnd(9)}  ${value}`)
  return 0
}
