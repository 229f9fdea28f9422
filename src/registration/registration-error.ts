import type { Recovery } from '../facts/recovery.ts'

export const registrationErrors = {
  'registration/app-file-missing': 'fix-configuration',
  'registration/app-file-invalid': 'fix-configuration',
  'registration/flow-unreadable': 'fix-configuration',
  'registration/permission-unknown': 'fix-configuration',
  'registration/app-unknown': 'fix-configuration',
  'registration/name-ambiguous': 'fix-configuration',
  'registration/user-unknown': 'fix-configuration',
  'registration/limit-delegated': 'fix-configuration',
  'registration/limit-impossible': 'fix-configuration',
  'registration/plan-outdated': 'retry',
  'registration/not-allowed': 'ask-admin',
  'registration/not-replicated': 'retry',
} as const satisfies Record<string, Recovery>

export type RegistrationErrorCode = keyof typeof registrationErrors

export interface ErrorIds {
  readonly requestId?: string
  readonly correlationId?: string
  readonly traceId?: string
}

export class RegistrationError extends Error {
  override readonly name = 'RegistrationError'
  readonly code: RegistrationErrorCode
  /** One sentence: what to do. */
  readonly fix: string | undefined
  readonly ids: ErrorIds
  readonly status: number | undefined
  constructor(
    code: RegistrationErrorCode,
    message: string,
    options?: ErrorOptions & { fix?: string; ids?: ErrorIds; status?: number },
  ) {
    super(message, options)
    this.code = code
    this.fix = options?.fix
    this.ids = options?.ids ?? {}
    this.status = options?.status
  }
  get recovery(): Recovery {
    return registrationErrors[this.code]
  }
}
