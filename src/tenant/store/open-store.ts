// The tenant's one database file: durable before it is acknowledged, and upgraded by numbered migrations.
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type GroupCommit, openGroupCommit } from './group-commit.ts'
import { keepReads, WatchedDatabase } from './watched-database.ts'
import { TenantError, type TenantClock } from '../context.ts'

export interface Store extends GroupCommit {
  readonly db: DatabaseSync
  /**
   * Reads once for each key, until anything was written that could change it. What it gives must not be changed by its
   * callers: rows, not objects made of them.
   */
  kept<T>(read: (...key: string[]) => T): (...key: string[]) => T
  readMeta(key: string): string | undefined
  writeMeta(key: string, value: string): void
  close(): void
}

/** Opens `tenant.db` in the folder. `parts` maps a part's name to its migrations. */
export function openStore(dataDir: string, parts: Readonly<Record<string, readonly string[]>>): Store {
  const file = join(dataDir, 'tenant.db')
  const db = new WatchedDatabase(file, { enableForeignKeyConstraints: true })
  chmodSync(file, 0o600)
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000')
  const group = openGroupCommit(db)
  group.transaction(() => migrate(db, parts))
  const read = db.prepare('SELECT value FROM meta WHERE key = ?')
  const write = db.prepare(
    'INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  )
  return {
    db,
    ...group,
    kept: (read) => keepReads(() => db.writes + group.failures(), read),
    readMeta: (key) => (read.get(key) as { value: string } | undefined)?.value,
    writeMeta: (key, value) => void write.run(key, value),
    close() {
      try {
        group.flush()
      } finally {
        db.close()
      }
    },
  }
}

/** All new steps of all parts, or none. */
function migrate(db: DatabaseSync, parts: Readonly<Record<string, readonly string[]>>): void {
  db.exec(
    'CREATE TABLE IF NOT EXISTS migrations (part TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (part, number))',
  )
  const done = db.prepare('SELECT count(*) AS n FROM migrations WHERE part = ?')
  const mark = db.prepare('INSERT INTO migrations VALUES (?, ?)')
  for (const [part, steps] of Object.entries(parts)) {
    const { n } = done.get(part) as { n: number }
    steps.slice(n).forEach((sql, index) => {
      db.exec(sql)
      mark.run(part, n + index)
    })
  }
}

/** Holds the folder for this process: the kernel frees the lock when the process dies, however it dies. */
export function ownFolder(dataDir: string): { release(): void } {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const lock = new DatabaseSync(join(dataDir, 'owner.lock.db'), { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    throw new TenantError('tenant/already-up', 'a local tenant already runs on this data folder', { cause })
  }
  return { release: () => lock.close() }
}

export interface AdjustableClock extends TenantClock {
  rate(): number
  set(change: { nowMs?: number; advanceMs?: number; rate?: number }): void
}

/** The tenant's time: an anchor in both times and a rate, kept over restarts. */
export function openClock(store: Store): AdjustableClock {
  let anchor = JSON.parse(store.readMeta('clock') ?? '{"tenantMs":0,"realMs":0,"rate":1}') as {
    tenantMs: number
    realMs: number
    rate: number
  }
  const nowMs = (): number => Math.round(anchor.tenantMs + (Date.now() - anchor.realMs) * anchor.rate)
  return {
    nowMs,
    rate: () => anchor.rate,
    set(change) {
      const tenantMs = (change.nowMs ?? nowMs()) + (change.advanceMs ?? 0)
      anchor = { tenantMs, realMs: Date.now(), rate: change.rate ?? anchor.rate }
      store.writeMeta('clock', JSON.stringify(anchor))
    },
  }
}
