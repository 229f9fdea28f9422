import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { openStore } from './open-store.ts'

const tables = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE users (id TEXT PRIMARY KEY, name TEXT);
CREATE TABLE grants (id TEXT PRIMARY KEY, user_id TEXT REFERENCES users(id) ON DELETE CASCADE);
CREATE TABLE later (child TEXT REFERENCES users(id) DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE codes (hash TEXT);`

function openKept(t: TestContext) {
  const dataDir = mkdtempSync(join(tmpdir(), 'letterlock-kept-'))
  const store = openStore(dataDir, { core: [tables] })
  store.flush()
  t.after(() => {
    store.close()
    rmSync(dataDir, { recursive: true })
  })
  const one = store.db.prepare('SELECT name FROM users WHERE id = ?')
  const grants = store.db.prepare('SELECT id FROM grants')
  let reads = 0
  const nameOf = store.kept((id) => (reads++, one.get(id)?.['name']))
  const allGrants = store.kept(() => grants.all().map((row) => row['id']))
  return { store, nameOf, allGrants, reads: () => reads }
}

test('what is kept is read once until something is written', (t) => {
  const { store, nameOf, reads } = openKept(t)
  store.db.exec("INSERT INTO users VALUES ('a', 'Ada')")
  assert.deepEqual([nameOf('a'), nameOf('a'), nameOf('b'), nameOf('b')], ['Ada', 'Ada', undefined, undefined])
  assert.equal(reads(), 2)
  store.db.prepare('INSERT INTO codes VALUES (?)').run('x')
  assert.equal(nameOf('a'), 'Ada')
  assert.equal(reads(), 2)
})

/** Every way the tenant's parts write, each followed by a read at once. */
const writes: readonly (readonly [string, string])[] = [
  ['an update', "UPDATE users SET name = 'n1' WHERE id = 'a'"],
  ['an update or replace', "update or replace users set name = 'n2' where id = 'a'"],
  ['an insert with a conflict', "INSERT INTO users VALUES ('a', 'n3') ON CONFLICT (id) DO UPDATE SET name = excluded.name"],
  ['an insert or replace', "  INSERT OR REPLACE INTO users VALUES ('a', 'n4')"],
  ['a replace', "REPLACE INTO users VALUES ('a', 'n5')"],
  ['a common table expression', "WITH x AS (SELECT 'n6' AS n) UPDATE users SET name = (SELECT n FROM x) WHERE id = 'a'"],
  ['a returning clause', "UPDATE users SET name = 'n7' WHERE id = 'a' RETURNING id"],
  ['a quoted table', `UPDATE "users" SET name = 'n8' WHERE id = 'a'`],
] // prettier-ignore

for (const [title, sql] of writes)
  test(`a row is read again after ${title}`, (t) => {
    const { store, nameOf } = openKept(t)
    store.db.exec("INSERT INTO users VALUES ('a', 'before')")
    for (const way of ['run', 'get', 'all', 'exec'] as const) {
      store.db.exec("UPDATE users SET name = 'before'")
      const write = store.db.prepare(sql)
      assert.equal(nameOf('a'), 'before')
      if (way === 'exec') store.db.exec(sql)
      else write[way]()
      assert.match(String(nameOf('a')), /^n\d$/, way)
    }
  })

test('rows that a deletion takes with it are gone at once', (t) => {
  const { store, allGrants } = openKept(t)
  store.db.exec("INSERT INTO users VALUES ('a', 'Ada'); INSERT INTO grants VALUES ('g', 'a')")
  assert.deepEqual(allGrants(), ['g'])
  store.db.prepare("DELETE FROM users WHERE id = 'a'").run()
  assert.deepEqual(allGrants(), [])
})

test('what was read inside work that is undone is not kept', (t) => {
  const { store, nameOf } = openKept(t)
  store.db.exec("INSERT INTO users VALUES ('a', 'Ada')")
  const rename = store.db.prepare("UPDATE users SET name = 'Eve' WHERE id = 'a'")
  assert.throws(() =>
    store.transaction(() => {
      rename.run()
      assert.equal(nameOf('a'), 'Eve')
      throw new Error('refused')
    }),
  )
  assert.equal(nameOf('a'), 'Ada')
})

test('what was read before a commit failed is not kept', async (t) => {
  const { store, nameOf } = openKept(t)
  store.transaction(() => store.db.exec("INSERT INTO users VALUES ('a', 'Ada')"))
  await store.settled(0)
  const rename = store.db.prepare("UPDATE users SET name = 'Eve' WHERE id = 'a'")
  store.transaction(() => (rename.run(), store.db.exec("INSERT INTO later VALUES ('nobody')")))
  assert.equal(nameOf('a'), 'Eve')
  await assert.rejects(store.settled(0)!, /FOREIGN KEY/)
  assert.equal(nameOf('a'), 'Ada')
})
