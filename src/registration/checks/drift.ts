// Where the registration differs from the app file, one finding a difference. portal.md section 4; entra.md section 3.
import type { PlannedChange, PlannedValue } from '../plan.ts'
import { comparableRedirectUri } from '../redirect-uri.ts'
import type { Finding } from './finding.ts'

const apply = { level: 'problem', fix: 'Run letterlock app apply.', who: 'administrator' } as const

export function driftFindings(changes: readonly PlannedChange[]): Finding[] {
  const uris = changes.filter((one) => one.what.startsWith('redirect URIs'))
  return [
    ...redirectFindings(uris),
    ...changes.flatMap((change): Finding[] => {
      if (uris.includes(change)) return []
      if (change.what === 'permissions') return permissionFindings(change)
      return [{ ...apply, code: codeOf(change), what: `${plainly(change)}${consequence(change)}` }]
    }),
  ]
}

function codeOf(change: PlannedChange): string {
  if (change.object === 'assignment') return 'app/not-assigned'
  if (change.action === 'create') return 'app/no-service-principal'
  return change.what.startsWith('implicit') ? 'app/implicit-grant' : 'app/differs'
}

function plainly(change: PlannedChange): string {
  if (change.object === 'assignment') return `${written(change.after)} is not assigned`
  if (change.action === 'create') return 'there is no enterprise application (service principal)'
  return `${change.what} is ${written(change.before)}, the app file says ${written(change.after)}`
}

function consequence({ object, action, what, before }: PlannedChange): string {
  if (object === 'assignment') return ': it cannot sign in while assignment is required (AADSTS50105)'
  if (action === 'create') return ': nobody can sign in (AADSTS650052, AADSTS700016)'
  if (what === 'assignment required' && before === false) return ': anybody in the organisation can sign in'
  if (what === 'audience') return ': it decides whose accounts may sign in (AADSTS50194, AADSTS50020)'
  if (what === 'public client' && before === false)
    return ': the device code is refused without a secret (AADSTS7000218)'
  if (what.startsWith('implicit')) return ': a deprecated way to get tokens, in the address bar'
  return ''
}

function permissionFindings(change: PlannedChange): Finding[] {
  const [before, after] = [listOf(change.before), listOf(change.after)]
  return [
    ...missingFrom(before, after).map((one) => ({
      ...apply,
      code: 'app/permission-missing',
      what: `${one} is not in the registration’s list of permissions`,
    })),
    ...missingFrom(after, before).map((one) => ({
      ...apply,
      code: 'app/permission-excess',
      what: `${one} is in the registration’s list of permissions and the app file does not ask for it`,
    })),
  ]
}

interface PlacedUri {
  readonly uri: string
  readonly platform: string
}

function redirectFindings(changes: readonly PlannedChange[]): Finding[] {
  const side = (key: 'before' | 'after'): PlacedUri[] =>
    changes.flatMap((one) => listOf(one[key]).map((uri) => ({ uri, platform: one.what.slice(15, -1) })))
  const [before, after] = [side('before'), side('after')]
  const same = (a: PlacedUri, b: PlacedUri): boolean => a.uri === b.uri && a.platform === b.platform
  const missing = after.filter((one) => !before.some((other) => same(one, other)))
  const extra = before.filter((one) => !after.some((other) => same(one, other)))
  const explained = new Set<PlacedUri>()
  const findings = missing.map((wanted): Finding => {
    const found = extra.find((one) => mistakeOf(one, wanted) !== undefined)
    if (found) explained.add(found)
    const what = found
      ? mistakeOf(found, wanted)!
      : `the redirect URI ${wanted.uri} (${wanted.platform}) is not registered (AADSTS50011)`
    return { ...apply, code: 'app/redirect-missing', what }
  })
  for (const one of extra.filter((uri) => !explained.has(uri))) {
    const twin = after.find((wanted) => comparableRedirectUri(wanted.uri) === comparableRedirectUri(one.uri))
    const why = twin
      ? `: Entra ignores the port, so it and ${twin.uri} are the same, and one is picked at random`
      : hazardOf(one.uri)
    const what = `the redirect URI ${one.uri} (${one.platform}) is registered and the app file does not name it${why}`
    findings.push({ ...apply, code: 'app/redirect-excess', what })
  }
  return findings
}

/** Says what is wrong with the URI found where another was wanted; nothing where they have nothing in common. */
function mistakeOf(found: PlacedUri, wanted: PlacedUri): string | undefined {
  const as = `the redirect URI ${wanted.uri}`
  if (found.uri === wanted.uri) {
    const code = found.platform.startsWith('single') ? 'AADSTS9002327' : 'AADSTS7000218'
    return `${as} is registered as ${found.platform}, not as ${wanted.platform} (${code})`
  }
  if (found.platform !== wanted.platform) return undefined
  const registered = `${as} is registered as ${found.uri}`
  if (found.uri.toLowerCase() === wanted.uri.toLowerCase()) {
    const at = [...wanted.uri].findIndex((char, index) => char !== found.uri[index])
    return `${registered}: the letter case differs at "${found.uri.slice(at, at + 8)}" (AADSTS50011)`
  }
  if (found.uri.replace(/\/$/, '') === wanted.uri.replace(/\/$/, ''))
    return `${registered}: the slash at the end counts (AADSTS50011)`
  if (comparableRedirectUri(found.uri) === comparableRedirectUri(wanted.uri))
    return `${registered}: only the port differs, which Entra ignores`
  const byName = found.uri.replace('//127.0.0.1', '//localhost')
  if (byName !== found.uri && comparableRedirectUri(byName) === comparableRedirectUri(wanted.uri))
    return `${registered}: 127.0.0.1 is another host than localhost (AADSTS50011)`
  return undefined
}

function hazardOf(uri: string): string {
  if (uri.includes('*')) return ': a wildcard lets every host below it receive the code'
  const url = URL.parse(uri)
  if (url?.hostname === 'localhost' || url?.hostname === '127.0.0.1') return ''
  return ': whoever runs that host can receive the code'
}

function missingFrom(there: readonly string[], wanted: readonly string[]): string[] {
  return wanted.filter((one) => !there.includes(one))
}

function listOf(value: PlannedValue): readonly string[] {
  return Array.isArray(value) ? (value as readonly string[]) : []
}

function written(value: PlannedValue): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  return value === null ? 'absent' : String(value)
}
