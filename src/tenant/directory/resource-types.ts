// The sets of the directory: what may be filtered by, searched in, and how refusals name the resource.
// Microsoft Graph "Advanced query capabilities on Microsoft Entra ID objects".

export interface ResourceType {
  /** As refusals write it: `of resource 'User'`. */
  readonly resource: string
  /** Further names to filter and sort by, besides what the rows carry. */
  readonly properties?: readonly string[]
  readonly searchable?: readonly string[]
  /** Logs: no advanced queries, but `contains`, and `$orderby` beside `$filter`. */
  readonly log?: boolean
}

const names = (text: string): string[] => text.split(' ')

const types: Readonly<Record<string, ResourceType>> = {
  users: {
    resource: 'User',
    properties: names('id deletedDateTime displayName userPrincipalName mail accountEnabled userType'),
    searchable: ['displayName', 'mail', 'userPrincipalName', 'givenName', 'surname', 'mailNickname'],
  },
  groups: {
    resource: 'Group',
    properties: names(
      'id deletedDateTime displayName description mail mailNickname mailEnabled securityEnabled groupTypes createdDateTime visibility proxyAddresses classification',
    ),
    searchable: ['displayName', 'description', 'mail', 'mailNickname'],
  },
  applications: {
    resource: 'Application',
    properties: names(
      'id deletedDateTime displayName appId createdDateTime identifierUris signInAudience tags uniqueName publisherDomain description isDeviceOnlyAuthSupported disabledByMicrosoftStatus web',
    ),
    searchable: ['displayName', 'appId', 'identifierUris'],
  },
  servicePrincipals: {
    resource: 'ServicePrincipal',
    properties: names(
      'id deletedDateTime displayName appId accountEnabled servicePrincipalNames servicePrincipalType tags appOwnerOrganizationId appDisplayName homepage publisherName createdDateTime',
    ),
    searchable: ['displayName', 'appId'],
  },
  directoryObjects: { resource: 'DirectoryObject', searchable: ['displayName'] },
  directoryRoles: {
    resource: 'DirectoryRole',
    properties: names('id deletedDateTime displayName roleTemplateId'),
  },
  oauth2PermissionGrants: { resource: 'OAuth2PermissionGrant' },
  appRoleAssignments: { resource: 'AppRoleAssignment' },
  'auditLogs/signIns': {
    resource: 'SignIn',
    log: true,
    properties: names(
      'id createdDateTime userDisplayName userPrincipalName userId appId appDisplayName ipAddress clientAppUsed correlationId conditionalAccessStatus isInteractive resourceDisplayName resourceId status location deviceDetail signInEventTypes',
    ),
  },
  'auditLogs/directoryAudits': {
    resource: 'DirectoryAudit',
    log: true,
    properties: names(
      'id category correlationId result activityDisplayName activityDateTime loggedByService operationType initiatedBy targetResources',
    ),
  },
}

export function resourceType(set: string): ResourceType {
  return types[set] ?? { resource: set }
}
