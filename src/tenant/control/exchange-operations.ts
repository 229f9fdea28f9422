// Exchange's limits on applications: every cmdlet without a token of Exchange's, one call that limits, and what is in force.
import { exchangeDelays } from '../../facts/exchange-roles.ts'
import { CmdletFailure, cmdletFailures } from '../exchange/failures.ts'
import { findApp } from './app-operations.ts'
import { type ControlErrorCode, ControlFailure } from './control-error.ts'
import { operation, type Operation } from './operation.ts'

const [ada, bot] = ['ada@contoso.example', 'invoice.bot@contoso.example']
const codes: Readonly<
  Record<(typeof cmdletFailures)[keyof typeof cmdletFailures]['status'], ControlErrorCode>
> = {
  400: 'control/invalid',
  404: 'control/not-found',
  501: 'control/not-modelled',
}

/** A cmdlet's refusal in the words of the control API. @throws {ControlFailure} */
function told<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof CmdletFailure)) throw error
    const code =
      error.reason === 'already-exists' ? 'control/exists' : codes[cmdletFailures[error.reason].status]
    throw new ControlFailure(code, error.message)
  }
}

export const exchangeOperations: readonly Operation[] = [
  operation({
    id: 'getExchange',
    call: 'GET /exchange',
    does: 'Tells which cmdlets there are, and every policy, pointer, scope and role assignment of applications',
    answer: 'ExchangeState',
    examples: [{}],
    serve({ parts: { exchange } }) {
      const rows = (cmdlet: string) => [...exchange.run(cmdlet, {})]
      return {
        cmdlets: exchange.cmdletNames,
        delays: exchangeDelays,
        policies: rows('Get-ApplicationAccessPolicy'),
        servicePrincipals: rows('Get-ServicePrincipal'),
        scopes: rows('Get-ManagementScope'),
        roleAssignments: rows('Get-ManagementRoleAssignment'),
      } as never
    },
  }),
  operation({
    id: 'runCmdlet',
    call: 'POST /exchange/run',
    does: 'Runs a cmdlet of Exchange as its administrator would',
    body: 'CmdletCall',
    answer: 'CmdletRows',
    examples: [{ body: { cmdlet: 'Get-Mailbox', parameters: { Identity: ada } } }],
    serve: ({ parts, body }) =>
      told(() => ({ value: parts.exchange.run(body.cmdlet, body.parameters ?? {}) })) as never,
  }),
  operation({
    id: 'limitApplication',
    call: 'POST /exchange/limit',
    does: 'Leaves an application these mailboxes alone: an access policy with a group of its own, in force an hour later',
    body: 'MailboxLimit',
    answer: 'LimitMade',
    status: 201,
    examples: [{ body: { app: 'Invoice bot', mailboxes: [bot] } }],
    serve: ({ parts, body }) =>
      told(() => parts.exchange.limit(findApp(parts, body.app).appId, body.mailboxes)) as never,
  }),
  operation({
    id: 'getApplicationAccess',
    call: 'GET /exchange/access',
    does: 'Tells what Exchange says of an application and a mailbox: configured, and in force',
    query: {
      app: { type: 'string', about: 'Client ID, object ID or name of the application.' },
      mailbox: { type: 'string', about: 'Address, name or id.' },
    },
    answer: 'AppAccess',
    examples: [{ query: { app: 'Invoice bot', mailbox: ada } }],
    serve: ({ parts, text }) =>
      told(() =>
        parts.exchange.accessOf(findApp(parts, text('app') ?? '').appId, text('mailbox') ?? ''),
      ) as never,
  }),
]
