// Why the control API refuses. Every code with its status.
export const controlErrors = {
  'control/invalid': 400,
  'control/not-allowed': 401,
  'control/foreign-origin': 403,
  'control/no-lab-role': 403,
  'control/owner-only': 403,
  'control/not-found': 404,
  'control/exists': 409,
  'control/busy': 409,
  'control/snapshot-foreign': 422,
  'control/snapshot-newer': 422,
  'control/snapshot-damaged': 422,
  'control/json-only': 415,
  'control/not-modelled': 501,
} as const

export type ControlErrorCode = keyof typeof controlErrors

/** Written as `{"error":{"code","message"}}`. */
export class ControlFailure extends Error {
  override readonly name = 'ControlFailure'
  readonly code: ControlErrorCode
  constructor(code: ControlErrorCode, message: string) {
    super(message)
    this.code = code
  }
  get status(): (typeof controlErrors)[ControlErrorCode] {
    return controlErrors[this.code]
  }
}

export const invalid = (message: string): ControlFailure => new ControlFailure('control/invalid', message)
