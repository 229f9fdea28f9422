// Whether a file is a whole tenant of this version or an older one, before anything is replaced by it.
import { rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { ControlFailure } from './control-error.ts'

/** @throws {ControlFailure} `control/snapshot-foreign`, `control/snapshot-newer`, `control/snapshot-damaged` */
export function checkSnapshot(file: string, migrations: Readonly<Record<string, readonly string[]>>): void {
  const db = openOrRefuse(file)
  try {
    const tables = new Set(
      db
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .all()
        .map((row) => row['name']),
    )
    if (!['migrations', 'meta', 'tenants', 'users'].every((name) => tables.has(name))) throw foreign()
    for (const { part, n } of db
      .prepare('SELECT part, max(number) + 1 AS n FROM migrations GROUP BY part')
      .all()) {
      const known = migrations[String(part)]
      if (known === undefined || Number(n) > known.length)
        throw new ControlFailure(
          'control/snapshot-newer',
          'This file was written by a newer version of the local tenant, which this one cannot read.',
        )
    }
    const [verdict] = db.prepare('PRAGMA quick_check(1)').all()
    if (verdict?.['quick_check'] !== 'ok')
      throw new ControlFailure('control/snapshot-damaged', 'This file is damaged: nothing was replaced.')
  } catch (error) {
    // What is no database at all is found at the first look into it.
    if (error instanceof ControlFailure) throw error
    throw (error as { errcode?: number }).errcode === sqliteCorrupt
      ? new ControlFailure('control/snapshot-damaged', 'This file is damaged: nothing was replaced.')
      : foreign()
  } finally {
    db.close()
    // Even a reader leaves these beside a file in WAL mode; they must not come along.
    for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true })
  }
}

const sqliteCorrupt = 11

function openOrRefuse(file: string): DatabaseSync {
  try {
    return new DatabaseSync(file, { readOnly: true })
  } catch {
    throw foreign()
  }
}

const foreign = (): ControlFailure =>
  new ControlFailure('control/snapshot-foreign', 'This file is no snapshot of a local tenant.')
