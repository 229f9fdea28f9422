import type { Recovery } from '../facts/recovery.ts'

export const flowErrors = {
  'flow/definition-invalid': 'fix-configuration',
  'flow/file-not-found': 'fix-configuration',
  'flow/file-broken': 'fix-configuration',
  'flow/not-a-flow': 'fix-configuration',
  'flow/already-running': 'retry',
  'flow/ledger-unusable': 'fix-configuration',
  'flow/ledger-too-new': 'fix-configuration',
  'flow/step-changed': 'fix-configuration',
  'flow/step-misused': 'fix-configuration',
  'flow/result-not-json': 'fix-configuration',
  'flow/no-such-step': 'fix-configuration',
  'flow/no-such-message': 'fix-configuration',
  'flow/not-doubtful': 'fix-configuration',
} as const satisfies Record<string, Recovery>

export type FlowErrorCode = keyof typeof flowErrors

/** What went wrong in a loop that is neither the transport's nor the mailbox's to tell. */
export class FlowError extends Error {
  override readonly name = 'FlowError'
  readonly code: FlowErrorCode
  readonly fix: string | undefined
  readonly ids: Record<string, never> = {}
  constructor(code: FlowErrorCode, message: string, o: { fix?: string; cause?: unknown } = {}) {
    super(message, o.cause === undefined ? undefined : { cause: o.cause })
    this.code = code
    this.fix = o.fix
  }
  get recovery(): Recovery {
    return flowErrors[this.code]
  }
}
