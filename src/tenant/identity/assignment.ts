// Who may use an application that requires assignment: those assigned, and direct members of assigned groups. entra.md section 11.
import type { DirectoryUser } from '../context.ts'
import type { Application, ServicePrincipal } from '../directory/objects.ts'
import type { IdentityParts } from './identity.ts'

/** Groups within groups do not count, as at Microsoft. */
export function isAssigned(
  { directory }: Pick<IdentityParts, 'directory'>,
  principal: ServicePrincipal,
  user: DirectoryUser,
): boolean {
  if (!principal.appRoleAssignmentRequired) return true
  const holders = new Set([user.id, ...directory.groups.groupIdsOf(user.id, 'member')])
  return directory.assignments(principal.id).some((one) => holders.has(one.principalId))
}

/** AADSTS50105 */
export const notAssigned = (application: Application, user: DirectoryUser): string =>
  `Your administrator has configured the application ${application.displayName} ('${application.appId}') to block users unless they are specifically granted ('assigned') access to the application. The signed in user '${user.userPrincipalName}' is blocked because they are not a direct member of a group with access, nor had access directly assigned by an administrator. Please contact your administrator to assign access to this application.`
