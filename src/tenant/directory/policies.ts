// A tenant's policies as its directory keeps them: conditional access, named locations, token lifetimes. Read on every sign-in.
import { randomUUID } from 'node:crypto'
import type { TenantClock } from '../context.ts'
import type { Store } from '../store/open-store.ts'

export type PolicyKind = 'conditionalAccess' | 'namedLocation' | 'tokenLifetime' | 'adminConsentRequest'

/** As Graph shows it. */
export interface Policy {
  readonly id: string
  readonly displayName?: string
  readonly [other: string]: unknown
}
interface Kept {
  readonly kind: PolicyKind
  readonly policy: Policy
}

export type Policies = ReturnType<typeof openPolicies>

export function openPolicies({ db, kept }: Store, clock: TenantClock, tenantId: string) {
  const put = db.prepare(
    'INSERT INTO access_policies (id, json, tenant_id) VALUES (?, ?, ?) ON CONFLICT (id, tenant_id) DO UPDATE SET json = excluded.json',
  )
  const drop = db.prepare('DELETE FROM access_policies WHERE id = ? AND tenant_id = ?')
  const all = db.prepare('SELECT json FROM access_policies WHERE tenant_id = ? ORDER BY rowid')
  // Kept in memory too: they are asked for at every sign-in, and most tenants have none.
  const rows = kept(() =>
    (all.all(tenantId) as { json: string }[]).map((row) => JSON.parse(row.json) as Kept),
  )
  const now = (): string => new Date(clock.nowMs()).toISOString()
  const keep = (kind: PolicyKind, policy: Policy): Policy => {
    put.run(policy.id, JSON.stringify({ kind, policy } satisfies Kept), tenantId)
    return policy
  }
  const policies = {
    list: (kind: PolicyKind): readonly Policy[] =>
      rows().flatMap((one) => (one.kind === kind ? [one.policy] : [])),
    find: (kind: PolicyKind, id: string) => policies.list(kind).find((one) => one.id === id),
    create: (kind: PolicyKind, body: object): Policy =>
      keep(kind, { ...body, id: randomUUID(), createdDateTime: now(), modifiedDateTime: null }),
    update: (kind: PolicyKind, policy: Policy, change: object): Policy =>
      keep(kind, { ...policy, ...change, id: policy.id, modifiedDateTime: now() }),
    /** The one policy of a kind there is one of. */
    put: (kind: PolicyKind, body: object): Policy => keep(kind, { ...body, id: kind }),
    remove(id: string): void {
      drop.run(id, tenantId)
    },
  }
  return policies
}
