import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
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
