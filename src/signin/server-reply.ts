import {
  AuthorizationResponseError,
  JWT_CLAIM_COMPARISON,
  JWT_TIMESTAMP_CHECK,
  OperationProcessingError,
  RESPONSE_IS_NOT_CONFORM,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'oauth4webapi'
import { explainEntraCode, recoveryForOAuthError } from '../facts/entra-errors.ts'
import { SignInError, type ServerIds, type SignInErrorCode, type SignInErrorDetails } from './signin-error.ts'

export type Asking = 'authorize' | 'redeem' | 'refresh' | 'device' | 'application'

export interface ServerRefusal {
  /** What the server said, up to its ids; safe to print. */
  readonly text: string
  readonly details: SignInErrorDetails
}

/** Turns whatever the protocol library or the network threw into one of our errors. */
export function readFailure(error: unknown, asking: Asking, address: string): SignInError {
  if (error instanceof SignInError) return error
  if (error instanceof ResponseBodyError) {
    return refused({ ...error.cause }, error.status, asking, error.response)
  }
  if (error instanceof WWWAuthenticateChallengeError) {
    return new SignInError('signin/client-refused', 'the server did not accept this client', {
      status: error.status,
    })
  }
  if (error instanceof AuthorizationResponseError) {
    return refused(Object.fromEntries(error.cause), undefined, asking)
  }
  if (error instanceof OperationProcessingError) return unexpectedReply(error)
  if (
    error instanceof Error &&
    (isAbort(error) || error instanceof TypeError) &&
    !('code' in error && isLibraryCode(error))
  ) {
    return unreachable(error, address)
  }
  // No cause: the library's errors carry whole bodies, and those carry tokens.
  const what = error instanceof Error ? `: ${plainText(error.message)}` : ''
  return new SignInError(
    'signin/reply-malformed',
    `the server answered what the standard does not allow${what}`,
  )
}

/** Reads `error`, the AADSTS number and the ids out of an error body (E 4.4) or an error redirect (E 2.2). */
export function readServerRefusal(body: Record<string, unknown>, status?: number): ServerRefusal {
  const textOf = (name: string): string => (typeof body[name] === 'string' ? body[name] : '')
  const description = textOf('error_description')
  const codes = Array.isArray(body.error_codes) ? body.error_codes : []
  const said = /AADSTS(\d{4,9})/.exec(description)?.[1]
  const entraCode = typeof codes[0] === 'number' ? codes[0] : said === undefined ? undefined : Number(said)
  const fact = entraCode === undefined ? undefined : explainEntraCode(String(entraCode))
  const oauthError = textOf('error')
  const idIn = (label: string): string | undefined =>
    new RegExp(`${label} ID: ([0-9a-f-]{36})`, 'i').exec(description)?.[1]
  const ids: { -readonly [K in keyof ServerIds]: ServerIds[K] } = {}
  const traceId = textOf('trace_id') || idIn('Trace')
  const correlationId = textOf('correlation_id') || idIn('Correlation')
  if (traceId) ids.traceId = ids.requestId = plainText(traceId)
  if (correlationId) ids.correlationId = plainText(correlationId)
  const recovery = fact?.recovery ?? (oauthError === '' ? undefined : recoveryForOAuthError(oauthError))
  return {
    text: plainText(description.split(/\s*(?:Trace ID:|\r?\n)/)[0] || oauthError),
    details: {
      ids,
      ...(recovery && { recovery }),
      ...(fact && { fix: fact.fix }),
      ...(entraCode !== undefined && { entraCode }),
      ...(status !== undefined && { status }),
      ...(oauthError && { oauthError: plainText(oauthError) }),
      ...(textOf('suberror') && { suberror: plainText(textOf('suberror')) }),
      ...(textOf('claims') && { claims: textOf('claims') }),
    },
  }
}

export function unavailable(response: Response): SignInError {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  const requestId = response.headers.get('x-ms-request-id')
  return new SignInError(
    'signin/unavailable',
    `the authorization server is busy or down (status ${response.status})`,
    {
      status: response.status,
      ...(requestId && { ids: { requestId: plainText(requestId) } }),
      ...(Number.isFinite(seconds) && seconds >= 0 && { retryAfterMs: seconds * 1000 }),
    },
  )
}

export function unreachable(cause: unknown, address: string): SignInError {
  const why =
    cause instanceof Error && cause.name === 'TimeoutError'
      ? 'did not answer in time'
      : 'could not be reached'
  return new SignInError('signin/unreachable', `${address} ${why}`, {
    cause,
    fix: 'Check the network and the proxy, then try again.',
  })
}

/** One printable line: no control characters or terminal escapes, no token, at most 400 characters. */
export function plainText(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[A-Za-z0-9_-]{24,}(?:\.[A-Za-z0-9_-]{10,}){1,4}|[A-Za-z0-9_-]{60,}/g, '[left out]')
    .trim()
    .slice(0, 400)
}

