// `npm run check`: types (TypeScript 7), lint (oxlint), format (oxfmt). `--write` formats in place.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const root = new URL('..', import.meta.url)
const write = process.argv.includes('--write')
const tools: [string, string[]][] = [
  ['oxfmt', [write ? '--write' : '--check', 'src', 'scripts', 'conformance', 'examples', 'bench']],
  ['oxlint', ['--deny-warnings', 'src', 'scripts', 'conformance', 'examples', 'bench']],
  ['tsc', ['-p', '.']],
]
// Folders that use packages of their own can be read once those are installed.
for (const folder of ['conformance/microsoft-clients', 'conformance/graph-sdk', 'conformance/pages'])
  if (existsSync(new URL(`${folder}/node_modules/.letterlock-installed`, root)))
    tools.push(['tsc', ['-p', folder]])
let failed = false
for (const [tool, args] of tools) {
  const result = spawnSync(`node_modules/.bin/${tool}${process.platform === 'win32' ? '.cmd' : ''}`, args, {
    cwd: root,
    encoding: 'utf8',
  })
  if (result.status === 0) continue
  failed = true
  console.error(
    `# ${tool} failed\n${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}`,
  )
}
process.exit(failed ? 1 : 0)
