import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import { openStore } from './open-store.ts'

const tables = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE kept (id TEXT PRIMARY KEY);
CREATE TABLE child (parent TEXT REFERENCES kept(id) DEFERRABLE INITIALLY DEFERRED);`

/** A store, and another connection: it sees only what is committed. */
function openBoth(t: TestContext) {
  const dataDir = mkdtempSync(join(tmpdir(), 'letterlock-store-'))
  const store = openStore(dataDir, { core: [tables] })
  store.flush()
  const outside = new DatabaseSync(join(dataDir, 'tenant.db'), { readOnly: true })
  t.after(() => {
    outside.close()
    store.close()
    rmSync(dataDir, { recursive: true })
  })
  const add = (id: string): void => void store.db.prepare('INSERT INTO kept VALUES (?)').run(id)
  const seen = (): unknown[] =>
    outside
      .prepare('SELECT id FROM kept ORDER BY id')
      .all()
      .map((row) => row['id'])
  return { store, add, seen, dataDir }
}

test('a write is settled only when another connection can see it', async (t) => {
  const { store, add, seen } = openBoth(t)
  store.transaction(() => add('one'))
  const settled = store.settled(0)
  assert.ok(settled)
  assert.deepEqual(seen(), [])
  await settled
  assert.deepEqual(seen(), ['one'])
  assert.equal(store.settled(0), undefined)
})

test('who only read what is not committed yet waits for the same commit', async (t) => {
  const { store, add, seen } = openBoth(t)
  store.transaction(() => add('one'))
  const reader = store.settled(0)
  store.transaction(() => add('two'))
  assert.equal(store.settled(0), reader)
  await reader
  assert.deepEqual(seen(), ['one', 'two'])
})

test('work that throws is undone alone: what others did in the same moment stays', async (t) => {
  const { store, add, seen } = openBoth(t)
  store.transaction(() => add('before'))
  assert.throws(
    () =>
      store.transaction(() => {
        add('half')
        store.transaction(() => add('within'))
        throw new Error('refused')
      }),
    /refused/,
  )
  store.transaction(() => add('after'))
  await store.settled(0)
  assert.deepEqual(seen(), ['after', 'before'])
})

test('a commit that fails is told to all whose work was in it, whenever they ask', async (t) => {
  const { store, add, seen } = openBoth(t)
  store.transaction(() => add('one'))
  const waiting = store.settled(0)
  store.transaction(() => store.db.exec("INSERT INTO child VALUES ('nobody')"))
  await assert.rejects(waiting!, /FOREIGN KEY/)
  assert.throws(() => store.settled(0), /FOREIGN KEY/)
  assert.deepEqual(seen(), [])
  const since = store.failures()
  store.transaction(() => add('later'))
  await store.settled(since)
  assert.deepEqual(seen(), ['later'])
})

test('closing commits what waits', (t) => {
  const { store, add, dataDir } = openBoth(t)
  store.transaction(() => add('one'))
  store.close()
  const again = openStore(dataDir, { core: [tables] })
  t.after(() => again.close())
  assert.equal(again.db.prepare('SELECT count(*) AS n FROM kept').get()!['n'], 1)
  store.db.open()
})

test('a commit waits for the disk: WAL with synchronous=FULL', (t) => {
  const { store } = openBoth(t)
  const read = (name: string): unknown => Object.values(store.db.prepare(`PRAGMA ${name}`).get()!)[0]
  assert.equal(read('journal_mode'), 'wal')
  // 2 is FULL. https://sqlite.org/pragma.html#pragma_synchronous
  assert.equal(read('synchronous'), 2)
})
