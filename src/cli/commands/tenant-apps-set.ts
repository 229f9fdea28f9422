import { CliError } from '../cli-error.ts'
import type { Invocation } from '../invocation.ts'
import { openControl } from '../tenant-control.ts'
import { sayListedApp, type TenantApp } from './tenant-apps-list.ts'
import { readSwitch, splitList } from './user-states.ts'

export interface SetAppFlags {
  readonly assignmentRequired?: string
  readonly assign?: string
  readonly enabled?: string
}

export async function run({ args, flags, output, home }: Invocation<SetAppFlags>): Promise<void> {
  const change = {
    assignmentRequired: readSwitch('assignment-required', flags.assignmentRequired),
    assignTo: flags.assign === undefined ? undefined : splitList(flags.assign),
    enabled: readSwitch('enabled', flags.enabled),
  }
  if (Object.values(change).every((value) => value === undefined))
    throw new CliError('cli/usage', 'nothing to set was given', {
      fix: 'letterlock tenant apps set --help lists what can be',
    })
  const path = `apps/${encodeURIComponent(args[0]!)}`
  sayListedApp(output, await openControl(home.tenantDir).call<TenantApp>('PATCH', path, change))
}
