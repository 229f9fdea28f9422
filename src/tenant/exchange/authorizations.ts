// What RBAC for Applications grants an application, and on which mailboxes. entra.md section 9.
import { exchangeApplicationRoles } from '../../facts/exchange-roles.ts'
import type { TenantParts } from './contract.ts'
import type { AssignmentScope, ExchangeObjects, ManagementScope, RoleAssignment } from './objects.ts'
import { readRecipientFilter } from './recipient-filter.ts'
import type { Recipient, Recipients } from './recipients.ts'

export interface AppAuthorization {
  readonly assignment: RoleAssignment
  readonly permissions: readonly string[]
  /** As Test-ServicePrincipalAuthorization prints it. */
  readonly scopeName: string
  readonly scopeType: AssignmentScope['kind']
  covers(recipient: Recipient): boolean
}

export type AppAuthorizations = ReturnType<typeof openAuthorizations>

export function openAuthorizations(o: TenantParts & { objects: ExchangeObjects; recipients: Recipients }) {
  const { objects, recipients, directory } = o
  const authorization = (
    assignment: RoleAssignment,
    scopes: readonly ManagementScope[],
  ): AppAuthorization => {
    const { scope } = assignment
    const found = 'id' in scope ? scopes.find((one) => one.id === scope.id) : undefined
    return {
      assignment,
      permissions: exchangeApplicationRoles.get(assignment.role) ?? [],
      scopeName: found?.name ?? ('id' in scope ? scope.id : 'Organization'),
      scopeType: scope.kind,
      covers: (recipient) => isCovered(recipient, scope, found),
    }
  }
  const isCovered = (recipient: Recipient, scope: AssignmentScope, found?: ManagementScope): boolean => {
    if (scope.kind === 'Organization') return true
    if (scope.kind === 'Group') return recipients.isMember(recipient.id, scope.id, { nested: false })
    if (scope.kind === 'AdministrativeUnit') return directory.administrativeUnits.has(scope.id, recipient.id)
    // A scope that was removed covers nobody.
    if (!found) return false
    return readRecipientFilter(found.recipientFilter)({
      recipient,
      isMemberOf: (distinguishedName) => {
        const group = recipients
          .groups()
          .find((one) => one.distinguishedName.toLowerCase() === distinguishedName.toLowerCase())
        return group !== undefined && recipients.isMember(recipient.id, group.id, { nested: false })
      },
    })
  }
  return {
    /** Of one application, by its client ID; as administrators see it now, or as it was. */
    of(appId: string, atMs?: number): AppAuthorization[] {
      const read = <K extends 'app' | 'assignment' | 'scope'>(kind: K) =>
        atMs === undefined ? objects.all(kind) : objects.asOf(kind, atMs)
      const pointer = read('app').find((one) => one.appId.toLowerCase() === appId.toLowerCase())
      // A pointer with another object ID, such as the application's, fits no token.
      if (!pointer || pointer.id !== directory.principalIdOf(appId)) return []
      const assignments = read('assignment').filter((one) => one.app === pointer.id && one.enabled)
      if (assignments.length === 0) return []
      const scopes = read('scope')
      return assignments.map((one) => authorization(one, scopes))
    },
  }
}
