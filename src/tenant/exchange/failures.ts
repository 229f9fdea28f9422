// How a cmdlet fails. The table is the whole set; the shape is the module's own, as public issues recorded it.

interface FailureRow {
  readonly status: 400 | 404 | 501
  readonly code: 'BadRequest' | 'NotFound' | 'NotImplemented'
  /** The exception the module names in `Ex…|TYPE|text`. */
  readonly type: string
}

export const cmdletFailures = {
  'object-not-found': {
    status: 404,
    code: 'NotFound',
    type: 'Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException',
  },
  'already-exists': {
    status: 400,
    code: 'BadRequest',
    type: 'Microsoft.Exchange.Data.Directory.ADObjectAlreadyExistsException',
  },
  'parameter-unknown': {
    status: 400,
    code: 'BadRequest',
    type: 'System.Management.Automation.ParameterBindingException',
  },
  'argument-wrong': {
    status: 400,
    code: 'BadRequest',
    type: 'Microsoft.Exchange.Configuration.Tasks.TaskArgumentException',
  },
  'filter-wrong': {
    status: 400,
    code: 'BadRequest',
    type: 'Microsoft.Exchange.Data.ParsingException',
  },
  'operation-refused': {
    status: 400,
    code: 'BadRequest',
    type: 'Microsoft.Exchange.Configuration.Tasks.TaskInvalidOperationException',
  },
  'not-modelled': { status: 501, code: 'NotImplemented', type: '' },
} as const satisfies Record<string, FailureRow>

export class CmdletFailure extends Error {
  override readonly name = 'CmdletFailure'
  readonly reason: keyof typeof cmdletFailures
  constructor(reason: keyof typeof cmdletFailures, message: string) {
    super(message)
    this.reason = reason
  }
}

/** @example {"error":{"code":"NotFound","message":"Error executing cmdlet","details":[{"code":"Context",…}]}} */
export function failureBody({ reason, message }: CmdletFailure): object {
  const { code, type } = cmdletFailures[reason]
  if (reason === 'not-modelled') return { error: { code, message } }
  const text = `Ex6F9304|${type}|${message}`
  return {
    error: {
      code,
      message: 'Error executing cmdlet',
      details: [{ code: 'Context', target: '', message: text }],
      innererror: {
        message: 'Error executing cmdlet',
        type: 'Microsoft.Exchange.Admin.OData.Core.ODataServiceException',
        stacktrace: '',
        internalexception: { message: text, type, stacktrace: '' },
      },
    },
    'adminapi.warnings@odata.type': '#Collection(String)',
    '@adminapi.warnings': [],
  }
}

export const objectNotFound = (identity: string): CmdletFailure =>
  new CmdletFailure(
    'object-not-found',
    `The operation couldn't be performed because object '${identity.slice(0, 200)}' couldn't be found on 'LOCAL.PROD.OUTLOOK.COM'.`,
  )
export const notModelled = (what: string): CmdletFailure =>
  new CmdletFailure('not-modelled', `The local tenant does not model ${what}.`)
