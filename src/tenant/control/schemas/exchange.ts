// Exchange's limits on applications: what was configured, and what is in force.
import * as v from 'valibot'
import { about, count, text } from './words.ts'

const row = v.looseObject({})

export const ExchangeState = v.strictObject({
  cmdlets: v.array(text),
  delays: v.strictObject({ accessPolicyMs: count, rbacIdleMs: count, rbacBusyMs: count }),
  policies: v.array(row),
  servicePrincipals: v.array(row),
  scopes: v.array(row),
  roleAssignments: v.array(row),
})

export const CmdletCall = v.strictObject({
  cmdlet: about(text, 'As Microsoft spells it: New-ApplicationAccessPolicy.'),
  parameters: v.optional(v.record(v.string(), v.unknown())),
})
export const CmdletRows = v.strictObject({ value: v.array(row) })

export const MailboxLimit = v.strictObject({
  app: about(text, 'Client ID, object ID or name of the application.'),
  mailboxes: about(v.pipe(v.array(text), v.minLength(1)), 'The only ones it may enter without a person.'),
})
export const LimitMade = v.strictObject({
  policy: row,
  inForceAtMs: about(v.number(), 'In the tenant’s clock.'),
})

const verdict = v.picklist(['Granted', 'Denied'])
export const AppAccess = v.strictObject({
  mailbox: v.string(),
  policies: v.strictObject({ configured: verdict, inForce: verdict }),
  grants: about(
    v.array(
      v.strictObject({
        role: text,
        permissions: v.array(text),
        scope: text,
        coversMailbox: v.boolean(),
      }),
    ),
    'By RBAC for Applications, as configured.',
  ),
})
