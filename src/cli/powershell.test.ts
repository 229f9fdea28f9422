// A program of that name stands in for PowerShell: what it is given, and what its end means. PowerShell itself was not run.
import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { runPowerShell } from './powershell.ts'

/** Puts a `pwsh` first on the PATH; returns the folder it writes to. */
function standIn(t: TestContext, script: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'letterlock-pwsh-'))
  const path = process.env['PATH']
  writeFileSync(join(dir, 'pwsh'), `#!/bin/sh\n${script}\n`)
  chmodSync(join(dir, 'pwsh'), 0o700)
  process.env['PATH'] = `${dir}:${path}`
  t.after(() => {
    process.env['PATH'] = path
    rmSync(dir, { recursive: true, force: true })
  })
  return dir
}

const skip = process.platform === 'win32' ? 'needs sh' : false
const { signal } = new AbortController()

test('the commands go in by stdin, none of them among the arguments', { skip }, async (t) => {
  const dir = standIn(t, 'cat > "$(dirname "$0")/in"; echo "$@" > "$(dirname "$0")/args"')
  await runPowerShell("New-ServicePrincipal -AppId 'x'", signal)
  assert.match(readFileSync(join(dir, 'in'), 'utf8'), /New-ServicePrincipal -AppId 'x'/)
  assert.doesNotMatch(readFileSync(join(dir, 'args'), 'utf8'), /New-ServicePrincipal/)
})

test('a failure in it is one here; so is that there is none', { skip }, async (t) => {
  standIn(t, 'cat > /dev/null; exit 3')
  await assert.rejects(runPowerShell('x', signal), { code: 'cli/powershell-failed' })
  process.env['PATH'] = '/nonexistent'
  await assert.rejects(runPowerShell('x', signal), { code: 'cli/program-not-started' })
})
