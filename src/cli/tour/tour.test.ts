// The tour as a stranger runs it: a whole process on a home of its own, twice.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { TourSummary } from './tour.ts'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))
const home = mkdtempSync(join(tmpdir(), 'letterlock-tour-'))
after(() => rmSync(home, { recursive: true, force: true }))

async function tour(): Promise<{
  stdout: string
  stderr: string
  exitCode: number | null
  summary: TourSummary
}> {
  const child = spawn(process.execPath, [main, 'tour', '--json'], {
    env: { ...process.env, LETTERLOCK_HOME: home, LETTERLOCK_KEYCHAIN: 'off', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const seen = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (seen.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (seen.stderr += text))
  const [exitCode] = (await once(child, 'close')) as [number | null]
  const last = seen.stdout.trimEnd().split('\n').at(-1) ?? ''
  return { ...seen, exitCode, summary: JSON.parse(last || '{}') as TourSummary }
}

test('the tour answers each invoice once although its run is killed; taken again, it does nothing twice', async () => {
  const first = await tour()
  assert.equal(first.exitCode, 0, first.stderr)
  const { elapsedMs, tenant, ...counts } = first.summary
  assert.deepEqual(counts, {
    ok: true,
    scenario: 'seed',
    steps: 11,
    inScope: 54,
    handled: 17,
    skipped: 37,
    failed: 0,
    doubtful: 0,
    sent: 17,
    repeated: 0,
    kills: 1,
  })
  assert.ok(elapsedMs > 0)
  assert.match(tenant, /^http:\/\/127\.0\.0\.1:\d+$/)
  for (let step = 1; step <= 11; step++) assert.match(first.stderr, new RegExp(`^ ?${step}  \\S`, 'm'))
  assert.match(first.stderr, /killed with SIGKILL after \d+ replies/)

  const second = await tour()
  assert.equal(second.exitCode, 0, second.stderr)
  const { handled, sent, repeated, kills, inScope } = second.summary
  assert.deepEqual(
    { handled, sent, repeated, kills, inScope },
    { handled: 0, sent: 0, repeated: 0, kills: 0, inScope: 0 },
  )
})
