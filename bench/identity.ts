// The identity platform beside other authorization servers, in one run: cold start, sign-in flows, refreshes, memory (bench/README.md).
import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installPeers } from '../scripts/install-peers.ts'
import { type Figure, median, numberOption } from '../scripts/report.ts'
import { countLost } from './identity/count-lost.ts'
import { type Contender, ours, peers } from './identity/contenders.ts'
import type { Job, Outcome } from './identity/load.ts'
import type { ServerProcess } from './identity/server-process.ts'

const rounds = 3
const connections = 16
/** Of one measurement: two for each server and round, after a warm-up as long. */
const usualSeconds = 2

/** One round of one server, from its start to SIGKILL. */
interface Round {
  readonly coldStartMs: number
  readonly flowsPerSecond: number
  readonly cpuMsPerFlow: number
  readonly refreshesPerSecond: number
  readonly cpuMsPerRefresh: number
  readonly restMb: number
  readonly rssMb: number
  readonly signaturesPerSecond: number
  readonly acknowledged: number
  readonly lost: number
}

export async function measure(): Promise<Figure[]> {
  installPeers(new URL('peers/', import.meta.url))
  const seconds = numberOption('seconds', usualSeconds)
  const load = fork(new URL('identity/load.ts', import.meta.url), { execArgv: [] })
  const results = new Map<Contender, Round[]>([ours, ...peers].map((one) => [one, []]))
  try {
    for (const contender of results.keys()) await warmUp(contender)
    // Alternating, so that a slow moment of the machine meets all of them.
    for (let round = 0; round < rounds; round++)
      for (const [contender, done] of results) done.push(await runRound(contender, { load, seconds }))
  } finally {
    load.kill()
  }
  for (const { name, remark } of results.keys()) console.log(`  ${name}: ${remark}`)
  return [...readyFigures(), ...figuresOf(results)]
}

/** The first start compiles: it is not counted, for nobody. */
async function warmUp(contender: Contender): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'letterlock-bench-'))
  const server = await contender.start(dataDir)
  await contender.prepare(server, dataDir)
  await server.keepCompiled()
  await server.kill()
  rmSync(dataDir, { recursive: true, force: true })
}

async function runRound(contender: Contender, o: { load: ChildProcess; seconds: number }): Promise<Round> {
  const dataDir = mkdtempSync(join(tmpdir(), 'letterlock-bench-'))
  const server = await contender.start(dataDir)
  try {
    const rest = await server.usage()
    const route = await contender.prepare(server, dataDir)
    const refreshTokens: string[] = []
    // A flow is two requests: warm-up, flows and refreshes share what the server answers at all.
    const most = Math.floor((contender.mostRequests ?? Number.MAX_SAFE_INTEGER) / 6)
    const run = async (work: Job['work'], seconds: number, most: number) => {
      const measured = await runJob({ server, load: o.load }, { route, work, seconds, connections, most })
      if (measured.failure !== undefined || measured.done === 0)
        throw new Error(`${contender.name}: ${measured.failure}`)
      refreshTokens.push(...measured.refreshTokens)
      return measured
    }
    await run('flows', o.seconds, Math.floor(most / 2))
    const flows = await run('flows', o.seconds, most)
    const refreshes = await run('refreshes', o.seconds, most)
    const { rssBytes } = await server.usage()
    const signaturesPerSecond = await server.signaturesPerSecond()
    await server.kill()
    return {
      coldStartMs: server.coldStartMs,
      flowsPerSecond: flows.perSecond,
      cpuMsPerFlow: flows.cpuMs,
      refreshesPerSecond: refreshes.perSecond,
      cpuMsPerRefresh: refreshes.cpuMs,
      restMb: rest.rssBytes / 1e6,
      rssMb: rssBytes / 1e6,
      signaturesPerSecond,
      acknowledged: refreshTokens.length,
      lost: contender === ours ? countLost(dataDir, refreshTokens) : 0,
    }
  } finally {
    await server.kill()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

async function runJob(o: { server: ServerProcess; load: ChildProcess }, job: Job) {
  const before = await o.server.usage()
  o.load.send(job)
  const [outcome] = (await once(o.load, 'message')) as [Outcome]
  const after = await o.server.usage()
  return {
    ...outcome,
    perSecond: (outcome.done / outcome.elapsedMs) * 1_000,
    cpuMs: (after.cpuMs - before.cpuMs) / outcome.done,
  }
}

function figuresOf(results: ReadonlyMap<Contender, readonly Round[]>): Figure[] {
  const own = results.get(ours)!
  const beside = (name: string, unit: string, key: keyof Round, digits = 0): Figure[] =>
    peers.map((peer) => {
      const [value, peerValue] = [own, results.get(peer)!].map((all) => median(all.map((one) => one[key])))
      return {
        name,
        unit,
        value: rounded(value!, digits),
        peer: peer.name,
        peerValue: rounded(peerValue!, digits),
        ratio: rounded(value! / peerValue!, 2),
      }
    })
  const sum = (key: 'acknowledged' | 'lost'): number => own.reduce((all, one) => all + one[key], 0)
  const lost = sum('lost')
  if (lost > 0) throw new Error(`${lost} acknowledged refresh tokens are not in the database`)
  return [
    ...beside('cold start', 'ms', 'coldStartMs'),
    ...beside('code + PKCE flows', '/s', 'flowsPerSecond'),
    ...beside('server CPU per flow', 'ms', 'cpuMsPerFlow', 2),
    ...beside('refreshes', '/s', 'refreshesPerSecond'),
    ...beside('server CPU per refresh', 'ms', 'cpuMsPerRefresh', 2),
    ...beside('memory (RSS) after the start', 'MB', 'restMb'),
    ...beside('memory (RSS) after the load', 'MB', 'rssMb'),
    {
      name: 'RSA-2048 signatures, nothing else',
      value: rounded(median(own.map((one) => one.signaturesPerSecond)), 0),
      unit: '/s',
    },
    { name: 'refresh tokens acknowledged', value: sum('acknowledged'), unit: '' },
    { name: 'of these not in the database after SIGKILL', value: lost, unit: '' },
  ]
}

/** startTenant() in a process of its own: ready times of the first and of five at once. */
function readyFigures(): Figure[] {
  const file = fileURLToPath(new URL('identity/ready.ts', import.meta.url))
  const runs = Array.from({ length: rounds }, () => {
    const { stdout } = spawnSync(process.execPath, [file], { encoding: 'utf8' })
    return JSON.parse(stdout) as { first: number; five: number }
  })
  return [
    {
      name: 'startTenant() ready, empty folder',
      value: rounded(median(runs.map((one) => one.first)), 0),
      unit: 'ms',
    },
    {
      name: 'five startTenant() at once, all ready',
      value: rounded(median(runs.map((one) => one.five)), 0),
      unit: 'ms',
    },
  ]
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits))
