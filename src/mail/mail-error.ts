import type { Recovery } from '../facts/recovery.ts'

export const mailErrors = {
  'mail/folder-not-found': 'fix-configuration',
  'mail/attachment-too-large': 'fix-configuration',
  'mail/not-a-draft': 'report',
  'mail/reply-malformed': 'report',
  'mail/upload-lost': 'retry',
} as const satisfies Record<string, Recovery>

export type MailErrorCode = keyof typeof mailErrors

/** What went wrong in a mailbox that is not the transport's to tell. */
export class MailError extends Error {
  override readonly name = 'MailError'
  readonly code: MailErrorCode
  readonly ids: { requestId?: string }
  readonly fix: string | undefined
  constructor(
    code: MailErrorCode,
    message: string,
    o: { requestId?: string; fix?: string; cause?: unknown } = {},
  ) {
    super(message, o.cause === undefined ? undefined : { cause: o.cause })
    this.code = code
    this.ids = o.requestId === undefined ? {} : { requestId: o.requestId }
    this.fix = o.fix
  }
  get recovery(): Recovery {
    return mailErrors[this.code]
  }
}
