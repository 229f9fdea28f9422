// Directory roles in use: which are activated, and which service principals and groups hold them. People's roles are kept with the person.
import { randomUUID } from 'node:crypto'
import type { TenantClock } from '../context.ts'
import type { Store } from '../store/open-store.ts'

export type RoleHolders = ReturnType<typeof openRoleHolders>

export function openRoleHolders({ db }: Store, clock: TenantClock, tenantId: string) {
  const idOf = db.prepare('SELECT id FROM activated_roles WHERE tenant_id = ? AND template_id = ?')
  const byId = db.prepare('SELECT template_id FROM activated_roles WHERE tenant_id = ? AND id = ?')
  const activate = db.prepare('INSERT INTO activated_roles VALUES (?, ?, ?, ?)')
  const held = db.prepare(
    'SELECT template_id FROM role_holders WHERE tenant_id = ? AND object_id = ? ORDER BY rowid',
  )
  const holders = db.prepare(
    'SELECT object_id FROM role_holders WHERE tenant_id = ? AND template_id = ? ORDER BY rowid',
  )
  const add = db.prepare('INSERT OR IGNORE INTO role_holders VALUES (?, ?, ?)')
  const drop = db.prepare(
    'DELETE FROM role_holders WHERE tenant_id = ? AND template_id = ? AND object_id = ?',
  )
  const roles = {
    /** The ID that a role has in this tenant, once it was activated. */
    activatedId: (templateId: string): string | undefined =>
      (idOf.get(tenantId, templateId) as { id: string } | undefined)?.id,
    templateOf: (id: string): string | undefined =>
      (byId.get(tenantId, id) as { template_id: string } | undefined)?.template_id,
    /** Once and for all: a role cannot be deactivated. */
    activate(templateId: string): string {
      const known = roles.activatedId(templateId)
      if (known !== undefined) return known
      const id = randomUUID()
      activate.run(tenantId, templateId, id, clock.nowMs())
      return id
    },
    templatesHeldBy: (objectId: string): string[] =>
      (held.all(tenantId, objectId) as { template_id: string }[]).map((row) => row.template_id),
    holdersOf: (templateId: string): string[] =>
      (holders.all(tenantId, templateId) as { object_id: string }[]).map((row) => row.object_id),
    /** false: it held the role already. */
    add: (templateId: string, objectId: string): boolean =>
      add.run(tenantId, templateId, objectId).changes > 0,
    remove: (templateId: string, objectId: string): boolean =>
      drop.run(tenantId, templateId, objectId).changes > 0,
  }
  return roles
}
