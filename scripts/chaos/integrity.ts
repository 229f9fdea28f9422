// Whether a database is whole.
import { DatabaseSync } from 'node:sqlite'

/** 0 when SQLite finds nothing wrong with it and every reference leads somewhere, else 1. */
export function integrity(file: string): number {
  const db = new DatabaseSync(file)
  const rows = db.prepare('PRAGMA integrity_check').all() as { integrity_check: string }[]
  const keys = db.prepare('PRAGMA foreign_key_check').all()
  db.close()
  return rows.length === 1 && rows[0]!.integrity_check === 'ok' && keys.length === 0 ? 0 : 1
}
