// `npm run conformance -- [NAME…]`: other people's clients, servers and verifiers judge ours. One folder a judge.
import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readObserved } from '../conformance/fidelity/proofs.ts'
import { observing } from './observed.ts'
import { type Figure, printReport, wantedNames } from './report.ts'

const root = new URL('..', import.meta.url)
const isInstalled = (name: string): boolean => name.includes('node_modules')
/** Names that stand for several judges. */
const groups: Readonly<Record<string, readonly string[]>> = {
  identity: ['openid-client', 'microsoft-clients', 'm365', 'pages'],
}
const wanted = wantedNames().flatMap((name) => groups[name] ?? [name])
const judges = readdirSync(new URL('conformance', root), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && (wanted.length === 0 || wanted.includes(entry.name)))
  .map((entry) => entry.name)
/** Issue 4: as many AADSTS numbers must be provoked, each in a test that passed. */
const leastProvoked = 60
const seenIn = mkdtempSync(join(tmpdir(), 'letterlock-observed-'))
const observed = observing(seenIn)
const counts: Record<string, number> = {}
const figures: Figure[] = []
let ok = judges.length > 0
const began = performance.now()
const secondsSince = (instant: number): number => Number(((performance.now() - instant) / 1_000).toFixed(1))
for (const judge of judges) {
  const files = globSync(`conformance/${judge}/**/*.test.ts`, { cwd: root, exclude: isInstalled }).sort()
  if (files.length === 0) continue
  const judgeBegan = performance.now()
  const result = spawnSync(process.execPath, [...observed.args, '--test', '--test-reporter=spec', ...files], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...observed.env, LETTERLOCK_KEYCHAIN: 'off' },
  })
  process.stdout.write(result.stdout)
  process.stderr.write(result.stderr)
  counts[`${judge}: passed`] = Number(/^ℹ pass (\d+)/m.exec(result.stdout)?.[1] ?? 0)
  counts[`${judge}: failed`] = Number(/^ℹ fail (\d+)/m.exec(result.stdout)?.[1] ?? 1)
  const skipped = Number(/^ℹ skipped (\d+)/m.exec(result.stdout)?.[1] ?? 0)
  if (skipped > 0) counts[`${judge}: skipped, with their reasons above`] = skipped
  figures.push({ name: judge, value: secondsSince(judgeBegan), unit: 's' })
  if (result.status !== 0) ok = false
}
figures.push({ name: 'in all', value: secondsSince(began), unit: 's' })
if (judges.includes('openid-client')) {
  const codes = readObserved(seenIn).flatMap(({ kind, what }) => (kind === 'aadsts' ? [what] : []))
  const provoked = new Set(codes).size
  counts['AADSTS codes provoked'] = provoked
  console.log(`AADSTS codes provoked: ${provoked}`)
  if (provoked < leastProvoked) ok = false
}
rmSync(seenIn, { recursive: true, force: true })
printReport('conformance', { ok, figures, counts })
