import { randomUUID } from 'node:crypto'
import { systemClock, type Clock } from '../facts/clock.ts'
import { mailLimits } from '../facts/limits.ts'
import type { Mailbox, Message } from '../mail/index.ts'
import type { Flow } from './contract.ts'
import type { Leftover, OnDoubt, ProgressEvent, RunContext } from './context.ts'
import { planRun, type PlanCost } from './dry-run.ts'
import { runMessage, isUnfinished, type Ending, type MessageResult } from './message-run.ts'
import { takeRunLock } from './run-lock.ts'
import { Slots } from './slots.ts'
import { takeSnapshot, type ScopeEntry } from './snapshot.ts'
import type { FlowKey, Ledger } from './store/contract.ts'
import { openLedger } from './store/sqlite.ts'
import { isInScope, scopeBounds, type ScopeBounds } from './where.ts'

export interface RunFlowOptions {
  readonly flow: Flow
  readonly mailbox: Mailbox
  /** Whose mailbox it is; with the flow's name the identity of everything in the ledger. */
  readonly accountKey: { readonly tid: string; readonly oid: string }
  readonly ledgerFile: string
  /** saveAttachments writes below it. */
  readonly filesDir: string
  readonly clock?: Clock
  /** Aborted: the steps at hand are finished, and the run ends with `interrupted`. */
  readonly signal?: AbortSignal
  readonly onProgress?: (event: ProgressEvent) => void
  /** How long an accepted send may stay hidden before the same draft is sent again. Default 600_000. */
  readonly settleWaitMs?: number
  /** Default `resend`. */
  readonly onDoubt?: OnDoubt
  /** What else the mailbox is called: mail from there is not answered. */
  readonly ownAddresses?: readonly string[]
  /** Ids of messages to begin anew although they are done. */
  readonly again?: string | readonly string[]
  /** Writes nothing, in the mailbox or on disk, and calls no `step.run`. */
  readonly dryRun?: boolean
  /** At most so many messages are begun. */
  readonly limit?: number
}

export interface RunSummary {
  readonly runId: string
  /** handled + skipped + failed + doubtful, of this run. */
  readonly inScope: number
  readonly handled: number
  readonly skipped: number
  readonly failed: number
  readonly doubtful: number
  readonly changedByOther: number
  /** Replies, forwards and sends that this run knows to have left. */
  readonly sentThisRun: number
  readonly skippedReasons: Readonly<Record<string, number>>
  readonly messages: readonly (MessageResult & { readonly planned?: readonly string[] })[]
  readonly coverage: 'complete' | { readonly incomplete: number }
  readonly alreadyHandled: number
  readonly elapsedMs: number
  /** Vanished or out of scope before their turn. */
  readonly gone: number
  /** Arrived after the snapshot: for the next run. */
  readonly newer: number
  /** Begun by an earlier run that did not end them. */
  readonly resumed: number
  readonly leftovers: readonly Leftover[]
  readonly interrupted: boolean
  readonly cost?: PlanCost
}

export const defaultSettleWaitMs = 600_000
const maxRounds = 3

/**
 * Works through the mailbox: everything in scope, each message once for ever under the flow's name. Run again after any
 * death, it goes on where that left off.
 *
 * @throws {FlowError} `flow/already-running`, `flow/ledger-unusable`, `flow/ledger-too-new`; and whatever needs a person to
 * sign in again, once no other message can go on.
 * @example
 * const summary = await runFlow({ flow, mailbox, accountKey, ledgerFile: 'ledger.db', filesDir: 'files' })
 * summary.doubtful // 0
 */
export async function runFlow(o: RunFlowOptions): Promise<RunSummary> {
  if (o.dryRun === true) return planRun(o)
  const key: FlowKey = { flow: o.flow.name, tid: o.accountKey.tid, oid: o.accountKey.oid }
  const lock = takeRunLock(o.ledgerFile, key)
  try {
    const ledger = openLedger(o.ledgerFile)
    try {
      return await runWithLedger(o, ledger)
    } finally {
      ledger.close()
    }
  } finally {
    lock.release()
  }
}

