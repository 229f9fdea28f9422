import { entraErrorRows, type WhereMet } from './entra-errors-data.ts'
import type { Recovery } from './recovery.ts'

export interface EntraErrorFact {
  readonly code: number
  /** The `error` of the answer, where one is sent. */
  readonly error: string
  readonly where: WhereMet
  /** HTTP status when it is answered as JSON. */
  readonly status: number
  readonly title: string
  readonly meaning: string
  readonly fix: string
  readonly who: 'you' | 'administrator'
  readonly recovery: Recovery
  /** False where `error` and status rest on the name alone. */
  readonly seen: boolean
}

export const entraErrors: ReadonlyMap<number, EntraErrorFact> = new Map(
  entraErrorRows.map(([code, error, where, status, title, meaning, fix, recovery, seen]) => {
    const who = recovery === 'ask-admin' ? 'administrator' : 'you'
    return [code, { code, error, where, status, title, meaning, fix, who, recovery, seen }]
  }),
)

/**
 * Finds what a person typed or copied: `AADSTS50011`, `50011`, or a whole line with the number in it.
 *
 * @example
 * explainEntraCode('AADSTS50011: The redirect URI …')?.title // 'Redirect URI not registered'
 */
export function explainEntraCode(text: string): EntraErrorFact | undefined {
  const found = /AADSTS\s?(\d{4,8})\b/i.exec(text) ?? /^\s*(\d{4,8})\s*$/.exec(text)
  return found ? entraErrors.get(Number(found[1])) : undefined
}

const recoveries: Readonly<Record<string, Recovery>> = {
  temporarily_unavailable: 'retry',
  server_error: 'retry',
  authorization_pending: 'retry',
  slow_down: 'retry',
  interaction_required: 'sign-in-again',
  login_required: 'sign-in-again',
  consent_required: 'sign-in-again',
  invalid_grant: 'sign-in-again',
  access_denied: 'sign-in-again',
  authorization_declined: 'sign-in-again',
  expired_token: 'sign-in-again',
  bad_verification_code: 'sign-in-again',
  invalid_client: 'fix-configuration',
  unauthorized_client: 'fix-configuration',
  invalid_scope: 'fix-configuration',
  invalid_resource: 'fix-configuration',
  invalid_tenant: 'fix-configuration',
  invalid_instance: 'fix-configuration',
  invalid_request: 'fix-configuration',
}

/** The way out when only the protocol's `error` is known, the number unknown or absent. */
export function recoveryForOAuthError(error: string): Recovery {
  const known = Object.hasOwn(recoveries, error) ? recoveries[error] : undefined
  return known ?? (error.startsWith('unsupported_') ? 'fix-configuration' : 'report')
}
