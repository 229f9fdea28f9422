// Secrets, certificates and federations: what lets a program sign in as the application. portal.md section 4.
import type { AppSpec } from '../app-spec.ts'
import type { Credential } from '../directory.ts'
import type { RegistrationState } from '../read-state.ts'
import { type Finding, fine, notChecked } from './finding.ts'

const dayMs = 24 * 60 * 60_000
const soonMs = 30 * dayMs
/** The portal offers two years at most; what lasts longer was made on purpose, and is forgotten. */
const longMs = 2 * 366 * dayMs

export function credentialFindings(spec: AppSpec, state: RegistrationState, nowMs: number): Finding[] {
  const { passwordCredentials, keyCredentials } = state.application!
  const held = [
    ...(passwordCredentials ?? []).map((one) => ({ kind: 'secret', one })),
    ...(keyCredentials ?? []).map((one) => ({ kind: 'certificate', one })),
  ]
  const federations = state.federations
  if (spec.client === 'public') {
    const findings = held.map(({ kind, one }) => onPublic(`${kind} ${nameOf(one)}`, kind))
    if (federations.read)
      findings.push(
        ...federations.value.map((one) => onPublic(`federated credential ${one.name}`, 'federation')),
      )
    else findings.push(notChecked('federated credentials', federations.needs))
    return findings.length > 0 ? findings : [fine('app/no-secret', 'a public client without a secret')]
  }
  return [
    ...held.flatMap(({ kind, one }) => lifeFindings(`the ${kind} ${nameOf(one)}`, { kind, one, nowMs })),
    ...(federations.read ? federations.value : []).map((one): Finding => {
      const what = `a token of ${one.issuer} for ${one.subject} signs in as this application`
      const fix = 'Remove the federated credential if you do not know it.'
      return { code: 'app/federated', level: 'warning', what, fix, who: 'you' }
    }),
  ]
}

function onPublic(what: string, kind: string): Finding {
  const refused = kind === 'secret' ? ', which Entra refuses when it is sent (AADSTS700025)' : ''
  return {
    code: 'app/public-with-secret',
    level: 'problem',
    what: `a public client holds a ${kind}${refused}: ${what}`,
    fix: 'Remove it: App registrations > Certificates & secrets.',
    who: 'administrator',
  }
}

function lifeFindings(
  what: string,
  { kind, one, nowMs }: { kind: string; one: Credential; nowMs: number },
): Finding[] {
  const endsMs = Date.parse(one.endDateTime ?? '')
  const leftMs = Number.isNaN(endsMs) ? Infinity : endsMs - nowMs
  const renew = `Add a new ${kind}, use it, then remove this one.`
  const ends = one.endDateTime ?? 'no day'
  if (leftMs <= 0)
    return [{ code: 'app/secret-ends', level: 'problem', what: `${what} ended on ${ends} (AADSTS7000222)`, fix: renew, who: 'administrator' }] // prettier-ignore
  if (leftMs <= soonMs)
    return [{ code: 'app/secret-ends', level: 'warning', what: `${what} ends on ${ends}`, fix: renew, who: 'administrator' }] // prettier-ignore
  if (leftMs <= longMs) return []
  return [{ code: 'app/secret-too-long', level: 'warning', what: `${what} lasts until ${ends}`, fix: `Replace it by a ${kind} of at most a year.`, who: 'administrator' }] // prettier-ignore
}

function nameOf(one: Credential): string {
  const name = one.displayName || one.keyId || 'without a name'
  return one.hint ? `${name} (${one.hint}…)` : name
}
