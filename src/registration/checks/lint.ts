// What can be said of an app file alone. portal.md section 4; entra.md section 3.
import { type AppSpec, redirectUrisOf } from '../app-spec.ts'
import { comparableRedirectUri } from '../redirect-uri.ts'
import type { Finding } from './finding.ts'

export function lintSpec(spec: AppSpec): Finding[] {
  const uris = redirectUrisOf(spec)
  const all = [...uris.publicClient, ...uris.web, ...uris.spa]
  const findings = [...alikeUris(all), ...loopbackByNumber(all)]
  const warn = (code: string, what: string, fix: string, level: Finding['level'] = 'warning'): void =>
    void findings.push({ code, level, what, fix, who: 'you' })
  if (spec.client === 'public' && uris.publicClient.length === 0)
    warn(
      'app/no-redirect-uri',
      'a public client has no redirect URI on the platform "Mobile and desktop applications"',
      'Add http://localhost:9999/Callback under redirectUris.',
      'problem',
    )
  if (!spec.permissions.includes('offline_access') && spec.permissions.length > 0)
    warn(
      'app/no-offline-access',
      'without offline_access nobody stays signed in for longer than an hour',
      'Add offline_access to the permissions.',
    )
  if (spec.client === 'public' && (spec.applicationPermissions ?? []).length > 0)
    warn(
      'app/public-with-application-permissions',
      'application permissions need a secret or certificate, which a public client cannot have',
      'Take applicationPermissions out, or write client: confidential.',
      'problem',
    )
  if (spec.assigned.length > 0 && !spec.assignmentRequired)
    warn(
      'app/assignment-without-effect',
      'users are assigned, but anybody else can sign in too: assignmentRequired is false',
      'Write assignmentRequired: true.',
    )
  return findings
}

function alikeUris(all: readonly string[]): Finding[] {
  const seen = new Map<string, string>()
  const findings: Finding[] = []
  for (const uri of all) {
    const twin = seen.get(comparableRedirectUri(uri))
    seen.set(comparableRedirectUri(uri), uri)
    if (twin === undefined) continue
    const what = `the redirect URIs ${twin} and ${uri} are the same to Entra, which picks one at random`
    findings.push({
      code: 'app/redirect-uris-alike',
      level: 'warning',
      what,
      fix: 'Keep one of them.',
      who: 'you',
    })
  }
  return findings
}

function loopbackByNumber(all: readonly string[]): Finding[] {
  return all
    .filter((uri) => URL.parse(uri)?.hostname === '127.0.0.1')
    .map((uri) => ({
      code: 'app/loopback-by-number',
      level: 'warning',
      what: `the redirect URI ${uri} works with its own port only`,
      fix: 'Write localhost instead.',
      who: 'you',
    }))
}