/** The run itself, for a caller that holds lock and ledger. */
export async function runWithLedger(o: RunFlowOptions, ledger: Ledger): Promise<RunSummary> {
  const clock = o.clock ?? systemClock
  const startedAtMs = clock.nowMs()
  const fatal = new AbortController()
  const run = createContext(o, {
    ledger,
    clock,
    stop: o.signal === undefined ? fatal.signal : AbortSignal.any([o.signal, fatal.signal]),
  })
  ledger.beginRun({ runId: run.runId, key: run.key, mailbox: o.flow.mailbox, nowMs: startedAtMs })
  const loop = new Loop(run, o, fatal)
  await loop.work()
  const summary = loop.summarise(clock.nowMs() - startedAtMs)
  ledger.endRun(run.runId, { nowMs: clock.nowMs(), summary: { ...summary, messages: undefined } })
  if (loop.fatalError !== undefined) throw loop.fatalError.error
  return summary
}

function createContext(
  o: RunFlowOptions,
  given: { ledger: Ledger; clock: Clock; stop: AbortSignal },
): RunContext {
  return {
    ...given,
    key: { flow: o.flow.name, tid: o.accountKey.tid, oid: o.accountKey.oid },
    runId: randomUUID(),
    mailbox: o.mailbox,
    slots: new Slots(mailLimits.concurrentRequests),
    filesDir: o.filesDir,
    settleWaitMs: o.settleWaitMs ?? defaultSettleWaitMs,
    onDoubt: o.onDoubt ?? 'resend',
    own: ownAddresses(o),
    folderId: folderBook(o.mailbox),
    report: (event) => o.onProgress?.(event),
    tally: { sent: 0, changedByOther: 0, leftovers: [] },
  }
}

/** A mailbox given by address answers for that address; `me` for the one who signs in. */
export function ownAddresses(
  o: Pick<RunFlowOptions, 'flow' | 'mailbox' | 'ownAddresses'>,
): ReadonlySet<string> {
  const names = [o.flow.mailbox, o.flow.signInAs, o.mailbox.name, ...(o.ownAddresses ?? [])]
  return new Set(names.filter((name) => name?.includes('@')).map((name) => name!.toLowerCase()))
}

/** Folder ids never change, so each path is asked for once. */
export function folderBook(mailbox: Mailbox): RunContext['folderId'] {
  const known = new Map<string, Promise<string>>()
  return (path, options = {}) => {
    const name = path.toLowerCase()
    const asked =
      known.get(name) ??
      mailbox.folderByPath(path, { create: options.create === true }).then((folder) => folder.id)
    known.set(name, asked)
    asked.catch(() => known.delete(name))
    return asked
  }
}

class Loop {
  fatalError: { readonly error: unknown } | undefined
  readonly #run: RunContext
  readonly #o: RunFlowOptions
  readonly #fatal: AbortController
  readonly #again: ReadonlySet<string>
  readonly #bounds: ScopeBounds
  readonly #results = new Map<string, MessageResult>()
  readonly #gone = new Set<string>()
  #begun = 0
  #total = 0
  #resumed = 0
  #alreadyHandled = 0
  #newer = 0
  #uncovered = 0

  constructor(run: RunContext, o: RunFlowOptions, fatal: AbortController) {
    this.#run = run
    this.#o = o
    this.#fatal = fatal
    this.#again = new Set(typeof o.again === 'string' ? [o.again] : o.again)
    this.#bounds = scopeBounds(o.flow.where, run.clock.nowMs())
  }

  async work(): Promise<void> {
    try {
      await this.#workThrough()
    } catch (error) {
      this.#stopFor(error)
    }
  }

