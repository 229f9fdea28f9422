// Requests of people for an administrator's consent, as the directory keeps them. portal.md section 1.11.
import { randomUUID } from 'node:crypto'
import type { TenantClock } from '../context.ts'
import type { Store } from '../store/open-store.ts'

export interface ConsentRequest {
  readonly id: string
  readonly appId: string
  readonly userId: string
  /** Names of Graph's delegated permissions. */
  readonly scope: string
  readonly reason: string
  readonly state: 'pending' | 'approved' | 'denied'
  readonly createdDateTime: string
}

interface Row {
  id: string
  app_id: string
  user_id: string
  scope: string
  reason: string
  state: ConsentRequest['state']
  created_ms: number
}

export function openConsentRequests({ db }: Store, clock: TenantClock, tenantId: string) {
  const add = db.prepare(
    'INSERT INTO consent_requests (id, app_id, user_id, scope, reason, created_ms, tenant_id) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  const rows = db.prepare('SELECT * FROM consent_requests WHERE tenant_id = ? ORDER BY created_ms, rowid')
  const set = db.prepare('UPDATE consent_requests SET state = ? WHERE id = ? AND tenant_id = ?')
  return {
    /** Oldest first. */
    all: (): ConsentRequest[] =>
      (rows.all(tenantId) as unknown as Row[]).map((row) => ({
        id: row.id,
        appId: row.app_id,
        userId: row.user_id,
        scope: row.scope,
        reason: row.reason,
        state: row.state,
        createdDateTime: new Date(row.created_ms).toISOString(),
      })),
    add: (o: Pick<ConsentRequest, 'appId' | 'userId' | 'scope' | 'reason'>): void =>
      void add.run(randomUUID(), o.appId, o.userId, o.scope, o.reason, clock.nowMs(), tenantId),
    decide: (id: string, state: 'approved' | 'denied'): void => void set.run(state, id, tenantId),
  }
}
