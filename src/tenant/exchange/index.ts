// The front door of the local tenant's Exchange: limits on applications, not mail itself (that is ../mail).
import type { Context } from 'hono'
import type { Caller, MailboxAccess } from '../context.ts'
import { openAuthorizations } from './authorizations.ts'
import { openCmdlets } from './cmdlets.ts'
import type { ExchangeParts, Run, TenantParts } from './contract.ts'
import { invokeCommand } from './invoke-command.ts'
import { accessOf, type AppAccess, limitApplication, type LimitMade } from './limit-application.ts'
import { openMailboxAccess } from './mailbox-access.ts'
import { openObjects } from './objects.ts'
import { openRecipients } from './recipients.ts'

export { mountExchange } from './invoke-command.ts'
export { exchangeMigrations } from './migrations.ts'

export interface Exchange {
  readonly access: MailboxAccess
  readonly cmdletNames: readonly string[]
  /** As an administrator. @throws {CmdletFailure} */
  readonly run: Run
  /** @throws {CmdletFailure} */
  limit(appId: string, mailboxes: readonly string[]): LimitMade
  /** @throws {CmdletFailure} */
  accessOf(appId: string, mailbox: string): AppAccess
  /** A call of the module's transport. @throws {CmdletFailure} @throws {TokenFault} */
  invoke(c: Context, caller: Caller): Promise<Response>
}

/** Of one tenant. The tables of `exchangeMigrations` must exist. */
export function openExchange(tenant: TenantParts): Exchange {
  const objects = openObjects(tenant.context)
  const recipients = openRecipients(tenant)
  const authorizations = openAuthorizations({ ...tenant, objects, recipients })
  const parts: ExchangeParts = { ...tenant, objects, recipients, authorizations }
  const cmdlets = openCmdlets(parts)
  const run: Run = (name, parameters) => cmdlets.run(cmdlets.find(name), parameters)
  return {
    access: openMailboxAccess(parts),
    cmdletNames: cmdlets.names,
    run,
    limit: (appId, mailboxes) =>
      tenant.context.transaction(() => limitApplication(parts, { appId, mailboxes, run })),
    accessOf: (appId, mailbox) => accessOf(parts, { appId, mailbox }),
    invoke: (c, caller) => invokeCommand(c, { parts, cmdlets, caller }),
  }
}
