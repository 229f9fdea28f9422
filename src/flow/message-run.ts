import type { Message } from '../mail/index.ts'
import type { Flow, FlowMessage } from './contract.ts'
import {
  DoubtfulStep,
  Interrupted,
  SkipMessage,
  stopIfAsked,
  waitAside,
  type MessageContext,
  type RunContext,
  type StepContext,
} from './context.ts'
import { finishSending } from './draft-step.ts'
import { FlowError } from './flow-error.ts'
import { describeError, isFatal } from './outcome-of-error.ts'
import { createSteps, onFailureStep, StepRunner } from './steps.ts'
import type { FirstSeen, MessageRow, MessageState, StepRow } from './store/contract.ts'

export interface MessageResult {
  readonly id: string
  readonly subject: string
  readonly state: Exclude<MessageState, 'open'>
  readonly reason?: string
  /** The doubtful step, for `settle`. */
  readonly stepId?: string
}

/** `gone`: no longer there or no longer in scope when its turn came. `left`: begun and not ended, or not begun. */
export type Ending = MessageResult | 'gone' | 'left'

const firstRetryMs = 1_000
const longestRetryMs = 60_000

/**
 * Works on one message until it has ended, trying again with growing pauses. Ends as `left` when the run is to stop.
 *
 * @param o.isInScope Asked of a message that is not begun yet.
 */
export async function runMessage(
  run: RunContext,
  flow: Flow,
  o: { id: string; isAgain: boolean; isInScope: (message: Message) => boolean },
): Promise<Ending> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptMessage(run, flow, { ...o, attempt })
    } catch (error) {
      if (error instanceof Interrupted) return 'left'
      const row = run.ledger.message(run.key, o.id)
      if (isFatal(error)) throw error
      if (error instanceof SkipMessage && row)
        return end(run, row, { state: 'skipped', reason: error.reason, attempt })
      if (error instanceof DoubtfulStep && row) {
        return end(run, row, { state: 'doubtful', reason: error.message, stepId: error.stepId, attempt })
      }
      const isChanged = error instanceof FlowError && error.code === 'flow/step-changed'
      if (isChanged || attempt >= flow.onFailure.attempts)
        return failMessage(run, flow, { ...o, error, attempt })
      const inMs = Math.min(firstRetryMs * 2 ** (attempt - 1), longestRetryMs)
      run.report({ kind: 'retrying', messageId: o.id, why: describeError(error), attempt, inMs })
      try {
        await waitAside(run, inMs)
      } catch {
        return 'left'
      }
    }
  }
}

async function attemptMessage(
  run: RunContext,
  flow: Flow,
  o: { id: string; isAgain: boolean; isInScope: (message: Message) => boolean; attempt: number },
): Promise<Ending> {
  stopIfAsked(run)
  let row = run.ledger.message(run.key, o.id)
  const message = await run.mailbox.getMessageIfThere(o.id, { body: 'text', headers: true })
  const isBegun = row !== undefined && isUnfinished(row)
  if (message === undefined) return isBegun ? endGone(run, row!, o.attempt) : 'gone'
  if (!isBegun) {
    if (row !== undefined && !o.isAgain) return 'gone'
    if (!o.isAgain && !o.isInScope(message)) return 'gone'
    row = run.ledger.openMessage(run.key, {
      messageId: o.id,
      generation: (row?.generation ?? 0) + 1,
      subject: message.subject,
      sender: message.from?.address ?? '',
      firstSeen: firstSeenOf(message),
      runId: run.runId,
      nowMs: run.clock.nowMs(),
    })
  }
  const context: MessageContext = { run, row: row!, message, folderId: message.parentFolderId }
  const runner = new StepRunner(context)
  try {
    await flow.each(asFirstSeen(message, row!.firstSeen), createSteps(context, runner))
  } catch (error) {
    // What a step threw comes first: the flow may have wrapped it.
    await runner.end()
    throw error
  }
  await runner.end()
  return end(run, row!, { state: 'handled', attempt: o.attempt, reason: changesByOthers(run, row!) })
}

