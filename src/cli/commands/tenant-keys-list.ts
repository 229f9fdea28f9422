import type { Invocation } from '../invocation.ts'
import type { Output } from '../output.ts'
import { openControl } from '../tenant-control.ts'

export interface SigningKeys {
  readonly signing: string
  readonly published: readonly string[]
}

export async function run({ output, home }: Invocation): Promise<void> {
  sayKeys(output, await openControl(home.tenantDir).call<SigningKeys>('GET', 'keys'))
}

export function sayKeys(output: Output, keys: SigningKeys): void {
  output.record(keys)
  for (const key of keys.published) output.say(`${key}  ${key === keys.signing ? 'signs' : 'published'}`)
}
