// Questions to the ledger, and a person's word on a doubtful step.
import { existsSync } from 'node:fs'
import { systemClock, type Clock } from '../facts/clock.ts'
import type { Mailbox } from '../mail/index.ts'
import type { Flow } from './contract.ts'
import { FlowError } from './flow-error.ts'
import { takeRunLock } from './run-lock.ts'
import type {
  FlowKey,
  Ledger,
  MessageState,
  OutcomeCounts,
  RunRow,
  StepKind,
  StepState,
} from './store/contract.ts'
import { openLedger } from './store/sqlite.ts'
import { checkWhere, scopeBounds, type ConditionReport } from './where.ts'

/** Newest first; none where there is no ledger. `endedAtMs` is undefined of a run that is at work or died. */
export function listRuns(ledgerFile: string): RunRow[] {
  return withLedger(ledgerFile, (ledger) => ledger.runs(), [])
}

/** What has become of all messages of a flow so far, over all runs. */
export function countOutcomes(ledgerFile: string, key: FlowKey): OutcomeCounts {
  const none = { open: 0, handled: 0, skipped: 0, failed: 0, doubtful: 0 }
  return withLedger(ledgerFile, (ledger) => ledger.counts(key), none)
}

export interface Explanation {
  readonly messageId: string
  readonly subject: string | undefined
  readonly generations: readonly {
    readonly flow: string
    readonly generation: number
    readonly state: MessageState
    readonly reason: string | undefined
    readonly steps: readonly {
      readonly id: string
      readonly name: string
      readonly kind: StepKind
      readonly state: StepState
      readonly result: unknown
      readonly draftId: string | undefined
      readonly intendedAtMs: number
      readonly endedAtMs: number | undefined
    }[]
  }[]
  /** Each condition of the flow's `where`, when flow and mailbox were given and the message is there. */
  readonly conditions: readonly ConditionReport[]
  /** The whole in plain words. */
  readonly sentences: readonly string[]
}

/**
 * Why a message is where it is: what the ledger knows, and, with a flow and its mailbox, which conditions hold now.
 *
 * @throws {FlowError} `flow/no-such-message`
 */
export async function explainMessage(o: {
  readonly ledgerFile: string
  readonly messageId: string
  readonly flow?: Flow
  readonly mailbox?: Mailbox
  readonly clock?: Clock
}): Promise<Explanation> {
  const generations = withLedger(o.ledgerFile, (ledger) => readGenerations(ledger, o), [])
  const message = await o.mailbox?.getMessageIfThere(o.messageId, { headers: true })
  if (generations.length === 0 && message === undefined) {
    throw new FlowError('flow/no-such-message', 'neither the ledger nor the mailbox knows that message', {
      fix: 'Take the id from `letterlock mail list --json` or from a run’s summary.',
    })
  }
  const conditions =
    o.flow === undefined || message === undefined
      ? []
      : checkWhere(o.flow.where, message, scopeBounds(o.flow.where, (o.clock ?? systemClock).nowMs()))
  const folder = await folderCondition(o, message?.parentFolderId)
  const all = folder === undefined ? conditions : [folder, ...conditions]
  return {
    messageId: o.messageId,
    subject: message?.subject ?? generations[0]?.subject,
    generations,
    conditions: all,
    sentences: [...generations.flatMap(sayGeneration), ...all.map(sayCondition)],
  }
}

async function folderCondition(
  o: { flow?: Flow; mailbox?: Mailbox },
  parentFolderId: string | undefined,
): Promise<ConditionReport | undefined> {
  if (o.flow === undefined || o.mailbox === undefined || parentFolderId === undefined) return undefined
  const wanted = o.flow.where.folder
  const { id } = await o.mailbox.folderByPath(wanted)
  const holds = id === parentFolderId
  return { condition: 'folder', wanted, found: holds ? wanted : 'another folder', holds }
}

type Generation = Explanation['generations'][number] & { readonly subject: string }

