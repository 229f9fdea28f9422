// The tenants of this process, in order of creation; the first is the one that commands mean unless they name another.
import { randomUUID } from 'node:crypto'
import type { EntraCloudName } from '../../facts/entra-clouds.ts'
import type { TenantClock, TenantRecord, TenantSettings } from '../context.ts'
import type { Store } from '../store/open-store.ts'

export interface NewTenant {
  readonly displayName: string
  /** The first is the default one, as in an address of a new person. */
  readonly domains: readonly string[]
  /** Default global. */
  readonly cloud?: EntraCloudName
}

/** Where Microsoft's own applications are registered: in no tenant of ours. Source: `appOwnerOrganizationId` of first-party applications. */
export const microsoftTenantId = 'f8cdef31-a31e-4b4a-93e4-5f571e91255a'

const defaultSettings: TenantSettings = {
  sendVisibleMs: 300,
  sendHiddenMs: 300,
  sendJitter: false,
  singleUseRefreshTokens: false,
  userConsent: 'microsoft-managed',
  allowedToCreateApps: false,
  loopLimit: 0,
  staySignedIn: true,
  entraPremium: true,
}

export type TenantRegistry = ReturnType<typeof openTenantRegistry>

interface Row {
  id: string
  display_name: string
  domains_json: string
  settings_json: string
  cloud: EntraCloudName
  created_ms: number
}

export function openTenantRegistry(store: Store, clock: TenantClock) {
  const { db } = store
  const rows = db.prepare('SELECT * FROM tenants ORDER BY num').all() as unknown as Row[]
  const records = new Map<string, TenantRecord>()
  const settings = new Map<string, TenantSettings>()
  for (const row of rows) {
    records.set(row.id, asRecord(row))
    settings.set(row.id, { ...defaultSettings, ...(JSON.parse(row.settings_json) as object) })
  }
  const registry = {
    all: (): TenantRecord[] => [...records.values()],
    get: (id: string): TenantRecord | undefined => records.get(id),
    /** By GUID or verified domain, letter case ignored. */
    find(name: string): TenantRecord | undefined {
      const lower = name.toLowerCase()
      return records.get(lower) ?? registry.all().find((one) => one.domains.includes(lower))
    },
    create({ displayName, domains, cloud = 'global' }: NewTenant): TenantRecord {
      const record = {
        id: randomUUID(),
        displayName,
        domains: domains.map((one) => one.toLowerCase()),
        cloud,
      }
      db.prepare(
        'INSERT INTO tenants (id, display_name, domains_json, cloud, created_ms) VALUES (?, ?, ?, ?, ?)',
      ).run(record.id, record.displayName, JSON.stringify(record.domains), cloud, clock.nowMs())
      records.set(record.id, record)
      settings.set(record.id, defaultSettings)
      return record
    },
    /** Of memory alone: its row went with the transaction. */
    forget(id: string): void {
      records.delete(id)
      settings.delete(id)
    },
    settingsOf: (id: string) => ({
      get: (): TenantSettings => settings.get(id)!,
      patch(changed: Partial<TenantSettings>): TenantSettings {
        const next = { ...settings.get(id)!, ...changed }
        db.prepare('UPDATE tenants SET settings_json = ? WHERE id = ?').run(JSON.stringify(next), id)
        settings.set(id, next)
        return next
      },
    }),
  }
  return registry
}

const asRecord = (row: Row): TenantRecord => ({
  id: row.id,
  displayName: row.display_name,
  domains: JSON.parse(row.domains_json) as string[],
  cloud: row.cloud,
})
