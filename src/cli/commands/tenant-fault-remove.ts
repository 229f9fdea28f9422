import type { Invocation } from '../invocation.ts'
import { openControl } from '../tenant-control.ts'

export async function run({ output, home, args }: Invocation): Promise<void> {
  const id = args[0]!
  await openControl(home.tenantDir).call(
    'DELETE',
    id === 'all' ? 'faults' : `faults/${encodeURIComponent(id)}`,
  )
  output.record({ removed: id })
  output.say(id === 'all' ? 'all faults are removed' : `fault ${id} is removed`)
}
