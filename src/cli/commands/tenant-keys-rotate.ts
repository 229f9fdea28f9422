import type { Invocation } from '../invocation.ts'
import { openControl } from '../tenant-control.ts'
import { sayKeys, type SigningKeys } from './tenant-keys-list.ts'

export async function run({ output, home }: Invocation): Promise<void> {
  sayKeys(output, await openControl(home.tenantDir).call<SigningKeys>('POST', 'keys/rotate'))
}
