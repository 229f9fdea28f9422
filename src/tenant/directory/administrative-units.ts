// Administrative units and who is in them. Graph: administrativeUnit.
import { randomUUID } from 'node:crypto'
import type { TenantClock } from '../context.ts'
import type { Store } from '../store/open-store.ts'

export interface AdministrativeUnit {
  readonly id: string
  readonly displayName: string
  readonly description: string | null
  readonly visibility: string | null
}
export type AdministrativeUnits = ReturnType<typeof openAdministrativeUnits>

export function openAdministrativeUnits({ db }: Store, clock: TenantClock, tenantId: string) {
  const all = db.prepare('SELECT json FROM administrative_units WHERE tenant_id = ? ORDER BY rowid')
  const add = db.prepare('INSERT INTO administrative_units VALUES (?, ?, ?, ?)')
  const set = db.prepare('UPDATE administrative_units SET json = ? WHERE id = ?')
  const drop = db.prepare('DELETE FROM administrative_units WHERE id = ?')
  const members = db.prepare(
    'SELECT object_id FROM administrative_unit_members WHERE unit_id = ? ORDER BY rowid',
  )
  const has = db.prepare('SELECT 1 FROM administrative_unit_members WHERE unit_id = ? AND object_id = ?')
  const link = db.prepare('INSERT OR IGNORE INTO administrative_unit_members VALUES (?, ?)')
  const unlink = db.prepare('DELETE FROM administrative_unit_members WHERE unit_id = ? AND object_id = ?')
  const units = {
    all: (): AdministrativeUnit[] =>
      (all.all(tenantId) as { json: string }[]).map((row) => JSON.parse(row.json) as AdministrativeUnit),
    /** By ID or display name. */
    find: (identity: string): AdministrativeUnit | undefined =>
      units
        .all()
        .find((one) =>
          [one.id, one.displayName].some((name) => name.toLowerCase() === identity.toLowerCase()),
        ),
    create(body: Omit<AdministrativeUnit, 'id'>): AdministrativeUnit {
      const unit = { ...body, id: randomUUID() }
      add.run(unit.id, tenantId, JSON.stringify(unit), clock.nowMs())
      return unit
    },
    update: (unit: AdministrativeUnit, body: Partial<AdministrativeUnit>): void =>
      void set.run(JSON.stringify({ ...unit, ...body, id: unit.id }), unit.id),
    remove: (id: string): void => void drop.run(id),
    memberIds: (unitId: string): string[] =>
      (members.all(unitId) as { object_id: string }[]).map((row) => row.object_id),
    has: (unitId: string, objectId: string): boolean => has.get(unitId, objectId) !== undefined,
    /** false: it was there already. */
    link: (unitId: string, objectId: string): boolean => link.run(unitId, objectId).changes > 0,
    unlink: (unitId: string, objectId: string): boolean => unlink.run(unitId, objectId).changes > 0,
  }
  return units
}