function refused(
  body: Record<string, unknown>,
  status: number | undefined,
  asking: Asking,
  response?: Response,
): SignInError {
  const { text, details } = readServerRefusal(body, status)
  const code = codeFor(details.oauthError ?? '', details.entraCode, asking)
  if (code === 'signin/unavailable' && response) return unavailable(response)
  const requestId = response?.headers.get('x-ms-request-id')
  const ids = requestId ? { requestId: plainText(requestId), ...details.ids } : details.ids
  return new SignInError(code, `${sentence[asking]}: ${text}`, { ...details, ...(ids && { ids }) })
}

const sentence: Record<Asking, string> = {
  authorize: 'the sign-in was refused',
  redeem: 'the authorization code was not accepted',
  refresh: 'the sign-in could not be renewed',
  device: 'the sign-in by device code was refused',
  application: 'the sign-in of the application was refused',
}

function codeFor(oauthError: string, entraCode: number | undefined, asking: Asking): SignInErrorCode {
  if (oauthError === 'server_error' || oauthError === 'temporarily_unavailable') return 'signin/unavailable'
  if (oauthError === 'invalid_client' || oauthError === 'unauthorized_client') return 'signin/client-refused'
  if (asking === 'authorize') {
    const declined = oauthError === 'access_denied' || entraCode === 65004
    return declined
      ? 'signin/declined'
      : oauthError === 'consent_required'
        ? 'signin/consent-missing'
        : 'signin/request-refused'
  }
  if (asking === 'device') {
    // RFC 8628 3.5 says access_denied; Entra says authorization_declined (E section 5).
    if (oauthError === 'authorization_declined' || oauthError === 'access_denied') return 'signin/declined'
    if (oauthError === 'expired_token') return 'signin/device-code-expired'
    if (oauthError === 'bad_verification_code') return 'signin/code-refused'
  }
  if (oauthError === 'consent_required' || entraCode === 65001) return 'signin/consent-missing'
  if (['invalid_grant', 'interaction_required', 'login_required'].includes(oauthError)) {
    return asking === 'refresh' ? 'signin/refresh-refused' : 'signin/code-refused'
  }
  return 'signin/request-refused'
}

function unexpectedReply(error: OperationProcessingError): SignInError {
  const about = (error.cause ?? {}) as {
    claim?: string
    claims?: Record<string, unknown>
    now?: number
    parameters?: unknown
  }
  if (error.code === JWT_TIMESTAMP_CHECK) {
    return new SignInError(
      'signin/clock-skewed',
      "this computer's clock and the server's differ too much: the ID token is not valid now",
      {
        fix: "Set this computer's clock, then sign in again.",
      },
    )
  }
  if (/"iss" \(issuer\)/.test(error.message)) {
    return new SignInError('signin/issuer-mismatch', 'the answer names another issuer than the server asked')
  }
  if (
    error.code === JWT_CLAIM_COMPARISON ||
    about.claims !== undefined ||
    /ID Token|JWT|JWS/i.test(error.message)
  ) {
    return new SignInError('signin/id-token-invalid', `the ID token was refused: ${plainText(error.message)}`)
  }
  const status =
    error.code === RESPONSE_IS_NOT_CONFORM && error.cause instanceof Response ? error.cause.status : undefined
  return new SignInError(
    'signin/reply-malformed',
    `the server's answer was refused: ${plainText(error.message)}`,
    {
      ...(status !== undefined && { status }),
    },
  )
}

function isAbort(error: Error): boolean {
  return error.name === 'AbortError' || error.name === 'TimeoutError'
}

function isLibraryCode(error: Error & { code?: unknown }): boolean {
  return typeof error.code === 'string' && error.code.startsWith('ERR_INVALID_ARG')
}
