import { chromiumSwitches, findChromium, prepareProfile, readAddress, startChromium } from '../chromium.ts'
import type { Invocation } from '../invocation.ts'
import { needProxy } from '../ways-in.ts'

const usualAddress = 'https://portal.azure.com/'

/** Opens an address in a browser of its own, which finds the local tenant under Microsoft's host names and nothing else. */
export async function run({ args, home, output }: Invocation): Promise<void> {
  const url = readAddress(args[0] ?? usualAddress)
  const tenant = needProxy(home.tenantDir)
  const program = findChromium(process.env)
  const profile = prepareProfile(home, tenant)
  await startChromium(program, [...chromiumSwitches(profile, tenant), url])
  output.record({ url, program, profile })
  output.say(`opened ${url} in a browser of its own: it finds the local tenant, never Microsoft's real hosts`)
}