  async #workThrough(): Promise<void> {
    const folderId = await this.#run.folderId(this.#o.flow.where.folder)
    const unfinished = this.#run.ledger.unfinished(this.#run.key).map((row) => row.messageId)
    const first = await this.#snapshot(folderId)
    const newestMs = first.reduce((newest, entry) => Math.max(newest, entry.receivedAtMs), -Infinity)
    this.#resumed = unfinished.length
    this.#alreadyHandled = first.filter((entry) => this.#isDone(entry.id)).length
    let ids = [...new Set([...unfinished, ...this.#again, ...first.map((entry) => entry.id)])]
    for (let round = 1; ; round += 1) {
      ids = ids.filter((id) => !this.#isDone(id) || this.#again.has(id))
      if (round > 1) this.#run.report({ kind: 'round', round, missing: ids.length })
      this.#total += ids.length
      if (round === 1) this.#run.report({ kind: 'started', runId: this.#run.runId, total: ids.length })
      await this.#workOn(ids, folderId)
      if (this.#run.stop.aborted) {
        this.#uncovered = ids.filter((id) => this.#isMissing(id)).length
        return
      }
      const now = await this.#snapshot(folderId)
      this.#newer = now.filter((entry) => entry.receivedAtMs > newestMs && this.#isMissing(entry.id)).length
      ids = now
        .filter((entry) => entry.receivedAtMs <= newestMs && this.#isMissing(entry.id))
        .map(({ id }) => id)
      this.#uncovered = ids.length
      if (ids.length === 0 || round >= maxRounds || this.#isAtLimit()) return
    }
  }

  #snapshot(folderId: string): Promise<ScopeEntry[]> {
    const { mailbox } = this.#run
    return takeSnapshot(mailbox, this.#o.flow.where, { bounds: this.#bounds, folderId })
  }

  #isDone(id: string): boolean {
    const row = this.#run.ledger.message(this.#run.key, id)
    return row !== undefined && !isUnfinished(row)
  }

  /** In scope, and this run has nothing to say of it. */
  #isMissing(id: string): boolean {
    return !this.#results.has(id) && !this.#gone.has(id) && !this.#isDone(id)
  }

  #isAtLimit(): boolean {
    return this.#o.limit !== undefined && this.#begun >= this.#o.limit
  }

  async #workOn(ids: readonly string[], folderId: string): Promise<void> {
    const { slots, stop } = this.#run
    const running: Promise<void>[] = []
    for (const id of ids) {
      await slots.take()
      if (stop.aborted || this.#isAtLimit()) {
        slots.give()
        break
      }
      this.#begun += 1
      running.push(this.#workOnOne(id, folderId).finally(() => slots.give()))
    }
    await Promise.all(running)
  }

  async #workOnOne(id: string, folderId: string): Promise<void> {
    const { where } = this.#o.flow
    const isHere = (message: Message): boolean =>
      message.parentFolderId === folderId && isInScope(where, message, this.#bounds)
    const isAgain = this.#again.has(id)
    try {
      this.#note(id, await runMessage(this.#run, this.#o.flow, { id, isAgain, isInScope: isHere }))
    } catch (error) {
      this.#stopFor(error)
    }
  }

  #note(id: string, ending: Ending): void {
    if (ending === 'left') return
    if (ending === 'gone') {
      this.#gone.add(id)
      this.#total -= 1
      return
    }
    this.#results.set(id, ending)
    const { state, subject, reason } = ending
    this.#run.report({
      kind: 'message',
      id,
      subject,
      state,
      ...(reason === undefined ? {} : { reason }),
      done: this.#results.size,
      total: this.#total,
    })
  }

  #stopFor(error: unknown): void {
    this.fatalError ??= { error }
    this.#fatal.abort()
  }

  summarise(elapsedMs: number): RunSummary {
    const messages = [...this.#results.values()]
    const { tally } = this.#run
    return {
      runId: this.#run.runId,
      ...countStates(messages),
      changedByOther: tally.changedByOther,
      sentThisRun: tally.sent,
      skippedReasons: countReasons(messages),
      messages,
      coverage:
        this.#uncovered === 0 && !this.#run.stop.aborted ? 'complete' : { incomplete: this.#uncovered },
      alreadyHandled: this.#alreadyHandled,
      elapsedMs,
      gone: this.#gone.size,
      newer: this.#newer,
      resumed: this.#resumed,
      leftovers: tally.leftovers,
      interrupted: this.#run.stop.aborted,
    }
  }
}

export function countStates(
  messages: readonly MessageResult[],
): Pick<RunSummary, 'inScope' | 'handled' | 'skipped' | 'failed' | 'doubtful'> {
  const count = (state: MessageResult['state']): number =>
    messages.filter((message) => message.state === state).length
  return {
    inScope: messages.length,
    handled: count('handled'),
    skipped: count('skipped'),
    failed: count('failed'),
    doubtful: count('doubtful'),
  }
}

export function countReasons(messages: readonly MessageResult[]): Record<string, number> {
  const reasons: Record<string, number> = Object.create(null) as Record<string, number>
  for (const { state, reason = 'no reason given' } of messages) {
    if (state === 'skipped') reasons[reason] = (reasons[reason] ?? 0) + 1
  }
  return { ...reasons }
}
