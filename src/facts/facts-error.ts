import type { Recovery } from './recovery.ts'

export const factsErrors = {
  'facts/cloud-invalid': 'fix-configuration',
} as const satisfies Record<string, Recovery>

export class FactsError extends Error {
  override readonly name = 'FactsError'
  readonly code: keyof typeof factsErrors
  readonly fix: string | undefined
  constructor(code: keyof typeof factsErrors, message: string, options?: ErrorOptions & { fix?: string }) {
    super(message, options)
    this.code = code
    this.fix = options?.fix
  }
  get recovery(): Recovery {
    return factsErrors[this.code]
  }
}
