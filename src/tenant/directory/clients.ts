// Applications wherever they are registered: a sign-in may be for one of another tenant. Never shown to a caller of Graph.
import type { Store } from '../store/open-store.ts'
import type { Application } from './applications.ts'

export interface KnownApplication {
  readonly application: Application
  /** Where it is registered; Microsoft's own are in no tenant of ours. */
  readonly homeTenantId: string
}

export type Clients = ReturnType<typeof openClients>

export function openClients({ db, kept }: Store) {
  const one = db.prepare('SELECT json, tenant_id FROM applications WHERE app_id = ? AND deleted_ms IS NULL')
  const all = db.prepare('SELECT json FROM applications WHERE deleted_ms IS NULL')
  const row = kept((clientId) => one.get(clientId) as { json: string; tenant_id: string } | undefined)
  return {
    /** By client ID, letter case ignored. */
    find(clientId: string): KnownApplication | undefined {
      const found = row(clientId)
      return found && { application: JSON.parse(found.json) as Application, homeTenantId: found.tenant_id }
    },
    all: () => (all.all() as { json: string }[]).map((row) => JSON.parse(row.json) as Application),
  }
}
