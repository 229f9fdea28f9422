// `npm run conformance -- [NAME…]`: other people's clients, servers and verifiers judge ours. One folder a judge.
import { spawnSync } from 'node:child_process'
import { globSync, readdirSync } from 'node:fs'
import { printReport, wantedNames } from './report.ts'

const root = new URL('..', import.meta.url)
const isInstalled = (name: string): boolean => name.includes('node_modules')
/** Names that stand for several judges. */
const groups: Readonly<Record<string, readonly string[]>> = {
  identity: ['openid-client', 'microsoft-clients', 'm365'],
}
const wanted = wantedNames().flatMap((name) => groups[name] ?? [name])
const judges = readdirSync(new URL('conformance', root), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && (wanted.length === 0 || wanted.includes(entry.name)))
  .map((entry) => entry.name)
const counts: Record<string, number> = {}
let ok = judges.length > 0
for (const judge of judges) {
  const files = globSync(`conformance/${judge}/**/*.test.ts`, { cwd: root, exclude: isInstalled }).sort()
  if (files.length === 0) continue
  const result = spawnSync(process.execPath, ['--test', '--test-reporter=spec', ...files], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, LETTERLOCK_KEYCHAIN: 'off' },
  })
  process.stdout.write(result.stdout)
  process.stderr.write(result.stderr)
  counts[`${judge}: passed`] = Number(/^ℹ pass (\d+)/m.exec(result.stdout)?.[1] ?? 0)
  counts[`${judge}: failed`] = Number(/^ℹ fail (\d+)/m.exec(result.stdout)?.[1] ?? 1)
  if (result.status !== 0) ok = false
}
printReport('conformance', { ok, figures: [], counts })
