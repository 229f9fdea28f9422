// An application without a person: what Entra granted it, less Exchange's policies, plus Exchange's own grants. entra.md section 9.
import type { Caller, DirectoryUser, TenantContext } from '../context.ts'
import { accessDenied, fail } from './failures.ts'

/** Before anything of the mailbox is told. @throws {GraphFailure} 403 `ErrorAccessDenied` */
export function refuseWithoutGrants(
  { mailboxAccess }: TenantContext,
  asked: Caller,
  application: readonly string[],
): void {
  if (asked.kind === 'user' || asked.roles.some((one) => application.includes(one))) return
  if (!mailboxAccess.hasGrants(asked)) throw accessDenied()
}

/** The caller with the permissions that hold in this mailbox. @throws {GraphFailure} 403 `ErrorAccessDenied` */
export function callerIn(
  mailbox: DirectoryUser,
  o: { readonly context: TenantContext; readonly asked: Caller; readonly application: readonly string[] },
): Caller {
  const { asked, application } = o
  if (asked.kind === 'user') return asked
  const { roles, isBlocked } = o.context.mailboxAccess.rolesIn(asked, mailbox.id)
  if (roles.some((one) => application.includes(one))) return { ...asked, roles }
  if (isBlocked && asked.roles.some((one) => application.includes(one)))
    throw fail(
      403,
      'ErrorAccessDenied',
      'Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings.',
    )
  throw accessDenied()
}
