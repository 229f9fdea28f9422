import { CliError } from '../cli-error.ts'
import type { Invocation } from '../invocation.ts'
import { openControl } from '../tenant-control.ts'
import { type SessionFlags, whose } from './tenant-sessions-list.ts'

export async function run({ flags, output, home }: Invocation<SessionFlags>): Promise<void> {
  if (!flags.user && !flags.app)
    throw new CliError('cli/usage', 'whose sessions end was not given', { fix: 'add --user or --app' })
  const path = `sessions${whose(flags)}`
  const { removed } = await openControl(home.tenantDir).call<{ removed: number }>('DELETE', path)
  output.record({ removed })
  output.say(`${removed} ended`)
}
