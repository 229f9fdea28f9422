import { type Clock, systemClock } from '../facts/clock.ts'
import type { GraphClient } from '../graph/index.ts'
import { type AppSpec, parseAppSpec, redirectUrisOf, specPermissions } from './app-spec.ts'
import { type DirectoryOptions, directoryOf, needUser } from './directory.ts'
import { planApp } from './plan.ts'
import { comparableRedirectUri } from './redirect-uri.ts'
import { RegistrationError } from './registration-error.ts'
import { showApp, type ShownApp } from './show.ts'

export interface Finding {
  readonly code: string
  /** `not-checked` where the reading needs more rights: never to be read as "ok". */
  readonly level: 'ok' | 'warning' | 'problem' | 'not-checked'
  readonly what: string
  /** One sentence; absent where there is nothing to do. */
  readonly fix?: string
  readonly who?: 'you' | 'administrator'
}

/** Worst first. */
export type Findings = readonly Finding[]

const soonMs = 30 * 24 * 60 * 60_000

/**
 * Says of a registration what fits the app file, what does not, and the one fix of each. Reads only.
 *
 * @throws {RegistrationError} `registration/app-file-invalid`, `registration/permission-unknown`,
 *   `registration/app-unknown`, `registration/name-ambiguous`, `registration/user-unknown`
 */
export async function checkApp(
  graph: GraphClient,
  spec: AppSpec,
  options?: DirectoryOptions,
): Promise<Findings> {
  const wanted = parseAppSpec(spec)
  const lint = lintSpec(wanted)
  try {
    const plan = await planApp(graph, wanted, options)
    if (plan.appId === null) return sorted([...lint, absent(wanted)])
    const shown = await showApp(graph, plan.appId, options)
    const drift = plan.changes.map((change): Finding => {
      const what = `${change.object}: ${change.what} is ${written(change.before)}, the app file says ${written(change.after)}`
      return { code: 'app/differs', level: 'problem', what, fix: 'Run letterlock app apply.', who: 'you' }
    })
    const assigned = await assignedIds(graph, wanted, options)
    const clock = options?.clock ?? systemClock
    return sorted([
      ...lint,
      ...(drift.length > 0 ? drift : [fine('app/as-written', 'the registration is as the app file says')]),
      ...consentFindings(wanted, shown, assigned),
      ...excessFindings(wanted, shown, assigned),
      ...secretFindings(shown, clock),
    ])
  } catch (error) {
    if (!(error instanceof RegistrationError) || error.code !== 'registration/not-allowed') throw error
    const what = 'the registration was not checked: needs Application.Read.All and an administrator’s role'
    const fix = 'Let an administrator run letterlock app check.'
    return sorted([
      ...lint,
      { code: 'app/not-readable', level: 'not-checked', what, fix, who: 'administrator' },
    ])
  }
}

/** What can be said of an app file alone. */
export function lintSpec(spec: AppSpec): Finding[] {
  const findings: Finding[] = []
  const uris = redirectUrisOf(spec)
  const all = [...uris.publicClient, ...uris.web, ...uris.spa]
  const seen = new Map<string, string>()
  for (const uri of all) {
    const twin = seen.get(comparableRedirectUri(uri))
    if (twin !== undefined) {
      const what = `the redirect URIs ${twin} and ${uri} are the same to Entra, which picks one at random`
      findings.push({
        code: 'app/redirect-uris-alike',
        level: 'warning',
        what,
        fix: 'Keep one of them.',
        who: 'you',
      })
    }
    seen.set(comparableRedirectUri(uri), uri)
    if (URL.parse(uri)?.hostname === '127.0.0.1') {
      const what = `the redirect URI ${uri} works with its own port only`
      findings.push({
        code: 'app/loopback-by-number',
        level: 'warning',
        what,
        fix: 'Write localhost instead.',
        who: 'you',
      })
    }
  }
  if (spec.client === 'public' && uris.publicClient.length === 0) {
    const what = 'a public client has no redirect URI on the platform "Mobile and desktop applications"'
    const fix = 'Add http://localhost:9999/Callback under redirectUris.'
    findings.push({ code: 'app/no-redirect-uri', level: 'problem', what, fix, who: 'you' })
  }
  if (!spec.permissions.includes('offline_access') && spec.permissions.length > 0) {
    const what = 'without offline_access nobody stays signed in for longer than an hour'
    const fix = 'Add offline_access to the permissions.'
    findings.push({ code: 'app/no-offline-access', level: 'warning', what, fix, who: 'you' })
  }
  return findings
}

