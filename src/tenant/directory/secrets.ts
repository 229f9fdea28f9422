// Client secrets as hashes: shown once, compared in constant time. entra.md section 8.1; Graph passwordCredential.
import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import type { TenantClock } from '../context.ts'
import type { Store } from '../store/open-store.ts'
import { isoSeconds } from './applications.ts'

export interface Holder {
  readonly id: string
}

/** Of applications, or of service principals: each in a table of its own, by the ID of whose they are. */
export function openSecrets(
  { db }: Store,
  { clock, table }: { readonly clock: TenantClock; readonly table: 'app_secrets' | 'principal_secrets' },
) {
  const owner = table === 'app_secrets' ? 'application_id' : 'principal_id'
  const secrets = db.prepare(`SELECT * FROM ${table} WHERE ${owner} = ?`)
  const add = db.prepare(`INSERT INTO ${table} VALUES (?, ?, ?, ?, ?, ?, ?)`)
  const drop = db.prepare(`DELETE FROM ${table} WHERE key_id = ? AND ${owner} = ?`)
  const rowsOf = (holder: Holder) => secrets.all(holder.id) as unknown as SecretRow[]
  return {
    addSecret(
      holder: Holder,
      wanted: { displayName?: string | null; startDateTime?: string; endDateTime?: string },
    ) {
      const secretText = randomBytes(30).toString('base64url')
      const startMs = wanted.startDateTime ? Date.parse(wanted.startDateTime) : clock.nowMs()
      const row: SecretRow = {
        key_id: randomUUID(),
        hint: secretText.slice(0, 3),
        display_name: wanted.displayName ?? null,
        start_ms: startMs,
        end_ms: wanted.endDateTime ? Date.parse(wanted.endDateTime) : startMs + 730 * 86_400_000,
      }
      add.run(row.key_id, holder.id, sha256(secretText), row.hint, row.display_name, row.start_ms, row.end_ms)
      return { ...secretView(row), secretText }
    },
    removeSecret: (holder: Holder, keyId: string) => drop.run(keyId, holder.id).changes > 0,
    secretsOf: (holder: Holder) => rowsOf(holder).map(secretView),
    /** Compares in constant time; `expired` when it was right but its time is over. */
    checkSecret(holder: Holder, secretText: string): 'right' | 'wrong' | 'expired' {
      const given = sha256(secretText)
      const match = rowsOf(holder).find((row) => timingSafeEqual(row.hash!, given))
      if (!match) return 'wrong'
      return match.end_ms < clock.nowMs() ? 'expired' : 'right'
    },
  }
}

interface SecretRow {
  key_id: string
  hash?: Uint8Array
  hint: string
  display_name: string | null
  start_ms: number
  end_ms: number
}

const secretView = (row: SecretRow) => ({
  customKeyIdentifier: null,
  keyId: row.key_id,
  displayName: row.display_name,
  hint: row.hint,
  secretText: null as string | null,
  startDateTime: isoSeconds(row.start_ms),
  endDateTime: isoSeconds(row.end_ms),
})
const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()
