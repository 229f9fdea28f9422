import { existsSync } from 'node:fs'
import { systemClock } from '../facts/clock.ts'
import { mailLimits } from '../facts/limits.ts'
import type { Message } from '../mail/index.ts'
import type { SavedFile, Steps } from './contract.ts'
import { describeError } from './outcome-of-error.ts'
import type { MessageResult } from './message-run.ts'
import { isUnfinished } from './message-run.ts'
import { countReasons, countStates, ownAddresses, type RunFlowOptions, type RunSummary } from './run-flow.ts'
import { glob } from './save-step.ts'
import { takeSnapshot } from './snapshot.ts'
import type { FlowKey, Ledger } from './store/contract.ts'
import { openLedger } from './store/sqlite.ts'
import { answerAddress, repliesPerSenderAndHour, whyNotToAnswer } from './storms.ts'
import { scopeBounds } from './where.ts'

export interface PlanCost {
  readonly requests: number
  readonly sends: number
  /** Under all limits together: requests, four at a time, thirty sends a minute. */
  readonly minutes: number
}

interface Plan {
  readonly actions: string[]
  requests: number
  sends: number
  skipped: string | undefined
}

/** One request to Exchange Online, for the estimate only. */
const assumedRequestMs = 250

/** What the flow would do, without a write and without calling any `step.run`. */
export async function planRun(o: RunFlowOptions): Promise<RunSummary> {
  const clock = o.clock ?? systemClock
  const startedAtMs = clock.nowMs()
  const key: FlowKey = { flow: o.flow.name, ...o.accountKey }
  // A ledger that is not there is not made.
  const ledger = existsSync(o.ledgerFile) ? openLedger(o.ledgerFile) : undefined
  try {
    const again = new Set(typeof o.again === 'string' ? [o.again] : o.again)
    const ids = await idsToPlan(o, { ledger, key, again, nowMs: startedAtMs })
    const replies = new Map<string, number>()
    const messages: (MessageResult & { planned: string[] })[] = []
    const total = { requests: 0, sends: 0 }
    for (const id of ids.open.slice(0, o.limit ?? ids.open.length)) {
      if (o.signal?.aborted === true) break
      const message = await o.mailbox.getMessageIfThere(id, { body: 'text', headers: true })
      if (message === undefined) continue
      const planned = await planMessage(o, message, replies)
      total.requests += planned.requests
      total.sends += planned.sends
      messages.push(planned.result)
    }
    return {
      runId: 'dry-run',
      ...countStates(messages),
      changedByOther: 0,
      sentThisRun: 0,
      skippedReasons: countReasons(messages),
      messages,
      coverage: 'complete',
      alreadyHandled: ids.done,
      elapsedMs: clock.nowMs() - startedAtMs,
      gone: 0,
      newer: 0,
      resumed: ids.unfinished,
      leftovers: [],
      interrupted: o.signal?.aborted === true,
      cost: { ...total, minutes: minutesFor(total) },
    }
  } finally {
    ledger?.close()
  }
}

async function idsToPlan(
  o: RunFlowOptions,
  given: { ledger: Ledger | undefined; key: FlowKey; again: ReadonlySet<string>; nowMs: number },
): Promise<{ open: string[]; done: number; unfinished: number }> {
  const { ledger, key, again } = given
  const bounds = scopeBounds(o.flow.where, given.nowMs)
  const { id: folderId } = await o.mailbox.folderByPath(o.flow.where.folder)
  const entries = await takeSnapshot(o.mailbox, o.flow.where, { bounds, folderId })
  const isDone = (id: string): boolean => {
    const row = ledger?.message(key, id)
    return row !== undefined && !isUnfinished(row)
  }
  const unfinished = ledger?.unfinished(key).map((row) => row.messageId) ?? []
  const all = [...new Set([...unfinished, ...again, ...entries.map((entry) => entry.id)])]
  return {
    open: all.filter((id) => !isDone(id) || again.has(id)),
    done: entries.filter((entry) => isDone(entry.id)).length,
    unfinished: unfinished.length,
  }
}

