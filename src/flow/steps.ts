import { hashArguments, stepKey } from './args-hash.ts'
import { forwardMaker, replyMaker, sendMaker } from './compose.ts'
import type { Outcome, ReplyContent, SavedFile, Steps } from './contract.ts'
import { endStep, SkipMessage, stopIfAsked, type MessageContext, type StepContext } from './context.ts'
import { performSend } from './draft-step.ts'
import { FlowError } from './flow-error.ts'
import { performCategorise, performMark } from './mark-step.ts'
import { performMove } from './move-step.ts'
import { performSave } from './save-step.ts'
import type { StepKind, StepRow } from './store/contract.ts'
import { answerAddress, repliesPerSenderAndHour, whyNotToAnswer } from './storms.ts'

/** The step that puts a failed message aside: the flow itself never calls it. */
export const onFailureStep = 'onFailure.move'

export interface StepCall {
  readonly name: string
  readonly kind: StepKind
  readonly args: unknown
  /** The before-image, read when the intent is written. */
  before?(): unknown
  /** The address that a reply goes to. */
  readonly address?: string
  /** Called before the intent is written; throws where the step must not be begun. */
  guard?(): void
  perform(context: StepContext): Promise<unknown>
}

/** Runs the steps of one message in one attempt, in order, each at most once. */
export class StepRunner {
  readonly #context: MessageContext
  readonly #occurrences = new Map<string, number>()
  readonly #visited = new Set<string>()
  #last: Promise<unknown> = Promise.resolve()
  #failure: { readonly error: unknown } | undefined

  constructor(context: MessageContext) {
    this.#context = context
  }

  /** Queued behind the step before it, even where the flow forgot to await that. */
  call(step: StepCall): Promise<unknown> {
    const occurrence = this.#occurrences.get(step.name) ?? 0
    this.#occurrences.set(step.name, occurrence + 1)
    const done = this.#last.then(() => this.#perform(step, occurrence))
    this.#last = done.catch(() => undefined)
    return done
  }

  skip(reason: string): void {
    this.#failure ??= { error: new SkipMessage(reason) }
  }

