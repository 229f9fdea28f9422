import type { Invocation } from '../invocation.ts'
import { fit } from '../output.ts'
import { openControl } from '../tenant-control.ts'

export interface SessionFlags {
  readonly user?: string
  readonly app?: string
}

interface Session {
  readonly kind: 'browser' | 'refresh-token'
  readonly id: string
  readonly user: string
  readonly application?: string | null
  readonly signedInAt?: string
  readonly issuedAt?: string
}

export async function run({ flags, output, home }: Invocation<SessionFlags>): Promise<void> {
  const sessions = await openControl(home.tenantDir).call<Session[]>('GET', `sessions${whose(flags)}`)
  for (const one of sessions) {
    output.record(one)
    const what = one.kind === 'browser' ? 'browser' : (one.application ?? 'an application that is gone')
    output.say(`${one.id}  ${fit(one.user, 28)} ${fit(what, 36)} ${one.signedInAt ?? one.issuedAt}`)
  }
  if (sessions.length === 0) output.say('nobody is signed in')
}

export function whose({ user, app }: SessionFlags): string {
  const query = new URLSearchParams({ ...(user && { user }), ...(app && { app }) }).toString()
  return query && `?${query}`
}
