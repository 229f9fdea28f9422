import type { Recovery } from '../facts/recovery.ts'

/** Every code a sign-in can end with, and the way out. An error may carry a better way out that the facts know. */
export const signInErrors = {
  'signin/timed-out': 'sign-in-again',
  'signin/aborted': 'retry',
  'signin/declined': 'sign-in-again',
  'signin/request-refused': 'report',
  'signin/code-refused': 'sign-in-again',
  'signin/device-code-expired': 'sign-in-again',
  'signin/grant-not-offered': 'fix-configuration',
  'signin/refresh-refused': 'sign-in-again',
  'signin/refresh-outcome-lost': 'sign-in-again',
  'signin/refresh-token-missing': 'sign-in-again',
  'signin/refresh-busy': 'retry',
  'signin/consent-missing': 'ask-admin',
  'signin/client-refused': 'fix-configuration',
  'signin/public-client-has-secret': 'fix-configuration',
  'signin/secret-missing': 'fix-configuration',
  'signin/certificate-unreadable': 'fix-configuration',
  'signin/federated-token-unreadable': 'fix-configuration',
  'signin/scopes-mixed': 'fix-configuration',
  'signin/pasted-address-refused': 'sign-in-again',
  'signin/insecure-url': 'fix-configuration',
  'signin/tenant-not-found': 'fix-configuration',
  'signin/redirect-uri-unsupported': 'fix-configuration',
  'signin/port-busy': 'fix-configuration',
  'signin/loopback-unavailable': 'fix-configuration',
  'signin/browser-not-opened': 'fix-configuration',
  'signin/clock-skewed': 'fix-configuration',
  'signin/wrong-account': 'sign-in-again',
  'signin/wrong-tenant': 'sign-in-again',
  'signin/issuer-mismatch': 'report',
  'signin/id-token-invalid': 'report',
  'signin/reply-malformed': 'report',
  'signin/unreachable': 'retry',
  'signin/unavailable': 'retry',
  'signin/account-unknown': 'sign-in-again',
  'signin/vault-unreadable': 'fix-configuration',
  'signin/vault-key-missing': 'fix-configuration',
  'signin/vault-too-new': 'fix-configuration',
  'signin/vault-busy': 'retry',
} as const satisfies Record<string, Recovery>

export type SignInErrorCode = keyof typeof signInErrors

export interface ServerIds {
  readonly requestId?: string
  readonly correlationId?: string
  readonly traceId?: string
}

export interface SignInErrorDetails extends ErrorOptions {
  /** One sentence: what to do. */
  readonly fix?: string
  /** Replaces the table's way out, when the facts know better. */
  readonly recovery?: Recovery
  readonly ids?: ServerIds
  /** The number of the AADSTS error. */
  readonly entraCode?: number
  readonly status?: number
  /** The `error` member of RFC 6749 5.2, and Entra's `suberror` and `claims`. */
  readonly oauthError?: string
  readonly suberror?: string
  readonly claims?: string
  readonly retryAfterMs?: number
}

export class SignInError extends Error {
  override readonly name = 'SignInError'
  readonly code: SignInErrorCode
  readonly recovery: Recovery
  readonly fix: string | undefined
  readonly ids: ServerIds
  readonly entraCode: number | undefined
  readonly status: number | undefined
  readonly oauthError: string | undefined
  readonly suberror: string | undefined
  readonly claims: string | undefined
  readonly retryAfterMs: number | undefined

  constructor(code: SignInErrorCode, message: string, details: SignInErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.recovery = details.recovery ?? signInErrors[code]
    this.fix = details.fix
    this.ids = details.ids ?? {}
    this.entraCode = details.entraCode
    this.status = details.status
    this.oauthError = details.oauthError
    this.suberror = details.suberror
    this.claims = details.claims
    this.retryAfterMs = details.retryAfterMs
  }
}
