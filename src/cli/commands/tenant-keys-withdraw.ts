import type { Invocation } from '../invocation.ts'
import { openControl } from '../tenant-control.ts'
import { sayKeys, type SigningKeys } from './tenant-keys-list.ts'

export async function run({ args, output, home }: Invocation): Promise<void> {
  const path = `keys/${encodeURIComponent(args[0]!)}`
  sayKeys(output, await openControl(home.tenantDir).call<SigningKeys>('DELETE', path))
}
