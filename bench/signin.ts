// Signing in, as a person and a program feel it: the packed command beside a bare Node and the m365 CLI, and a token from
// the cache beside msal-node. Peers alternate with ours in each round.
import { spawnSync } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openRefreshLab, peerSettings } from '../scripts/chaos/refresh-lab.ts'
import { installPeers } from '../scripts/install-peers.ts'
import { type Figure, median } from '../scripts/report.ts'
import { type Installed, installPacked } from './signin/installed.ts'

const rounds = 15
const m365Folder = new URL('../conformance/m365/', import.meta.url)
const msalFolder = new URL('../scripts/chaos/stampede/peer/', import.meta.url)
const oneDecimal = (value: number): number => Math.round(value * 10) / 10
const ratioOf = (one: number, other: number): number => Math.round((one / other) * 100) / 100

export async function measure(): Promise<Figure[]> {
  installPeers(m365Folder)
  installPeers(msalFolder)
  using installed = installPacked()
  return [...commandFigures(installed), ...(await tokenFigures(installed))]
}

function commandFigures({ command, env, run }: Installed): Figure[] {
  const m365 = fileURLToPath(new URL('node_modules/@pnp/cli-microsoft365/dist/index.js', m365Folder))
  run(process.execPath, [m365, 'cli', 'config', 'set', '--key', 'disableTelemetry', '--value', 'true'])
  const cases: [name: string, file: string, args: string[]][] = [
    ['node -e 0', process.execPath, ['-e', '0']],
    ['letterlock --version', command, ['--version']],
    ['letterlock token', command, ['token']],
    ['m365 version', process.execPath, [m365, 'version']],
  ]
  const times = new Map(cases.map(([name]) => [name, [] as number[]]))
  for (let round = -2; round < rounds; round++) {
    for (const [name, file, args] of cases) {
      const began = performance.now()
      const { status } = spawnSync(file, args, { env, stdio: 'ignore' })
      if (status !== 0) throw new Error(`${name} ended with ${status}`)
      if (round >= 0) times.get(name)!.push(performance.now() - began)
    }
  }
  const of = (name: string): number => median(times.get(name)!)
  const figure = (name: string, peer: string, ratio: number): Figure => ({
    name: `${name} (packed)`,
    value: oneDecimal(of(name)),
    unit: 'ms',
    peer,
    peerValue: oneDecimal(of(peer)),
    ratio,
  })
  const beside = (name: string): Figure => figure(name, 'node -e 0', ratioOf(of(name), of('node -e 0')))
  const ahead = ratioOf(of('m365 version'), of('letterlock --version'))
  return [
    beside('letterlock --version'),
    beside('letterlock token'),
    figure('letterlock --version', 'm365 version', ahead),
  ]
}

async function tokenFigures({ folder, home, run }: Installed): Promise<Figure[]> {
  const program = join(folder, 'from-cache.mjs')
  copyFileSync(fileURLToPath(new URL('signin/from-cache.mjs', import.meta.url)), program)
  const ours = JSON.parse(run(process.execPath, [program, home, '20000'])) as Record<
    'memory' | 'disk',
    number[]
  >
  const theirs = await msalTimes()
  const figure = (name: string, value: number, peerValue: number): Figure => ({
    name,
    value: oneDecimal(value),
    unit: 'µs',
    peer: 'msal-node',
    peerValue: oneDecimal(peerValue),
    ratio: ratioOf(peerValue, value),
  })
  return [
    figure('a token from the cache in memory', median(ours.memory), theirs.memory),
    figure('a token from the cache, disk asked', median(ours.disk), theirs.disk),
  ]
}

async function msalTimes(): Promise<{ memory: number; disk: number }> {
  await using lab = await openRefreshLab({})
  const cache = join(lab.home, 'msal-cache.json')
  const { tokens } = await lab.signIn()
  const worker = fileURLToPath(new URL('worker.mjs', msalFolder))
  const settings = peerSettings(lab)
  const run = (given: object, env: NodeJS.ProcessEnv): string => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [worker, cache, JSON.stringify(given)], {
      env: { ...process.env, ...env },
      input: 'go\n',
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`msal-node ended with ${status}: ${stderr}`)
    return stdout.trim().split('\n').at(-1) ?? ''
  }
  run({ ...settings, seed: tokens.refreshToken!.reveal() }, {})
  const time = (env: NodeJS.ProcessEnv): number =>
    (JSON.parse(run(settings, env)) as { microseconds: number }).microseconds
  return { memory: time({ IN_MEMORY: '1', ROUNDS: '5000' }), disk: time({ ROUNDS: '500' }) }
}
