import type { Invocation } from '../invocation.ts'
import { openControl } from '../tenant-control.ts'
import { readDataFile } from './read-data-file.ts'
import { type Policy, sayPolicy } from './tenant-policies-show.ts'

export async function run({ args, output, home }: Invocation): Promise<void> {
  const body = await readDataFile(args[0]!, 'policy')
  sayPolicy(output, await openControl(home.tenantDir).call<Policy>('POST', 'policies', body))
}
