import { clouds } from '../../facts/clouds.ts'
import { chromiumSwitches, findChromium, prepareProfile, readAddress, startChromium } from '../chromium.ts'
import type { Invocation } from '../invocation.ts'
import { needProxy } from '../ways-in.ts'

/** Opens an address in a browser of its own, which finds the local tenant under Microsoft's host names and nothing else. */
export async function run({ args, home, output }: Invocation): Promise<void> {
  const tenant = needProxy(home.tenantDir)
  const url = readAddress(args[0] ?? `${clouds[tenant.cloud ?? 'global'].portal}/`)
  const program = findChromium(process.env)
  const profile = prepareProfile(home, tenant)
  await startChromium(program, [...chromiumSwitches(profile, tenant), url])
  output.record({ url, program, profile })
  output.say(`opened ${url} in a browser of its own: it finds the local tenant, never Microsoft's real hosts`)
}
