import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openMemoryVault } from './memory.ts'
import { openVault } from './sqlite.ts'
import { exampleSignIn, vaultSuite } from './suite.ts'

const directories: string[] = []
function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'letterlock-vault-'))
  directories.push(made)
  return made
}
process.on('exit', () => directories.forEach((made) => rmSync(made, { recursive: true, force: true })))

vaultSuite('memory', openMemoryVault)
vaultSuite('sqlite', () => openVault(directory(), { keychain: 'off' }))

function saved(t: TestContext): { home: string; id: string } {
  const home = join(directory(), 'new', 'home')
  const vault = openVault(home, { keychain: 'off' })
  vault.save(exampleSignIn())
  vault.save(exampleSignIn('grace'))
  t.after(() => vault.close())
  return { home, id: exampleSignIn().account.id }
}

test('no secret stands in any file of the vault', async (t) => {
  const { home, id } = saved(t)
  const vault = openVault(home, { keychain: 'off' })
  t.after(() => vault.close())
  const lock = await vault.lockRefresh(id)
  const files = readdirSync(home)
  assert.ok(
    files.includes('vault.db') && files.includes('vault.key') && files.includes('vault.db-wal'),
    files.join(),
  )
  for (const file of files) assert.ok(!readFileSync(join(home, file)).includes('planted'), file)
  lock?.release()
})

test(
  'all files are for their owner alone',
  { skip: process.platform === 'win32' && 'no modes on Windows' },
  async (t) => {
    const { home, id } = saved(t)
    const vault = openVault(home, { keychain: 'off' })
    t.after(() => vault.close())
    const lock = await vault.lockRefresh(id)
    for (const file of readdirSync(home))
      assert.equal((statSync(join(home, file)).mode & 0o777).toString(8), '600', file)
    assert.equal((statSync(home).mode & 0o777).toString(8), '700')
    lock?.release()
  },
)

test('what one process saves, another that has the vault open sees at once', (t) => {
  const { home, id } = saved(t)
  const here = openVault(home, { keychain: 'off' })
  t.after(() => here.close())
  const mark = here.changeMark()
  const code = `
    import { openVault } from ${JSON.stringify(new URL('./sqlite.ts', import.meta.url).href)}
    const vault = openVault(process.argv[1], { keychain: 'off' })
    vault.remove(process.argv[2])
    vault.close()`
  execFileSync(process.execPath, ['--input-type=module-typescript', '-e', code, home, id])
  assert.notEqual(here.changeMark(), mark)
  assert.equal(here.read(id), undefined)
})

test('a row moved to another account, an older row put back, or one flipped bit is refused', (t) => {
  const { home, id } = saved(t)
  const tamper = (sql: string): void => {
    const database = new DatabaseSync(join(home, 'vault.db'))
    database.exec(sql)
    database.close()
  }
  const vault = openVault(home, { keychain: 'off' })
  t.after(() => vault.close())
  const refused = { code: 'signin/vault-unreadable' }
  const changes = [
    `UPDATE accounts SET sealed = (SELECT sealed FROM accounts WHERE id LIKE 'grace%') WHERE id = '${id}'`,
    `UPDATE accounts SET version = version + 1 WHERE id = '${id}'`,
    `UPDATE accounts SET sealed = CAST(substr(sealed, 1, length(sealed) - 1) || x'00' AS BLOB) WHERE id = '${id}'`,
    `UPDATE accounts SET sealed = x'00' WHERE id = '${id}'`,
  ]
  for (const sql of changes) {
    vault.save(exampleSignIn())
    assert.ok(vault.read(id))
    tamper(sql)
    assert.throws(() => vault.read(id), refused, sql)
    assert.throws(() => vault.list(), refused, sql)
  }
})

test("a lost key, another vault's key, a damaged file and a newer vault are each named", (t) => {
  const { home } = saved(t)
  const key = readFileSync(join(home, 'vault.key'), 'utf8')
  const reopen = (): void => openVault(home, { keychain: 'off' }).close()
  rmSync(join(home, 'vault.key'))
  assert.throws(reopen, { code: 'signin/vault-key-missing' })
  writeFileSync(join(home, 'vault.key'), Buffer.alloc(32, 7).toString('base64url'))
  assert.throws(reopen, { code: 'signin/vault-unreadable' })
  writeFileSync(join(home, 'vault.key'), 'short')
  assert.throws(reopen, { code: 'signin/vault-unreadable' })
  writeFileSync(join(home, 'vault.key'), key)
  reopen()
  const database = new DatabaseSync(join(home, 'vault.db'))
  database.exec('PRAGMA user_version = 99')
  database.close()
  assert.throws(reopen, { code: 'signin/vault-too-new' })
  const junk = directory()
  writeFileSync(join(junk, 'vault.db'), 'not a database, not at all '.repeat(100))
  assert.throws(() => openVault(junk, { keychain: 'off' }), { code: 'signin/vault-unreadable' })
})

