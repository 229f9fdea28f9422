// Exchange's own objects with their history, so that it can be said what was known at an earlier time: changes arrive late.
import type { TenantContext } from '../context.ts'

export interface AccessPolicy {
  readonly id: string
  readonly appId: string
  readonly accessRight: 'RestrictAccess' | 'DenyAccess'
  /** A user, or a mail-enabled security group. */
  readonly scopeId: string
  readonly description: string
}
/** Exchange's pointer to a service principal of Entra. */
export interface AppPointer {
  /** The object ID of the service principal. */
  readonly id: string
  readonly appId: string
  readonly displayName: string
}
export interface ManagementScope {
  readonly id: string
  readonly name: string
  readonly recipientFilter: string
}
export interface RoleAssignment {
  readonly id: string
  readonly name: string
  readonly role: string
  /** The object ID of the service principal. */
  readonly app: string
  readonly enabled: boolean
  readonly scope: AssignmentScope
}
export type AssignmentScope =
  | { readonly kind: 'Organization' }
  | { readonly kind: 'CustomRecipientScope'; readonly id: string }
  | { readonly kind: 'AdministrativeUnit'; readonly id: string }
  | { readonly kind: 'Group'; readonly id: string }

export interface Kinds {
  readonly policy: AccessPolicy
  readonly app: AppPointer
  readonly scope: ManagementScope
  readonly assignment: RoleAssignment
}

export type ExchangeObjects = ReturnType<typeof openObjects>

/** Of the context's tenant alone. */
export function openObjects({ db, clock, tenantId, transaction }: TenantContext) {
  const add = db.prepare(
    'INSERT INTO exchange_objects (tenant_id, kind, id, json, from_ms) VALUES (?, ?, ?, ?, ?)',
  )
  const end = db.prepare(
    'UPDATE exchange_objects SET until_ms = ? WHERE tenant_id = ? AND kind = ? AND id = ? AND until_ms IS NULL',
  )
  const current = db.prepare(
    'SELECT json FROM exchange_objects WHERE tenant_id = ? AND kind = ? AND until_ms IS NULL ORDER BY number',
  )
  const earlier = db.prepare(
    'SELECT json FROM exchange_objects WHERE tenant_id = ?1 AND kind = ?2 AND from_ms <= ?3 AND (until_ms IS NULL OR until_ms > ?3) ORDER BY number',
  )
  const read = <K extends keyof Kinds>(rows: unknown[]): Kinds[K][] =>
    (rows as { json: string }[]).map((row) => JSON.parse(row.json) as Kinds[K])
  return {
    /** As an administrator sees it now. */
    all: <K extends keyof Kinds>(kind: K): Kinds[K][] => read<K>(current.all(tenantId, kind)),
    /** As it was at a time, Unix milliseconds of the tenant's clock. */
    asOf: <K extends keyof Kinds>(kind: K, atMs: number): Kinds[K][] =>
      read<K>(earlier.all(tenantId, kind, atMs)),
    /** Adds it, or takes the place of what has its ID. */
    put<K extends keyof Kinds>(kind: K, object: Kinds[K]): Kinds[K] {
      return transaction(() => {
        end.run(clock.nowMs(), tenantId, kind, object.id)
        add.run(tenantId, kind, object.id, JSON.stringify(object), clock.nowMs())
        return object
      })
    },
    remove: (kind: keyof Kinds, id: string): void => void end.run(clock.nowMs(), tenantId, kind, id),
  }
}