async function assignedIds(
  graph: GraphClient,
  spec: AppSpec,
  options?: DirectoryOptions,
): Promise<Map<string, string>> {
  const directory = directoryOf(graph, options)
  const ids = new Map<string, string>()
  for (const name of new Set(spec.assigned)) ids.set((await needUser(directory, name)).id, name)
  return ids
}

function consentFindings(spec: AppSpec, shown: ShownApp, assigned: ReadonlyMap<string, string>): Finding[] {
  return specPermissions(spec).map(({ value, kind }): Finding => {
    const row = shown.permissions.find((one) => one.name === value && one.kind === kind)
    if (row?.grantedToAll) return fine('app/consented', `${value} (${kind}) is granted for the organisation`)
    const users = row?.grantedTo ?? []
    const covered = assigned.size > 0 && [...assigned.keys()].every((id) => users.includes(id))
    if (covered) return fine('app/consented', `${value} (${kind}) is granted to each assigned user`)
    const what = `${value} (${kind}) is ${users.length > 0 ? 'granted to some users only' : 'not granted'}`
    const fix = 'Let an administrator run letterlock app consent.'
    return { code: 'app/consent-missing', level: 'problem', what, fix, who: 'administrator' }
  })
}

function excessFindings(spec: AppSpec, shown: ShownApp, assigned: ReadonlyMap<string, string>): Finding[] {
  const wanted = new Set(specPermissions(spec).map((one) => `${one.kind} ${one.value}`))
  const findings = shown.permissions
    .filter((one) => (one.grantedToAll || one.grantedTo.length > 0) && !wanted.has(`${one.kind} ${one.name}`))
    .map((one): Finding => {
      const what = `${one.name} (${one.kind}) is granted and the app file does not ask for it`
      return {
        code: 'app/consent-excess',
        level: 'warning',
        what,
        fix: 'Revoke it in the portal.',
        who: 'administrator',
      }
    })
  if (!shown.enabled) {
    const what = 'the service principal is disabled: nobody can sign in'
    findings.push({
      code: 'app/disabled',
      level: 'problem',
      what,
      fix: 'Enable it in the portal.',
      who: 'administrator',
    })
  }
  if (!shown.assignmentRequired) return findings
  for (const one of shown.assigned.filter(({ id }) => !assigned.has(id))) {
    const what = `${one.name} is assigned and the app file does not name it`
    findings.push({
      code: 'app/assigned-excess',
      level: 'warning',
      what,
      fix: 'Name it, or remove the assignment.',
      who: 'administrator',
    })
  }
  return findings
}

function secretFindings(shown: ShownApp, clock: Clock): Finding[] {
  if (shown.client === 'public') {
    if (shown.secrets.length + shown.certificates === 0)
      return [fine('app/no-secret', 'a public client without a secret')]
    const what =
      'a public client holds a secret or certificate, which Entra refuses when it is sent (AADSTS700025)'
    return [{ code: 'app/public-with-secret', level: 'warning', what, fix: 'Remove the secret.', who: 'you' }]
  }
  return shown.secrets.flatMap((secret): Finding[] => {
    const leftMs = secret.ends === null ? Infinity : Date.parse(secret.ends) - clock.nowMs()
    if (leftMs > soonMs) return []
    const level = leftMs <= 0 ? 'problem' : 'warning'
    const what = `the secret ${secret.name} (${secret.hint}…) ${leftMs <= 0 ? 'ended' : 'ends'} on ${secret.ends}`
    return [
      { code: 'app/secret-ends', level, what, fix: 'Add a new secret and remove this one.', who: 'you' },
    ]
  })
}

function absent(spec: AppSpec): Finding {
  const what = `there is no registration named "${spec.name}"`
  return { code: 'app/absent', level: 'problem', what, fix: 'Run letterlock app apply.', who: 'you' }
}

function fine(code: string, what: string): Finding {
  return { code, level: 'ok', what }
}

function written(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'empty' : value.join(', ')
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return value === null ? 'absent' : String(value)
}

function sorted(findings: readonly Finding[]): Findings {
  const order = ['problem', 'not-checked', 'warning', 'ok']
  return findings.toSorted((a, b) => order.indexOf(a.level) - order.indexOf(b.level))
}
