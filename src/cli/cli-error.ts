import type { Recovery } from '../facts/recovery.ts'

/** What goes wrong in the command itself; `cli/usage` and the codes after it exit with 2, `cli/interrupted` with 130. */
export const cliErrors = {
  'cli/interrupted': 'retry',
  'cli/unexpected': 'report',
  'cli/not-signed-in': 'sign-in-again',
  'cli/account-unknown': 'sign-in-again',
  'cli/account-other-tenant': 'sign-in-again',
  'cli/tenant-down': 'fix-configuration',
  'cli/tenant-failed': 'fix-configuration',
  'cli/proxy-down': 'fix-configuration',
  'cli/program-not-started': 'fix-configuration',
  'cli/cmdlet-refused': 'fix-configuration',
  'cli/powershell-failed': 'fix-configuration',
  'cli/browser-missing': 'fix-configuration',
  'cli/browser-open': 'fix-configuration',
  'cli/control-refused': 'fix-configuration',
  'cli/port-busy': 'fix-configuration',
  'cli/cloud-unknown': 'fix-configuration',
  'cli/settings-unreadable': 'fix-configuration',
  'cli/file-unreadable': 'fix-configuration',
  'cli/file-exists': 'fix-configuration',
  'cli/client-unknown': 'fix-configuration',
  'cli/code-unknown': 'fix-configuration',
  'cli/not-confirmed': 'fix-configuration',
  'cli/admin-token-command-failed': 'ask-admin',
  'cli/page-refused': 'fix-configuration',
  'cli/page-unknown': 'report',
  'cli/proof-missing': 'report',
  'cli/run-failed': 'report',
  'cli/usage': 'fix-configuration',
  'cli/account-ambiguous': 'fix-configuration',
} as const satisfies Record<string, Recovery>

export type CliErrorCode = keyof typeof cliErrors

export interface CliErrorDetails extends ErrorOptions {
  /** One sentence or command: what to do. */
  readonly fix?: string
  readonly recovery?: Recovery
  readonly entraCode?: number
  readonly ids?: { readonly requestId?: string; readonly correlationId?: string; readonly traceId?: string }
  /** Replaces the exit code that the recovery gives: a child's own. */
  readonly exitCode?: number
}

export class CliError extends Error {
  override readonly name = 'CliError'
  readonly code: CliErrorCode
  readonly recovery: Recovery
  readonly fix: string | undefined
  readonly entraCode: number | undefined
  readonly ids: NonNullable<CliErrorDetails['ids']>
  readonly exitCode: number | undefined
  constructor(code: CliErrorCode, message: string, details: CliErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.recovery = details.recovery ?? cliErrors[code]
    this.fix = details.fix
    this.entraCode = details.entraCode
    this.ids = details.ids ?? {}
    this.exitCode = details.exitCode
  }
}
