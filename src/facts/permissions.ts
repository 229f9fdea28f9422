// Source: permissions-descriptions.json of microsoftgraph/microsoft-graph-devx-content, read 2026-08.
// The rows are in permissions-data.ts, made by scripts/make-permissions.ts.
import { permissionRows } from './permissions-data.ts'

export { exchangeAppId, graphAppId, openIdScopes, seedScopes, userConsentBlocked } from './scopes.ts'

export type PermissionKind = 'delegated' | 'application'

export interface Permission {
  /** Microsoft's name, such as `Mail.ReadWrite`. */
  readonly value: string
  readonly kind: PermissionKind
  /** The GUID that stands in `requiredResourceAccess` and `appRoleId`. */
  readonly id: string
  readonly adminConsentRequired: boolean
  readonly adminDisplayName: string
  readonly userDisplayName: string
}

/** All of Microsoft Graph's permissions: some 1,100 rows. */
export const graphPermissions: readonly Permission[] = permissionRows.split('\n').map(readRow)

const byId = new Map(graphPermissions.map((permission) => [permission.id, permission]))
const byName = new Map(graphPermissions.map((one) => [`${one.kind} ${one.value.toLowerCase()}`, one]))

/** Finds a permission by its name, in any letter case; delegated unless said. */
export function findPermission(value: string, kind: PermissionKind = 'delegated'): Permission | undefined {
  return byName.get(`${kind} ${value.toLowerCase()}`)
}

export function permissionById(id: string): Permission | undefined {
  return byId.get(id.toLowerCase())
}

function readRow(line: string): Permission {
  const [value = '', kind, id = '', admin, adminDisplayName = '', userDisplayName = ''] = line.split('\t')
  const application = kind === 'Application'
  return {
    value,
    kind: application ? 'application' : 'delegated',
    id,
    // No user can consent to an application permission, whatever the list's flag says.
    adminConsentRequired: application || admin === 'yes',
    adminDisplayName: adminDisplayName || userDisplayName || value,
    userDisplayName: userDisplayName || adminDisplayName || value,
  }
}
