// Service principals as the directory keeps them: what an application is in this tenant. entra.md section 8.1.
import { randomUUID } from 'node:crypto'
import { graphAppId, graphPermissions } from '../../facts/permissions.ts'
import type { TenantClock } from '../context.ts'
import type { Store } from '../store/open-store.ts'
import { isoSeconds, recycleMs } from './applications.ts'

export interface ServicePrincipal {
  readonly id: string
  readonly appId: string
  displayName: string
  accountEnabled: boolean
  appRoleAssignmentRequired: boolean
  [other: string]: unknown
}

export function openPrincipals({ db, kept }: Store, clock: TenantClock, tenantId: string) {
  const read = (row: unknown): ServicePrincipal | undefined =>
    row ? (JSON.parse((row as { json: string }).json) as ServicePrincipal) : undefined
  const byId = db.prepare(
    'SELECT json FROM service_principals WHERE (id = ?1 OR app_id = ?1) AND tenant_id = ?2 AND deleted_ms IS NULL',
  )
  const all = db.prepare(
    'SELECT json FROM service_principals WHERE tenant_id = ? AND deleted_ms IS NULL ORDER BY rowid',
  )
  const add = db.prepare(
    'INSERT INTO service_principals (id, tenant_id, app_id, json, created_ms) VALUES (?, ?, ?, ?, ?)',
  )
  const set = db.prepare('UPDATE service_principals SET json = ? WHERE id = ?')
  const idOf = db.prepare(
    'SELECT id FROM service_principals WHERE app_id = ? AND tenant_id = ? AND deleted_ms IS NULL',
  )
  const bin = db.prepare('UPDATE service_principals SET deleted_ms = ? WHERE id = ?')
  const unbin = db.prepare(
    'UPDATE service_principals SET deleted_ms = NULL WHERE (id = ?1 OR app_id = ?1) AND tenant_id = ?2 AND deleted_ms IS NOT NULL',
  )
  const binned = db.prepare(
    'SELECT json, deleted_ms FROM service_principals WHERE tenant_id = ? AND deleted_ms IS NOT NULL ORDER BY deleted_ms DESC',
  )
  const purge = db.prepare(
    'DELETE FROM service_principals WHERE (id = ?1 OR app_id = ?1) AND tenant_id = ?2 AND deleted_ms IS NOT NULL',
  )
  const expire = db.prepare('DELETE FROM service_principals WHERE deleted_ms <= ?')
  const row = kept((id) => byId.get(id, tenantId))
  const idRow = kept((appId) => idOf.get(appId, tenantId) as { id: string } | undefined)
  return {
    findPrincipal: (id: string) => read(row(id)),
    principals: () => all.all(tenantId).map((row) => read(row)!),
    principalIdOf: (appId: string) => idRow(appId)?.id,
    createPrincipal(appId: string, body: Record<string, unknown> = {}): ServicePrincipal {
      // There is one for each client ID: a deleted one gives way.
      purge.run(appId, tenantId)
      const displayName = String(body['displayName'] ?? appId)
      const principal = {
        accountEnabled: true,
        appRoleAssignmentRequired: false,
        servicePrincipalType: 'Application',
        tags: [],
        appRoles: [],
        oauth2PermissionScopes: [],
        servicePrincipalNames: [appId],
        createdDateTime: isoSeconds(clock.nowMs()),
        ...body,
        id: randomUUID(),
        appId,
        displayName,
        appDisplayName: displayName,
      } as ServicePrincipal
      add.run(principal.id, tenantId, appId, JSON.stringify(principal), clock.nowMs())
      return principal
    },
    updatePrincipal(principal: ServicePrincipal, body: Record<string, unknown>): void {
      const next = { ...principal, ...body, id: principal.id, appId: principal.appId }
      set.run(JSON.stringify(next), principal.id)
    },
    deletePrincipal: (id: string) => void bin.run(clock.nowMs(), id),
    deletedPrincipals() {
      expire.run(clock.nowMs() - recycleMs)
      return (binned.all(tenantId) as { json: string; deleted_ms: number }[]).map((row) => ({
        ...read(row)!,
        deletedDateTime: isoSeconds(row.deleted_ms),
      }))
    },
    /** By object id or client ID; its grants and assignments come back with it. */
    restorePrincipal: (id: string) => unbin.run(id, tenantId).changes > 0,
    purgePrincipal: (id: string) => purge.run(id, tenantId).changes > 0,
  }
}

/** Graph's permissions are facts, not rows: they are added when its service principal is shown. */
export const graphEntitlements = {
  oauth2PermissionScopes: graphPermissions
    .filter((one) => one.kind === 'delegated')
    .map((one) => ({
      id: one.id,
      value: one.value,
      type: one.adminConsentRequired ? 'Admin' : 'User',
      isEnabled: true,
      adminConsentDisplayName: one.adminDisplayName,
      userConsentDisplayName: one.userDisplayName,
    })),
  appRoles: graphPermissions
    .filter((one) => one.kind === 'application')
    .map((one) => ({
      id: one.id,
      value: one.value,
      displayName: one.adminDisplayName,
      isEnabled: true,
      allowedMemberTypes: ['Application'],
    })),
}

export const isGraph = (principal: ServicePrincipal): boolean => principal.appId === graphAppId