test('eight processes that open a new vault at once agree on one key', async () => {
  const home = directory()
  const code = `
    import { openVault } from ${JSON.stringify(new URL('./sqlite.ts', import.meta.url).href)}
    import { exampleSignIn } from ${JSON.stringify(new URL('./suite.ts', import.meta.url).href)}
    const vault = openVault(process.argv[1], { keychain: 'off' })
    vault.save(exampleSignIn('p' + process.argv[2]))
    vault.close()`
  const children = Array.from({ length: 8 }, (_, index) =>
    spawn(process.execPath, ['--input-type=module-typescript', '-e', code, home, String(index)], {
      stdio: 'inherit',
    }),
  )
  const ends = await Promise.all(children.map((child) => once(child, 'exit')))
  assert.deepEqual(
    ends.map(([status]) => status),
    Array(8).fill(0),
  )
  const vault = openVault(home, { keychain: 'off' })
  assert.equal(vault.list().length, 8)
  assert.equal(vault.key, 'file')
  vault.close()
})

const versionOne = fileURLToPath(new URL('./version-1/', import.meta.url))

test('a vault as version 0.1.0 wrote it is opened, read and brought up to date, with nobody signing in again', (t) => {
  const home = directory()
  for (const file of ['vault.db', 'vault.key']) copyFileSync(join(versionOne, file), join(home, file))
  const vault = openVault(home, { keychain: 'off' })
  t.after(() => vault.close())
  assert.deepEqual(
    vault.list().map(({ name }) => name),
    ['ada', 'grace'],
  )
  const stored = vault.read(exampleSignIn().account.id)
  assert.deepEqual(stored?.account, exampleSignIn().account)
  assert.equal(stored?.tokens.refreshToken?.reveal(), 'planted-ada-refresh')
  assert.equal(
    stored?.credential?.kind === 'secret' && stored.credential.secret.reveal(),
    'planted-ada-client',
  )
  const database = new DatabaseSync(join(home, 'vault.db'))
  t.after(() => database.close())
  assert.equal(database.prepare('PRAGMA user_version').get()?.['user_version'], 2)
  assert.equal(database.prepare('PRAGMA application_id').get()?.['application_id'], 0x4c4c7674)
})

test('another program’s database under our name is named, and left as it is', () => {
  const home = directory()
  const file = join(home, 'vault.db')
  const theirs = new DatabaseSync(file)
  theirs.exec('CREATE TABLE notes (text)')
  theirs.close()
  const before = readFileSync(file)
  assert.throws(() => openVault(home, { keychain: 'off' }), {
    code: 'signin/vault-unreadable',
    message: /not a vault of letterlock/,
    fix: 'Move vault.db to another place, then sign in again.',
  })
  const after = new DatabaseSync(file)
  const tables = after.prepare('SELECT name FROM sqlite_schema').all()
  after.close()
  assert.deepEqual(
    tables.map(({ name }) => name),
    ['notes'],
  )
  assert.equal(readFileSync(file).length, before.length)
})

test('a vault damaged in any of its pages is opened whole or refused by name', (t) => {
  const { home } = saved(t)
  const whole = directory()
  const kept = openVault(home, { keychain: 'off' })
  kept.close()
  const bytes = readFileSync(join(home, 'vault.db'))
  copyFileSync(join(home, 'vault.key'), join(whole, 'vault.key'))
  for (let at = 0; at < bytes.length; at += 997) {
    const damaged = Buffer.from(bytes)
    damaged.fill(0xa5, at, at + 64)
    for (const file of ['vault.db-wal', 'vault.db-shm']) rmSync(join(whole, file), { force: true })
    writeFileSync(join(whole, 'vault.db'), damaged)
    try {
      const vault = openVault(whole, { keychain: 'off' })
      try {
        vault.list()
      } finally {
        vault.close()
      }
    } catch (error) {
      const { code, fix } = error as { code: string; fix?: string }
      assert.match(code, /^signin\/vault-(unreadable|key-missing|too-new)$/)
      assert.ok(fix, code)
    }
  }
})

test('a removed account leaves none of its bytes in any file', (t) => {
  const home = directory()
  const vault = openVault(home, { keychain: 'off' })
  t.after(() => vault.close())
  vault.save(exampleSignIn())
  const database = new DatabaseSync(join(home, 'vault.db'))
  const row = database.prepare('SELECT sealed FROM accounts').get() as { sealed: Uint8Array }
  database.close()
  const part = Buffer.from(row.sealed).subarray(40, 72)
  vault.remove(exampleSignIn().account.id)
  for (const file of readdirSync(home)) assert.ok(!readFileSync(join(home, file)).includes(part), file)
})
