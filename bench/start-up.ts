// Whole processes as a person starts them, beside the same Node doing nothing: `--version`, `--help`, `mail list`.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Figure, median } from '../scripts/report.ts'

const command = fileURLToPath(new URL('../bin/letterlock', import.meta.url))
const rounds = 15

export async function measure(): Promise<Figure[]> {
  const home = mkdtempSync(join(tmpdir(), 'letterlock-bench-'))
  const env = { ...process.env, LETTERLOCK_HOME: home, LETTERLOCK_KEYCHAIN: 'off' }
  const run = (file: string, args: string[]): number => {
    const began = performance.now()
    const result = spawnSync(file, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
    if (result.status !== 0)
      throw new Error(`${args.join(' ')} ended with ${result.status}: ${result.stderr}`)
    return performance.now() - began
  }
  try {
    run(command, ['tour', '--json'])
    run(command, ['tenant', 'up', '--detach', '--port', '0', '--json'])
    const cases: [string, string, string[]][] = [
      ['node -e 0', process.execPath, ['-e', '0']],
      ['letterlock --version', command, ['--version']],
      ['letterlock --help', command, ['--help']],
      ['letterlock mail list (25 messages)', command, ['mail', 'list', '--top', '25', '--json']],
    ]
    const times = new Map(cases.map(([name]) => [name, [] as number[]]))
    for (let round = 0; round < rounds; round++) {
      for (const [name, file, args] of cases) times.get(name)!.push(run(file, args))
    }
    const nothing = median(times.get('node -e 0')!)
    return cases.map(([name]) => {
      const value = median(times.get(name)!)
      return {
        name,
        value: Math.round(value),
        unit: 'ms',
        peer: 'node -e 0',
        peerValue: Math.round(nothing),
        ratio: Math.round((value / nothing) * 100) / 100,
      }
    })
  } finally {
    spawnSync(command, ['tenant', 'down'], { env })
    rmSync(home, { recursive: true, force: true })
  }
}
