// Who may do what: delegated grants and app role assignments, as the directory keeps them. entra.md section 8.1.
import { randomBytes } from 'node:crypto'
import type { TenantClock } from '../context.ts'
import type { Store } from '../store/open-store.ts'
import { isoSeconds } from './applications.ts'

export interface PermissionGrant {
  readonly id: string
  readonly clientId: string
  readonly resourceId: string
  readonly consentType: 'AllPrincipals' | 'Principal'
  readonly principalId: string | null
  scope: string
}
export interface RoleAssignment {
  readonly id: string
  readonly principalId: string
  readonly resourceId: string
  readonly appRoleId: string
  readonly createdDateTime: string
}

export function openPermissions({ db, kept }: Store, clock: TenantClock, tenantId: string) {
  const grants = db.prepare(
    'SELECT permission_grants.* FROM permission_grants JOIN service_principals ON service_principals.id = client_id WHERE tenant_id = ? AND deleted_ms IS NULL ORDER BY permission_grants.rowid',
  )
  const addGrant = db.prepare('INSERT INTO permission_grants VALUES (?, ?, ?, ?, ?, ?)')
  const setGrant = db.prepare('UPDATE permission_grants SET scope = ? WHERE id = ?')
  const dropGrant = db.prepare('DELETE FROM permission_grants WHERE id = ?')
  const consented = db.prepare(
    "SELECT scope FROM permission_grants WHERE client_id = ? AND (consent_type = 'AllPrincipals' OR principal_id = ?) AND resource_id = ?",
  )
  const assignments = db.prepare('SELECT * FROM role_assignments WHERE resource_id = ? ORDER BY rowid')
  const heldBy = db.prepare('SELECT * FROM role_assignments WHERE principal_id = ? ORDER BY rowid')
  const addAssignment = db.prepare('INSERT INTO role_assignments VALUES (?, ?, ?, ?, ?)')
  const dropAssignment = db.prepare(
    'DELETE FROM role_assignments WHERE id = ?1 AND (resource_id = ?2 OR principal_id = ?2)',
  )

  const consentRows = kept((...key) => consented.all(...key) as unknown as { scope: string }[])
  const permissions = {
    grants: () => (grants.all(tenantId) as unknown as GrantRow[]).map(grantView),
    createGrant(grant: Omit<PermissionGrant, 'id'>): PermissionGrant {
      const id = randomBytes(32).toString('base64url')
      addGrant.run(id, grant.clientId, grant.resourceId, grant.consentType, grant.principalId, grant.scope)
      return { ...grant, id }
    },
    updateGrant: (id: string, scope: string) => void setGrant.run(scope, id),
    deleteGrant: (id: string) => dropGrant.run(id).changes > 0,
    /** Adds scopes to the one grant there may be for (client, resource, kind, person). */
    addConsent(
      wanted: Omit<PermissionGrant, 'id' | 'consentType' | 'scope'>,
      scopes: readonly string[],
    ): void {
      const consentType = wanted.principalId ? 'Principal' : 'AllPrincipals'
      const existing = permissions
        .grants()
        .find(
          (one) =>
            one.clientId === wanted.clientId &&
            one.resourceId === wanted.resourceId &&
            one.consentType === consentType &&
            one.principalId === wanted.principalId,
        )
      if (!existing) return void permissions.createGrant({ ...wanted, consentType, scope: scopes.join(' ') })
      const all = new Set([...existing.scope.split(' '), ...scopes])
      permissions.updateGrant(existing.id, [...all].filter(Boolean).join(' '))
    },
    scopesOf(clientId: string, userId: string, resourceId: string): Set<string> {
      return new Set(
        consentRows(clientId, userId, resourceId)
          .flatMap((one) => one.scope.split(' '))
          .filter(Boolean),
      )
    },
    assignmentsHeldBy: (principalId: string) =>
      (heldBy.all(principalId) as unknown as AssignmentRow[]).map(assignmentView),
    assignments: (resourceId: string) =>
      (assignments.all(resourceId) as unknown as AssignmentRow[]).map(assignmentView),
    createAssignment(wanted: { principalId: string; resourceId: string; appRoleId: string }): RoleAssignment {
      const row = {
        id: randomBytes(24).toString('base64url'),
        principal_id: wanted.principalId,
        resource_id: wanted.resourceId,
        app_role_id: wanted.appRoleId,
        created_ms: clock.nowMs(),
      }
      addAssignment.run(row.id, row.principal_id, row.resource_id, row.app_role_id, row.created_ms)
      return assignmentView(row)
    },
    /** Of the resource's or of the holder's assignments. */
    deleteAssignment: (id: string, ofId: string) => dropAssignment.run(id, ofId).changes > 0,
  }
  return permissions
}

interface GrantRow {
  id: string
  client_id: string
  resource_id: string
  consent_type: PermissionGrant['consentType']
  principal_id: string | null
  scope: string
}
interface AssignmentRow {
  id: string
  principal_id: string
  resource_id: string
  app_role_id: string
  created_ms: number
}

const grantView = (row: GrantRow): PermissionGrant => ({
  id: row.id,
  clientId: row.client_id,
  resourceId: row.resource_id,
  consentType: row.consent_type,
  principalId: row.principal_id,
  scope: row.scope,
})
const assignmentView = (row: AssignmentRow): RoleAssignment => ({
  id: row.id,
  principalId: row.principal_id,
  resourceId: row.resource_id,
  appRoleId: row.app_role_id,
  createdDateTime: isoSeconds(row.created_ms),
})