function readGenerations(ledger: Ledger, o: { messageId: string; flow?: Flow }): Generation[] {
  return ledger.generations(o.messageId, o.flow?.name).map((row) => ({
    flow: row.flow,
    generation: row.generation,
    state: row.state,
    reason: row.reason,
    subject: row.subject,
    steps: ledger.steps(row.row).map((step) => ({
      id: step.id,
      name: step.name,
      kind: step.kind,
      state: step.state,
      result: step.result,
      draftId: step.draftId,
      intendedAtMs: step.intendedAtMs,
      endedAtMs: step.endedAtMs,
    })),
  }))
}

function sayGeneration(generation: Generation): string[] {
  const words = {
    open: 'begun and not ended',
    handled: 'handled',
    skipped: 'skipped',
    failed: 'failed',
    doubtful: 'doubtful',
  }
  const again = generation.generation > 1 ? ` (time ${generation.generation})` : ''
  const why = generation.reason === undefined ? '' : `: ${generation.reason}`
  return [
    `flow ${generation.flow}${again}: ${words[generation.state]}${why}`,
    ...generation.steps.map((step) => `  ${step.kind} ${JSON.stringify(step.name)}: ${sayStep(step)}`),
  ]
}

function sayStep(step: Generation['steps'][number]): string {
  if (step.state === 'done')
    return step.result === 'changed-by-other' ? 'left alone, changed by someone else' : 'done'
  if (step.state === 'intent') return 'begun; looked up when the flow runs again'
  if (step.state === 'created') return 'its draft is made and not sent'
  if (step.state === 'sending')
    return `being sent, or sent: looked up when the flow runs again (step ${step.id})`
  return `doubtful: letterlock settle ${step.id.slice(0, 12)} --sent, or --resend`
}

function sayCondition(report: ConditionReport): string {
  return `${report.holds ? 'holds' : 'does not hold'}: ${report.condition} ${report.wanted} (found: ${report.found})`
}

export interface Settled {
  readonly stepId: string
  readonly flow: string
  readonly messageId: string
  readonly name: string
  readonly answer: 'sent' | 'resend'
}

/**
 * Takes a person's word on a doubtful step: it left, or it is to be sent once more. The next run goes on from there.
 *
 * @param stepId The id, or its beginning (6 characters or more) where that is enough.
 * @throws {FlowError} `flow/no-such-step`, `flow/not-doubtful`, `flow/already-running`
 */
export function settle(
  ledgerFile: string,
  stepId: string,
  answer: 'sent' | 'resend',
  o: { readonly clock?: Clock } = {},
): Settled {
  const nowMs = (o.clock ?? systemClock).nowMs()
  const found = withLedger(ledgerFile, (ledger) => ledger.findSteps(stepId), [])
  const [step] = found
  if (step === undefined || found.length > 1 || stepId.length < 6) {
    const many = found.length > 1 ? 'more than one step' : 'no step'
    throw new FlowError('flow/no-such-step', `${many} has an id that begins with ${JSON.stringify(stepId)}`, {
      fix: 'Take the id from the summary of the run or from `letterlock explain`.',
    })
  }
  const lock = takeRunLock(ledgerFile, step.key)
  try {
    const ledger = openLedger(ledgerFile)
    try {
      if (step.state !== 'doubtful' && step.state !== 'sending') {
        throw new FlowError('flow/not-doubtful', `step ${JSON.stringify(step.name)} is not doubtful`, {
          fix: 'Nothing needs to be done about it.',
        })
      }
      // To be sent again: the recorded draft if it is there, another only because a person said so.
      const change =
        answer === 'sent'
          ? { state: 'done' as const, result: 'sent', endedAtMs: nowMs }
          : { state: 'intent' as const, sends: 0, doubtSinceMs: null }
      ledger.settleStep(step.id, change, { row: step.messageRow, nowMs })
    } finally {
      ledger.close()
    }
  } finally {
    lock.release()
  }
  return { stepId: step.id, flow: step.key.flow, messageId: step.messageId, name: step.name, answer }
}

function withLedger<T>(file: string, ask: (ledger: Ledger) => T, none: T): T {
  if (!existsSync(file)) return none
  const ledger = openLedger(file)
  try {
    return ask(ledger)
  } finally {
    ledger.close()
  }
}
