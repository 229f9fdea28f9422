// `npm run chaos -- stampede`: many processes at once, one expired token, refresh tokens that serve once.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { installPeers } from '../install-peers.ts'
import type { Report } from '../report.ts'
import { type GatedProcess, startGated } from './gated-process.ts'
import { openRefreshLab, peerSettings, type RefreshLab } from './refresh-lab.ts'

export interface StampedeOptions {
  readonly processes: number
  /** Also run msal-node with its file cache, the same way. */
  readonly peer: boolean
  log(line: string): void
}

interface Answer {
  readonly ok: boolean
  readonly code?: string
}

interface Stampede {
  readonly requests: number
  readonly failures: number
  readonly lastAnswerMs: number
}

const here = fileURLToPath(new URL('stampede/', import.meta.url))

/** One request and no failure, or the check fails. How much sooner than msal-node is a figure. */
export async function chaosStampede(o: StampedeOptions): Promise<Report> {
  await using lab = await openRefreshLab({ singleUseRefreshTokens: true })
  lab.expire()
  const ours = await stampede(lab, o, [join(here, 'worker.ts'), lab.home])
  const counts = {
    'processes at once': o.processes,
    'token requests': ours.requests,
    failures: ours.failures,
  }
  const ok = ours.requests === 1 && ours.failures === 0
  const last = { name: 'last answer', value: Math.round(ours.lastAnswerMs), unit: 'ms' }
  if (!o.peer) return { ok, counts, figures: [last] }
  const theirs = await peerStampede(lab, o)
  const ratio = Math.round((theirs.lastAnswerMs / ours.lastAnswerMs) * 10) / 10
  return {
    ok,
    counts: {
      ...counts,
      'msal-node: token requests': theirs.requests,
      'msal-node: failures': theirs.failures,
    },
    figures: [{ ...last, peer: 'msal-node, file cache', peerValue: Math.round(theirs.lastAnswerMs), ratio }],
  }
}

/** All are loaded and wait; then they start at the same moment, and the clock runs until the last has answered. */
async function stampede(lab: RefreshLab, o: StampedeOptions, args: readonly string[]): Promise<Stampede> {
  const workers: GatedProcess<Answer>[] = []
  while (workers.length < o.processes) {
    const batch = Array.from({ length: Math.min(8, o.processes - workers.length) }, () =>
      startGated<Answer>(args),
    )
    workers.push(...(await Promise.all(batch)))
  }
  await lab.tokenRequests()
  const began = performance.now()
  for (const worker of workers) worker.go()
  const answers = await Promise.all(workers.map(({ answer }) => answer))
  const lastAnswerMs = performance.now() - began
  await Promise.all(workers.map(({ ended }) => ended))
  const failed = answers.filter((answer) => !answer?.ok)
  for (const code of new Set(failed.map((answer) => answer?.code ?? 'no answer')))
    o.log(`  a failure: ${code}`)
  return { requests: await lab.tokenRequests(), failures: failed.length, lastAnswerMs }
}

async function peerStampede(lab: RefreshLab, o: StampedeOptions): Promise<Stampede> {
  installPeers(new URL('stampede/peer/', import.meta.url))
  const file = join(lab.home, 'msal-cache.json')
  const { tokens } = await lab.signIn()
  const settings = peerSettings(lab)
  const worker = join(here, 'peer', 'worker.mjs')
  const seed = JSON.stringify({ ...settings, seed: tokens.refreshToken!.reveal() })
  const seeded = spawnSync(process.execPath, [worker, file, seed], { encoding: 'utf8' })
  if (seeded.status !== 0) throw new Error(`msal-node was not signed in: ${seeded.stderr}`)
  const cache = JSON.parse(readFileSync(file, 'utf8')) as {
    AccessToken: Record<string, Record<string, string>>
  }
  for (const token of Object.values(cache.AccessToken)) {
    const past = String(Math.floor(Date.now() / 1000) - 10)
    Object.assign(token, { expires_on: past, extended_expires_on: past })
    delete token['refresh_on']
  }
  writeFileSync(file, JSON.stringify(cache))
  return stampede(lab, o, [worker, file, JSON.stringify(settings)])
}
