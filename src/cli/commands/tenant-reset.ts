import { confirm } from '../ask.ts'
import type { Invocation } from '../invocation.ts'
import { openControl } from '../tenant-control.ts'

export async function run(invocation: Invocation<{ yes?: boolean }>): Promise<void> {
  const { output, home } = invocation
  const control = openControl(home.tenantDir)
  await confirm(invocation, 'Begin anew with an empty local tenant?', 'this empties the local tenant')
  const { kept } = await control.call<{ kept: string }>('POST', 'reset')
  output.record({ kept })
  output.say('the local tenant begins anew; letterlock tenant users lists its people')
  output.say(`  before  ${kept}`)
  output.say(`  back    letterlock tenant import ${kept}`)
}
