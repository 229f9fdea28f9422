// AADSTS errors in Microsoft's shapes. entra.md sections 4.4 and 6.
import { randomUUID } from 'node:crypto'

export interface EntraFailureDetails {
  /** The OAuth `error`; Microsoft's clients act on it alone. */
  readonly error: string
  readonly status?: number
  readonly suberror?: string
  /** What to send at the interactive sign-in, as the JSON text that it is on the wire. */
  readonly claims?: string
}

/** A refusal of the token endpoint, or of `authorize` where it goes back to the client. */
export class EntraFailure extends Error {
  override readonly name = 'EntraFailure'
  /** 0 for the few refusals that carry no AADSTS number. */
  readonly code: number
  readonly details: EntraFailureDetails
  constructor(code: number, message: string, details: EntraFailureDetails) {
    super(message)
    this.code = code
    this.details = details
  }
}

/** A refusal that Microsoft keeps on its own page. */
export class PageFailure extends Error {
  override readonly name = 'PageFailure'
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** A refusal of `authorize` that goes back to the application, whose redirect URI has been matched. */
export class RedirectFailure extends Error {
  override readonly name = 'RedirectFailure'
  readonly code: number
  /** The OAuth `error`. */
  readonly error: string
  constructor(code: number, message: string, error: string) {
    super(message)
    this.code = code
    this.error = error
  }
}

export interface FailureIds {
  readonly traceId: string
  readonly correlationId: string
  /** `2026-11-24 10:11:12Z` */
  readonly timestamp: string
}

export function failureIds(nowMs: number, correlationId: string | undefined): FailureIds {
  const given = correlationId && /^[0-9a-f-]{36}$/i.test(correlationId) ? correlationId : randomUUID()
  return {
    traceId: randomUUID(),
    correlationId: given,
    timestamp: `${new Date(nowMs).toISOString().slice(0, 19).replace('T', ' ')}Z`,
  }
}

export function describe(code: number, message: string, ids: FailureIds): string {
  return `${code === 0 ? '' : `AADSTS${code}: `}${message} Trace ID: ${ids.traceId} Correlation ID: ${ids.correlationId} Timestamp: ${ids.timestamp}`
}

/** The body of a token endpoint's error, with the names and order Microsoft uses. */
export function errorBody(failure: EntraFailure, ids: FailureIds, origin: string): object {
  return {
    error: failure.details.error,
    error_description: describe(failure.code, failure.message, ids),
    error_codes: failure.code === 0 ? [] : [failure.code],
    timestamp: ids.timestamp,
    trace_id: ids.traceId,
    correlation_id: ids.correlationId,
    ...(failure.code === 0 ? {} : { error_uri: `${origin}/error?code=${failure.code}` }),
    ...(failure.details.suberror ? { suberror: failure.details.suberror } : {}),
    ...(failure.details.claims ? { claims: failure.details.claims } : {}),
  }
}