export function isUnfinished(row: MessageRow): boolean {
  return row.state === 'open' || row.state === 'doubtful' || (row.state === 'failed' && !row.isPutAside)
}

function changesByOthers(run: RunContext, row: MessageRow): string | undefined {
  const names = run.ledger
    .steps(row.row)
    .filter((step) => step.result === 'changed-by-other')
    .map((step) => step.name)
  return names.length === 0 ? undefined : `changed by someone else: ${names.join(', ')} left as it was`
}

function firstSeenOf(message: Message): FirstSeen {
  return {
    isRead: message.isRead,
    categories: message.categories,
    flagStatus: message.flag.flagStatus,
    parentFolderId: message.parentFolderId,
  }
}

function asFirstSeen(message: Message, first: FirstSeen): FlowMessage {
  return {
    ...message,
    isRead: first.isRead,
    categories: [...first.categories],
    flag: { flagStatus: first.flagStatus },
    parentFolderId: first.parentFolderId,
  }
}

/** The message was deleted under way. What was being sent is settled all the same; drafts not sent are taken back. */
async function endGone(run: RunContext, row: MessageRow, attempt: number): Promise<Ending> {
  for (const step of run.ledger.steps(row.row)) {
    if (step.state === 'created') await run.mailbox.deleteDraft(step.draftId!)
    else if (step.draftId !== undefined && step.state !== 'done')
      await finishSending(stepOfGone(run, row, step))
  }
  run.tally.changedByOther += 1
  return end(run, row, { state: 'skipped', reason: 'gone before it was finished', attempt })
}

function stepOfGone(run: RunContext, row: MessageRow, step: StepRow): StepContext {
  const message = { id: row.messageId, subject: row.subject } as Message
  return { run, row, message, folderId: '', step, isFresh: false }
}

function end(
  run: RunContext,
  row: MessageRow,
  o: {
    state: Exclude<MessageState, 'open'>
    reason?: string | undefined
    stepId?: string
    attempt: number
    isPutAside?: boolean
  },
): MessageResult {
  run.ledger.endMessage(row.row, {
    state: o.state,
    reason: o.reason,
    attempts: o.attempt,
    isPutAside: o.isPutAside ?? false,
    runId: run.runId,
    nowMs: run.clock.nowMs(),
  })
  return {
    id: row.messageId,
    subject: row.subject,
    state: o.state,
    ...(o.reason === undefined ? {} : { reason: o.reason }),
    ...(o.stepId === undefined ? {} : { stepId: o.stepId }),
  }
}

async function failMessage(
  run: RunContext,
  flow: Flow,
  o: { id: string; error: unknown; attempt: number },
): Promise<Ending> {
  const reason = describeError(o.error)
  const row = run.ledger.message(run.key, o.id)
  // It could not even be read: named in this run, and met again in the next.
  if (row === undefined) return { id: o.id, subject: '', state: 'failed', reason }
  const unsettled = run.ledger.steps(row.row).find((step) => step.state === 'sending')
  if (unsettled !== undefined) {
    const why = `whether ${unsettled.kind} ${JSON.stringify(unsettled.name)} left could not be looked up: ${reason}`
    return end(run, row, { state: 'doubtful', reason: why, stepId: unsettled.id, attempt: o.attempt })
  }
  const isChanged = o.error instanceof FlowError && o.error.code === 'flow/step-changed'
  const isPutAside = !isChanged && (await putAside(run, flow, row))
  return end(run, row, { state: 'failed', reason, attempt: o.attempt, isPutAside })
}

/** Moving may fail too; then the message stays where it is and is tried again by the next run. */
async function putAside(run: RunContext, flow: Flow, row: MessageRow): Promise<boolean> {
  const folder = flow.onFailure.move
  if (folder === undefined) return false
  try {
    const message = await run.mailbox.getMessageIfThere(row.messageId)
    if (message === undefined) return false
    const context: MessageContext = { run, row, message, folderId: message.parentFolderId }
    const runner = new StepRunner(context)
    await createSteps(context, runner).move(onFailureStep, folder)
    return true
  } catch (error) {
    if (isFatal(error)) throw error
    return false
  }
}