async function planMessage(
  o: RunFlowOptions,
  message: Message,
  replies: Map<string, number>,
): Promise<{ result: MessageResult & { planned: string[] }; requests: number; sends: number }> {
  const plan: Plan = { actions: [], requests: 1, sends: 0, skipped: undefined }
  const about = { id: message.id, subject: message.subject, planned: plan.actions }
  let reason: string | undefined
  try {
    await o.flow.each(message, planSteps(o, { message, plan, replies }))
  } catch (error) {
    if (plan.skipped === undefined) reason = `not foreseeable from here on: ${describeError(error)}`
  }
  const result =
    plan.skipped === undefined
      ? { ...about, state: 'handled' as const, ...(reason === undefined ? {} : { reason }) }
      : { ...about, state: 'skipped' as const, reason: plan.skipped }
  return { result, requests: plan.requests, sends: plan.sends }
}

function planSteps(
  o: RunFlowOptions,
  given: { message: Message; plan: Plan; replies: Map<string, number> },
): Steps {
  const { message, plan, replies } = given
  const act = (what: string, requests: number): void => {
    if (plan.skipped !== undefined) throw new Error(plan.skipped)
    plan.actions.push(what)
    plan.requests += requests
  }
  const skip = (reason: string): void => {
    plan.skipped ??= reason
  }
  return {
    saveAttachments: async (_name, options) => {
      const only = options.only === undefined ? ['*'] : [options.only].flat()
      const files = (await o.mailbox.listAttachments(message.id)).filter(({ name, kind }) =>
        only.some((pattern) => kind !== 'reference' && glob(pattern).test(name)),
      )
      act(`save ${files.map(({ name }) => name).join(', ') || 'nothing'} to ${options.to}`, 1 + files.length)
      return files.map((file): SavedFile => ({
        name: file.name,
        path: '',
        sizeBytes: file.sizeBytes,
        sha256: '',
        contentType: file.contentType,
      }))
    },
    run: async (name) => {
      act(`run ${name}`, 0)
      return unknownResult(name) as never
    },
    reply: async (_name, content) => {
      const address = answerAddress(message)
      const why = content.evenToMachines === true ? undefined : whyNotToAnswer(message, ownAddresses(o))
      const count = replies.get(address ?? '') ?? 0
      if (why !== undefined) skip(`must not be answered: ${why}`)
      else if (count >= repliesPerSenderAndHour)
        skip(`not answered: ${address} had enough replies within the hour`)
      act(`reply to ${address}`, 3)
      replies.set(address ?? '', count + 1)
      plan.sends += 1
      return { to: address ?? '' }
    },
    forward: async (_name, content) => {
      act(`forward to ${describeRecipients(content.to)}`, 3)
      plan.sends += 1
    },
    send: async (_name, content) => {
      act(`send ${JSON.stringify(content.subject)} to ${describeRecipients(content.to)}`, 2)
      plan.sends += 1
    },
    move: async (_name, folder) => (act(`move to ${folder}`, 1), 'done'),
    markRead: async (_name, isRead = true) => (act(`mark ${isRead ? 'read' : 'unread'}`, 1), 'done'),
    flag: async (_name, status = 'flagged') => (act(`flag ${status}`, 1), 'done'),
    categorise: async (_name, names) => (act(`categorise ${[names].flat().join(', ')}`, 2), 'done'),
    delete: async () => (act('move to Deleted Items', 1), 'done'),
    skip,
  }
}

function describeRecipients(to: string | readonly (string | { address: string })[]): string {
  if (typeof to === 'string') return to
  return to.map((item) => (typeof item === 'string' ? item : item.address)).join(', ')
}

/** Stands for what only the real function would return: reads as `{name}` whatever is asked of it. */
function unknownResult(name: string): unknown {
  const label = `{${name}}`
  return new Proxy(() => label, {
    get: (_target, property) => {
      if (property === 'then') return undefined
      if (property === Symbol.toPrimitive || property === 'toString' || property === 'toJSON')
        return () => label
      return unknownResult(typeof property === 'string' ? `${name}.${property}` : name)
    },
    apply: () => label,
  })
}

function minutesFor(total: { requests: number; sends: number }): number {
  const byRequests = (total.requests * assumedRequestMs) / mailLimits.concurrentRequests / 60_000
  const bySends = Math.max(0, total.sends / mailLimits.sendsPerMinute - 1)
  const byWindow = Math.max(0, Math.ceil(total.requests / mailLimits.requestsPerWindow) - 1) * 10
  return Math.round(Math.max(byRequests, bySends, byWindow) * 10) / 10
}
