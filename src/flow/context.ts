import type { Clock } from '../facts/clock.ts'
import type { Mailbox, Message } from '../mail/index.ts'
import type { Slots } from './slots.ts'
import type { FlowKey, Ledger, MessageRow, MessageState, StepKind, StepRow } from './store/contract.ts'

export type OnDoubt = 'resend' | 'hold'

/** A draft that carries no key but may be a leftover of ours: a person decides. */
export interface Leftover {
  readonly draftId: string
  readonly subject: string
  readonly stepId: string
}

export type ProgressEvent =
  | { readonly kind: 'started'; readonly runId: string; readonly total: number }
  | {
      readonly kind: 'message'
      readonly id: string
      readonly subject: string
      readonly state: Exclude<MessageState, 'open'>
      readonly reason?: string
      readonly done: number
      readonly total: number
    }
  | {
      readonly kind: 'step'
      readonly messageId: string
      readonly subject: string
      readonly name: string
      readonly step: StepKind
      readonly outcome: string
    }
  | {
      readonly kind: 'settling'
      readonly messageId: string
      readonly stepId: string
      readonly waitMs: number
    }
  | {
      readonly kind: 'retrying'
      readonly messageId: string
      readonly why: string
      readonly attempt: number
      readonly inMs: number
    }
  | { readonly kind: 'round'; readonly round: number; readonly missing: number }

/** What every message of a run shares. */
export interface RunContext {
  readonly key: FlowKey
  readonly runId: string
  readonly mailbox: Mailbox
  readonly ledger: Ledger
  readonly clock: Clock
  /** Aborted when the person or a fatal error ends the run: the step at hand is finished, no other begun. */
  readonly stop: AbortSignal
  readonly slots: Slots
  readonly filesDir: string
  readonly settleWaitMs: number
  readonly onDoubt: OnDoubt
  readonly own: ReadonlySet<string>
  /** The id of a folder by path, made if `create`. */
  folderId(path: string, o?: { create?: boolean }): Promise<string>
  report(event: ProgressEvent): void
  readonly tally: { sent: number; changedByOther: number; leftovers: Leftover[] }
}

/** One message in one attempt. */
export interface MessageContext {
  readonly run: RunContext
  readonly row: MessageRow
  /** As it is now, unlike what the flow is shown. */
  readonly message: Message
  /** Where this attempt knows the message to be. */
  folderId: string
}

/** One step that has no outcome yet. */
export interface StepContext extends MessageContext {
  step: StepRow
  /** No earlier run or attempt got this far: there is nothing to look for. */
  readonly isFresh: boolean
}

/** Ends a message as skipped. */
export class SkipMessage extends Error {
  readonly reason: string
  constructor(reason: string) {
    super(reason)
    this.reason = reason
  }
}

/** Ends a message as doubtful. */
export class DoubtfulStep extends Error {
  readonly stepId: string
  constructor(stepId: string, why: string) {
    super(why)
    this.stepId = stepId
  }
}

/** The run is to end: the message stays begun. */
export class Interrupted extends Error {}

export function stopIfAsked(run: RunContext): void {
  if (run.stop.aborted) throw new Interrupted('the run was interrupted')
}

/** Waits without keeping other messages from their turn. */
export async function waitAside(run: RunContext, ms: number): Promise<void> {
  stopIfAsked(run)
  await run.slots.pause(async () => {
    try {
      await run.clock.sleep(ms, run.stop)
    } catch (error) {
      if (!run.stop.aborted) throw error
    }
  })
  stopIfAsked(run)
}

/** Writes a step's outcome. */
export function endStep(context: StepContext, result: unknown): void {
  const { run } = context
  context.step = run.ledger.changeStep(context.step.id, {
    state: 'done',
    result: result ?? null,
    endedAtMs: run.clock.nowMs(),
  })
  run.report({
    kind: 'step',
    messageId: context.row.messageId,
    subject: context.row.subject,
    name: context.step.name,
    step: context.step.kind,
    outcome: result === 'changed-by-other' ? result : 'done',
  })
  if (result === 'changed-by-other') run.tally.changedByOther += 1
}