  /** After the flow's function returned: waits for forgotten steps, and throws what a step threw even if it was caught. */
  async end(): Promise<void> {
    await this.#last
    if (this.#failure !== undefined) throw this.#failure.error
    const left = this.#context.run.ledger
      .steps(this.#context.row.row)
      .find(
        (step) =>
          step.state !== 'done' &&
          step.kind !== 'run' &&
          step.name !== onFailureStep &&
          !this.#visited.has(step.id),
      )
    if (left !== undefined) throw changed(left, 'was begun, and the flow no longer has it')
  }

  async #perform(step: StepCall, occurrence: number): Promise<unknown> {
    if (this.#failure !== undefined) throw this.#failure.error
    try {
      checkName(step.name)
      return await performStep(this.#context, step, { occurrence, visited: this.#visited })
    } catch (error) {
      // A flow may catch what its own function threw, nothing else.
      if (step.kind !== 'run' || isOurs(error)) this.#failure ??= { error }
      throw error
    }
  }
}

function isOurs(error: unknown): boolean {
  return (
    error instanceof FlowError || error instanceof SkipMessage || (error as Error)?.name === 'Interrupted'
  )
}

async function performStep(
  context: MessageContext,
  call: StepCall,
  o: { occurrence: number; visited: Set<string> },
): Promise<unknown> {
  const { run, row } = context
  const { flow, tid, oid } = run.key
  const id = stepKey([flow, tid, oid, row.messageId, row.generation, call.name, o.occurrence])
  o.visited.add(id)
  const argsHash = hashArguments(call.kind, call.args)
  const known = run.ledger.step(id)
  if (known !== undefined && (known.kind !== call.kind || known.argsHash !== argsHash))
    throw changed(known, 'is not what it was when it was begun')
  if (known?.state === 'done') return known.result
  stopIfAsked(run)
  if (known === undefined) call.guard?.()
  const step =
    known ??
    run.ledger.intend({
      id,
      messageRow: row.row,
      name: call.name,
      occurrence: o.occurrence,
      kind: call.kind,
      argsHash,
      before: call.before?.(),
      ...(call.address === undefined ? {} : { address: call.address }),
      runId: run.runId,
      nowMs: run.clock.nowMs(),
    })
  const stepContext: StepContext = Object.assign(Object.create(context) as MessageContext, {
    step,
    isFresh: known === undefined,
  })
  const result = await call.perform(stepContext)
  context.folderId = stepContext.folderId
  return result
}

function changed(step: StepRow, how: string): FlowError {
  return new FlowError('flow/step-changed', `step ${JSON.stringify(step.name)} ${how}`, {
    fix: 'Put the step back as it was, or begin the message again with --again.',
  })
}

function checkName(name: unknown): void {
  if (typeof name === 'string' && name !== '' && name.length <= 100) return
  throw new FlowError('flow/step-misused', 'a step needs a name as its first argument', {
    fix: "Name every step, as in step.move('file', 'Inbox/Booked').",
  })
}

/** What a flow's function is given. */
export function createSteps(context: MessageContext, runner: StepRunner): Steps {
  const { run } = context
  const { mailbox } = run
  const id = context.row.messageId
  const place = (): unknown => ({ from: context.folderId, changeKey: context.message.changeKey })
  const outcome = (call: StepCall): Promise<Outcome> => runner.call(call) as Promise<Outcome>
  const move = (name: string, kind: 'move' | 'delete', o: { folder: string; create: boolean }) =>
    outcome({
      name,
      kind,
      args: { folder: o.folder },
      before: place,
      perform: async (step) => performMove(step, await run.folderId(o.folder, { create: o.create })),
    })
  return {
    saveAttachments: (name, o) =>
      runner.call({
        name,
        kind: 'saveAttachments',
        args: { to: o.to, only: o.only },
        perform: (step) => performSave(step, o),
      }) as Promise<SavedFile[]>,
    run: <T>(name: string, work: (o: { readonly key: string }) => T | Promise<T>) =>
      runner.call({
        name,
        kind: 'run',
        args: {},
        perform: async (step) => {
          const result = toJson(name, await work({ key: step.step.id }))
          endStep(step, result)
          return result
        },
      }) as Promise<T>,
    reply: async (name, content) => {
      const address = answerAddress(context.message)
      await runner.call({
        name,
        kind: 'reply',
        args: content,
        ...(address === undefined ? {} : { address }),
        guard: () => guardReply(context, content),
        perform: (step) => performSend(step, replyMaker(step, content)),
      })
      return { to: address ?? '' }
    },
    forward: async (name, content) => {
      await runner.call({
        name,
        kind: 'forward',
        args: content,
        perform: (step) => performSend(step, forwardMaker(step, content)),
      })
    },
    send: async (name, content) => {
      await runner.call({
        name,
        kind: 'send',
        args: content,
        perform: (step) => performSend(step, sendMaker(step, content)),
      })
    },
    move: (name, folder) => move(name, 'move', { folder, create: true }),
    delete: (name) => move(name, 'delete', { folder: 'deleteditems', create: false }),
    markRead: (name, isRead = true) =>
      outcome({
        name,
        kind: 'markRead',
        args: { isRead },
        before: () => ({ value: context.message.isRead }),
        perform: (step) =>
          performMark(
            step,
            { read: (now) => now.isRead, write: (value) => mailbox.markRead(id, value) },
            isRead,
          ),
      }),
    flag: (name, status = 'flagged') =>
      outcome({
        name,
        kind: 'flag',
        args: { status },
        before: () => ({ value: context.message.flag.flagStatus }),
        perform: (step) =>
          performMark(
            step,
            { read: (now) => now.flag.flagStatus, write: (value) => mailbox.flag(id, value) },
            status,
          ),
      }),
    categorise: (name, categories) => {
      const wanted = typeof categories === 'string' ? [categories] : [...categories]
      return outcome({
        name,
        kind: 'categorise',
        args: { wanted },
        before: () => ({ categories: context.message.categories }),
        perform: (step) => performCategorise(step, wanted),
      })
    },
    skip: (reason) => runner.skip(String(reason)),
  }
}

function guardReply(context: MessageContext, content: ReplyContent): void {
  const { run, message } = context
  const address = answerAddress(message)
  const why =
    content.evenToMachines === true && address !== undefined ? undefined : whyNotToAnswer(message, run.own)
  if (why !== undefined) throw new SkipMessage(`must not be answered: ${why}`)
  const sinceMs = run.clock.nowMs() - 3_600_000
  const count = run.ledger.countReplies({ ...run.key, address: address!, sinceMs })
  if (count >= repliesPerSenderAndHour)
    throw new SkipMessage(`not answered: ${address} had ${repliesPerSenderAndHour} replies within the hour`)
}

function toJson(name: string, value: unknown): unknown {
  if (value === undefined) return undefined
  try {
    const text = JSON.stringify(value)
    if (text !== undefined) return JSON.parse(text) as unknown
  } catch {
    // Named below.
  }
  throw new FlowError('flow/result-not-json', `the result of step ${JSON.stringify(name)} is not JSON`, {
    fix: 'Return plain data: it is kept in the ledger.',
  })
}
