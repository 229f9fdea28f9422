import type { Invocation } from '../invocation.ts'
import { fit, type Output } from '../output.ts'
import { openControl } from '../tenant-control.ts'

export interface LogFlags {
  readonly follow?: boolean
  readonly signIns?: boolean
  readonly changes?: boolean
  readonly last?: number
}

/** A request, a sign-in or a change of the directory, whichever was asked for. */
interface Entry {
  readonly sequence: number
  readonly [name: string]: unknown
}

export async function run({ flags, output, home, signal }: Invocation<LogFlags>): Promise<void> {
  const control = openControl(home.tenantDir)
  const log = flags.signIns ? 'sign-ins' : flags.changes ? 'audits' : 'log'
  const entries = await control.call<Entry[]>('GET', `${log}?limit=${flags.last ?? 20}`)
  for (const one of entries) sayEntry(output, log, one)
  if (!flags.follow) return
  output.note('Ctrl-C ends it')
  const after = entries.at(-1)?.sequence
  const path = `${log}/live${after === undefined ? '' : `?after=${after}`}`
  for await (const one of control.follow<Entry>(path, signal)) sayEntry(output, log, one)
  if (!signal.aborted) output.note('the local tenant has ended')
}

function sayEntry(output: Output, log: 'log' | 'sign-ins' | 'audits', one: Entry): void {
  output.record(one)
  const text = (name: string): string => String(one[name] ?? '')
  if (log === 'log')
    output.say(
      `${iso(Number(one['atMs']))}  ${text('status')} ${fit(text('method'), 6)} ${text('path')}  ${text('elapsedMs')} ms`,
    )
  else if (log === 'sign-ins') {
    const { errorCode } = (one['status'] ?? {}) as { errorCode?: number }
    const how = errorCode ? `AADSTS${errorCode}` : 'ok'
    const who = text('userPrincipalName') || 'as itself'
    output.say(`${text('createdDateTime')}  ${fit(how, 13)} ${fit(who, 28)} ${text('appDisplayName')}`)
  } else output.say(`${text('activityDateTime')}  ${text('activityDisplayName')}  ${targetsOf(one)}`)
}

const targetsOf = (one: Entry): string =>
  ((one['targetResources'] ?? []) as { displayName?: string | null; id: string }[])
    .map(({ displayName, id }) => displayName ?? id)
    .join(', ')

const iso = (ms: number): string => new Date(ms).toISOString()
