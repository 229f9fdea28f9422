// Graph takes keys in parentheses and any letter case; routes are written once. graph-mail.md section 1.

/** Segments of directory paths, as the routes spell them. Mail reads its own paths. */
const names = [
  'me', 'users', 'invitations', 'organization', 'applications', 'servicePrincipals', 'oauth2PermissionGrants', 'appRoleAssignedTo', 'appRoleAssignments',
  'addPassword', 'removePassword', 'directory', 'deletedItems', 'restore', 'policies', 'authorizationPolicy',
  'groups', 'members', 'owners', 'memberOf', 'transitiveMembers', 'transitiveMemberOf', 'auditLogs', 'signIns', 'directoryAudits',
  'federatedIdentityCredentials', 'revokeSignInSessions', 'changePassword', '$ref', '$count',
  'identity', 'conditionalAccess', 'namedLocations', 'tokenLifetimePolicies', 'adminConsentRequestPolicy',
  'identityGovernance', 'appConsent', 'appConsentRequests', 'userConsentRequests', 'approval', 'stages',
  'directoryRoles', 'directoryRoleTemplates', 'roleManagement', 'roleAssignments', 'roleDefinitions', 'administrativeUnits', 'domains', 'directoryObjects',
  'getByIds', 'getMemberObjects', 'getMemberGroups', 'checkMemberGroups', 'checkMemberObjects', 'licenseDetails', 'manager', 'directReports', 'ownedObjects',
  'createdObjects', 'applicationTemplates', 'subscribedSkus',
] // prettier-ignore
const canonical = new Map(names.map((name) => [name.toLowerCase(), name]))

/** The path that routes and faults are matched on: `Applications(appId='x')` is `applications/appId:x`. */
export function routePath(url: string): string {
  const start = url.indexOf('/', url.indexOf('://') + 3)
  const end = url.slice(start).search(/[?#]/)
  const path = start < 0 ? '/' : end < 0 ? url.slice(start) : url.slice(start, start + end)
  if (!/^\/(v1\.0|beta)\//i.test(path)) return path
  const [, version, ...all] = path.split('/')
  // `/v1.0/myorganization/users` is `/v1.0/users`: the spelling of the older API, which the CLI for Microsoft 365 still sends.
  const segments = all[0]?.toLowerCase() === 'myorganization' ? all.slice(1) : all
  return ['', version!.toLowerCase(), ...segments.flatMap(readSegment)].join('/')
}

function readSegment(segment: string): string[] {
  const plain = segment.replace(/%28/g, '(').replace(/%29/g, ')').replace(/%27/g, "'").replace(/%3D/gi, '=')
  const keyed = /^(\w+)\((?:(\w+)=)?'(.*)'\)$/is.exec(plain)
  if (!keyed) return [canonical.get(segment.toLowerCase()) ?? segment]
  const key = keyed[3]!.replaceAll("''", "'")
  const name = keyed[2]?.toLowerCase()
  const alternate = name === 'appid' ? 'appId:' : name === 'roletemplateid' ? 'roleTemplateId:' : ''
  return [canonical.get(keyed[1]!.toLowerCase()) ?? keyed[1]!, alternate + key]
}
