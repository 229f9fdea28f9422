import type { Store } from '../store/open-store.ts'

/** Owners of applications and service principals; a group's are in its own links. */
export function openOwners({ db }: Store) {
  const all = db.prepare('SELECT owner_id FROM object_owners WHERE object_id = ? ORDER BY rowid')
  const owned = db.prepare('SELECT object_id FROM object_owners WHERE owner_id = ? ORDER BY rowid')
  const add = db.prepare('INSERT OR IGNORE INTO object_owners VALUES (?, ?)')
  const drop = db.prepare('DELETE FROM object_owners WHERE object_id = ? AND owner_id = ?')
  const ids = (rows: unknown[], name: string) => (rows as Record<string, string>[]).map((row) => row[name]!)
  return {
    of: (objectId: string) => ids(all.all(objectId), 'owner_id'),
    ownedBy: (ownerId: string) => ids(owned.all(ownerId), 'object_id'),
    /** false: it was there already. */
    add: (objectId: string, ownerId: string) => add.run(objectId, ownerId).changes > 0,
    remove: (objectId: string, ownerId: string) => drop.run(objectId, ownerId).changes > 0,
  }
}
