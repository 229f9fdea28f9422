// One commit for all requests of a moment: each does its work at once, and is answered when the commit is on the disk.
import type { DatabaseSync } from 'node:sqlite'

export interface GroupCommit {
  /**
   * Does the work at once and keeps it for the next commit. What throws is undone alone; the others of the group stay.
   * A transaction inside another joins it.
   */
  transaction<T>(work: () => T): T
  /**
   * Resolves when all that was written so far is on the disk; undefined when it is. Nobody may be told of a write before.
   *
   * @param since What `failures()` said before the work began.
   * @throws (also later) when a commit has failed since then: the work may be lost.
   */
  settled(since: number): Promise<void> | undefined
  /** How many commits have failed. */
  failures(): number
  /** Commits now. @throws when that fails */
  flush(): void
}

/** While one commit waits for the disk, the requests that come in gather for the next: the busier, the fewer fsyncs each. */
export function openGroupCommit(db: DatabaseSync): GroupCommit {
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')
  const save = db.prepare('SAVEPOINT one')
  const release = db.prepare('RELEASE one')
  const undo = db.prepare('ROLLBACK TO one')
  let group: PromiseWithResolvers<void> | undefined
  let [depth, failed] = [0, 0]
  let lastFailure: unknown

  function open(): void {
    begin.run()
    group = Promise.withResolvers()
    // Nobody may be waiting; who asks later is told by `failures`.
    group.promise.catch(() => undefined)
    setImmediate(commitGroup)
  }

  function commitGroup(): void {
    if (!group) return
    try {
      commit.run()
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK')
      return fail(error)
    }
    const { resolve } = group
    group = undefined
    resolve()
  }

  function fail(error: unknown): void {
    failed++
    lastFailure = error
    group?.reject(error)
    group = undefined
  }

  return {
    transaction(work) {
      if (depth > 0) return work()
      if (!group) open()
      save.run()
      depth++
      try {
        const result = work()
        release.run()
        return result
      } catch (error) {
        // A full disk makes SQLite undo the whole group.
        if (!db.isTransaction) fail(error)
        else {
          undo.run()
          release.run()
        }
        throw error
      } finally {
        depth--
      }
    },
    settled(since) {
      if (failed !== since) throw lastFailure
      return group?.promise
    },
    failures: () => failed,
    flush() {
      const before = failed
      commitGroup()
      if (failed !== before) throw lastFailure
    },
  }
}
