// `npm run chaos -- refresh`: the process that refreshes is killed at random instants; then the next one asks for a token.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createTokenSource, openVault, SignInError } from '../../src/signin/index.ts'
import { type Figure, median, type Report } from '../report.ts'
import { startGated } from './gated-process.ts'
import { openRefreshLab, type RefreshLab } from './refresh-lab.ts'

export interface RefreshOptions {
  /** So many under each of the two rules. */
  readonly kills: number
  log(line: string): void
}

interface Tally {
  kills: number
  usable: number
  /** Ended by name; only a server that takes each token once can do that. */
  lost: number
  hangs: number
  unnamed: number
  torn: number
  leftovers: number
  readonly nextMs: number[]
}

const worker = fileURLToPath(new URL('refresh-worker.ts', import.meta.url))
const hangMs = 10_000
/** What a vault's folder may hold; anything else would be for a person to clear away. */
const known = /^(vault\.db(-wal|-shm)?|vault\.key|refresh-[a-z0-9.-]+\.lock\.db(-journal)?)$/

export async function chaosRefresh(o: RefreshOptions): Promise<Report> {
  const keepOld = await killUnder({ singleUseRefreshTokens: false }, o)
  const singleUse = await killUnder({ singleUseRefreshTokens: true }, o)
  const sound = ({ hangs, unnamed, torn, leftovers }: Tally): boolean =>
    hangs + unnamed + torn + leftovers === 0
  return {
    ok: sound(keepOld) && sound(singleUse) && keepOld.usable === keepOld.kills,
    counts: { ...countsOf('Entra’s rule', keepOld), ...countsOf('single use', singleUse) },
    figures: [...figuresOf('Entra’s rule', keepOld), ...figuresOf('single use', singleUse)],
  }
}

async function killUnder(settings: object, o: RefreshOptions): Promise<Tally> {
  await using lab = await openRefreshLab(settings)
  const tally: Tally = {
    kills: 0,
    usable: 0,
    lost: 0,
    hangs: 0,
    unnamed: 0,
    torn: 0,
    leftovers: 0,
    nextMs: [],
  }
  while (tally.kills < o.kills) {
    // One that starts while the other runs, so that kills come quickly; each refreshes until it is killed.
    const victim = await startGated([worker, lab.home])
    victim.go()
    await setTimeout(Math.random() * 60)
    victim.child.kill('SIGKILL')
    await victim.ended
    tally.kills++
    await askNext(lab, tally, o)
    if (isTorn(lab)) tally.torn++
    tally.leftovers += readdirSync(lab.home).filter((file) => !known.test(file)).length
    if (tally.kills % 50 === 0) o.log(`  ${JSON.stringify(settings)}: ${tally.kills} kills`)
  }
  return tally
}

/** Another process would do the same: a vault of its own, and a refresh that nobody else has done. */
async function askNext(lab: RefreshLab, tally: Tally, o: RefreshOptions): Promise<void> {
  const vault = openVault(lab.home, { keychain: 'off' })
  const began = performance.now()
  try {
    const source = createTokenSource(vault, lab.accountId)
    await source.getToken({ forceRefresh: true, signal: AbortSignal.timeout(hangMs) })
    tally.usable++
  } catch (error) {
    const code = error instanceof SignInError ? error.code : String(error)
    if (code === 'signin/refresh-outcome-lost') tally.lost++
    else if (code === 'signin/aborted') tally.hangs++
    else tally.unnamed++
    if (code !== 'signin/refresh-outcome-lost') o.log(`  after a kill: ${code}`)
    await lab.signIn()
  } finally {
    tally.nextMs.push(performance.now() - began)
    vault.close()
  }
}

function isTorn(lab: RefreshLab): boolean {
  const database = new DatabaseSync(join(lab.home, 'vault.db'))
  try {
    const said = database.prepare('PRAGMA integrity_check').get()?.['integrity_check']
    return said !== 'ok' || lab.vault.read(lab.accountId) === undefined
  } catch {
    return true
  } finally {
    database.close()
  }
}

function countsOf(rule: string, tally: Tally): Record<string, number> {
  const { nextMs: _, ...counts } = tally
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [`${rule}: ${name}`, count]))
}

function figuresOf(rule: string, { nextMs }: Tally): Figure[] {
  return [
    { name: `${rule}: next call, median`, value: Math.round(median(nextMs)), unit: 'ms' },
    { name: `${rule}: next call, longest`, value: Math.round(Math.max(...nextMs)), unit: 'ms' },
  ]
}
