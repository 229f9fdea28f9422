import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { takeRunLock } from './run-lock.ts'

const key = { flow: 'invoices', tid: 't', oid: 'o' }

test('a refused second run in one process does not free the first one’s lock for other processes', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'letterlock-run-lock-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const ledgerFile = join(folder, 'ledger.db')
  const lock = takeRunLock(ledgerFile, key)
  t.after(() => lock.release())
  assert.throws(() => takeRunLock(ledgerFile, key), { code: 'flow/already-running' })

  const module = JSON.stringify(new URL('run-lock.ts', import.meta.url).href)
  const script = `const { takeRunLock } = await import(${module})
    try { takeRunLock(${JSON.stringify(ledgerFile)}, ${JSON.stringify(key)}); console.log('taken') } catch (error) { console.log(error.code) }`
  const other = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  assert.equal(other.stdout.trim(), 'flow/already-running', other.stderr)
})
