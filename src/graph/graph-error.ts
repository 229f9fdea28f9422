import type { Recovery } from '../facts/recovery.ts'

export const graphErrors = {
  'graph/throttled': 'retry',
  'graph/unavailable': 'retry',
  'graph/timed-out': 'retry',
  'graph/connection-lost': 'retry',
  'graph/conflict': 'retry',
  'graph/unauthorized': 'sign-in-again',
  'graph/refused': 'ask-admin',
  'graph/mailbox-full': 'ask-admin',
  'graph/not-found': 'fix-configuration',
  'graph/bad-request': 'fix-configuration',
  'graph/not-supported': 'fix-configuration',
  'graph/throttle-broken': 'fix-configuration',
  'graph/foreign-origin': 'report',
  'graph/reply-malformed': 'report',
} as const satisfies Record<string, Recovery>

export type GraphErrorCode = keyof typeof graphErrors

export interface GraphErrorDetails {
  readonly status?: number
  /** Graph's own `error.code`, such as `ErrorItemNotFound`; compare it without letter case. */
  readonly graphCode?: string
  readonly graphInnerCode?: string
  /** Graph's text, at most 300 characters, for people; never decide by it. */
  readonly graphMessage?: string
  readonly requestId?: string
  readonly clientRequestId?: string
  readonly retryAfterMs?: number
  /** True when a write may have been carried out although no success came back. */
  readonly mayHaveHappened?: boolean
  readonly recovery?: Recovery
  readonly fix?: string
  readonly cause?: unknown
}

/** What went wrong between us and Graph. Bodies and tokens are left out. */
export class GraphError extends Error {
  override readonly name = 'GraphError'
  readonly code: GraphErrorCode
  readonly recovery: Recovery
  readonly mayHaveHappened: boolean
  readonly status: number | undefined
  readonly graphCode: string | undefined
  readonly graphInnerCode: string | undefined
  readonly graphMessage: string | undefined
  readonly requestId: string | undefined
  readonly clientRequestId: string | undefined
  readonly retryAfterMs: number | undefined
  readonly fix: string | undefined

  constructor(code: GraphErrorCode, message: string, details: GraphErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.recovery = details.recovery ?? graphErrors[code]
    this.mayHaveHappened = details.mayHaveHappened ?? false
    this.status = details.status
    this.graphCode = details.graphCode
    this.graphInnerCode = details.graphInnerCode
    this.graphMessage = details.graphMessage
    this.requestId = details.requestId
    this.clientRequestId = details.clientRequestId
    this.retryAfterMs = details.retryAfterMs
    this.fix = details.fix
  }

  get ids(): { requestId?: string; correlationId?: string } {
    return {
      ...(this.requestId === undefined ? {} : { requestId: this.requestId }),
      ...(this.clientRequestId === undefined ? {} : { correlationId: this.clientRequestId }),
    }
  }
}
