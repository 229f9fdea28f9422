// `npm test`: types, lint, then every *.test.ts of the project. Arguments narrow the tests by path.
// What ends in .long.test.ts needs heavy packages of its own: `npm run conformance` runs it, and here only who names it.
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { observing } from './observed.ts'

const root = new URL('..', import.meta.url)
const observed = observing()
const wanted = process.argv.slice(2)
const files = globSync(
  ['src/**/*.test.ts', 'conformance/**/*.test.ts', 'scripts/**/*.test.ts', 'examples/**/*.test.ts'],
  { cwd: root },
)
  .filter((file) => !file.includes('node_modules'))
  .filter((file) => !file.endsWith('.long.test.ts') || wanted.some((part) => file.endsWith(part)))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort()

function step(title: string, args: string[]): void {
  const began = Date.now()
  const result = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...observed.env, LETTERLOCK_KEYCHAIN: 'off', NO_COLOR: '1' },
  })
  console.log(`# ${title}: ${((Date.now() - began) / 1000).toFixed(1)} s`)
  if (result.status !== 0) process.exit(result.status ?? 1)
}

if (wanted.length === 0) step('check', ['scripts/check.ts'])
step(`${files.length} test files`, [
  ...observed.args,
  '--test',
  '--test-reporter=spec',
  '--test-concurrency=2',
  '--test-timeout=180000',
  ...files,
])
