// Send, reply and forward: one draft with the step's key, sent once. Design §7, graph-mail.md §8.
import type { Message } from '../mail/index.ts'
import { DoubtfulStep, endStep, waitAside, type StepContext } from './context.ts'
import { certainlyNotDone, isFatal } from './outcome-of-error.ts'

/** The named property by which a draft tells whose it is. */
export const keyProperty = 'String {6f3a1c0e-6c0b-4d0e-9d3b-1e7a4c9b2f10} Name letterlockStep'

const firstLookMs = 250
const longestLookMs = 30_000
const maxSends = 3

export interface DraftMaker {
  /** Makes the draft; it carries the key at the latest when this returns. */
  create(): Promise<Message>
  /** Adds what a keyed draft still lacks, after a death between. Returns the draft as it is then. */
  complete(draft: Message): Promise<Message>
  /** The conversation in which an unkeyed leftover would lie; undefined where none can be. */
  readonly conversationId: string | undefined
}

interface DraftBefore {
  readonly folderId: string
}

/** Goes on from whatever the ledger says; returns once the message has left. */
export async function performSend(context: StepContext, maker: DraftMaker): Promise<void> {
  let isFresh = context.isFresh
  for (;;) {
    const { state } = context.step
    if (state === 'intent') {
      const draft = isFresh ? await maker.create() : await findOrCreate(context, maker)
      isFresh = true
      if (!draft.isDraft) return endSent(context)
      recordDraft(context, await maker.complete(draft))
    } else if (state === 'created') {
      if (!isFresh && !(await checkDraft(context))) continue
      isFresh = true
      await send(context)
    } else if (state === 'done') {
      return
    } else {
      isFresh = true
      await settleByLooking(context)
    }
  }
}

/** The same for a message that is gone itself: nothing is made any more, what may have been sent is settled. */
export async function finishSending(context: StepContext): Promise<void> {
  const { draftId } = context.step
  if (context.step.state === 'intent' && draftId !== undefined) {
    // A person said `settle --resend`.
    const draft = await context.run.mailbox.getMessageIfThere(draftId)
    if (draft === undefined) return
    if (!draft.isDraft) return endSent(context)
    recordDraft(context, draft)
    await send(context)
  }
  while (isInDoubt(context)) await settleByLooking(context)
}

function isInDoubt(context: StepContext): boolean {
  return context.step.state === 'sending' || context.step.state === 'doubtful'
}

function recordDraft(context: StepContext, draft: Message): void {
  context.step = context.run.ledger.changeStep(context.step.id, {
    state: 'created',
    draftId: draft.id,
    draftChangeKey: draft.changeKey,
    before: { folderId: draft.parentFolderId } satisfies DraftBefore,
  })
}

function endSent(context: StepContext): void {
  endStep(context, 'sent')
  context.run.tally.sent += 1
}

/** Something of an earlier try may be there. Only drafts with our key count; others are named, never adopted. */
async function findOrCreate(context: StepContext, maker: DraftMaker): Promise<Message> {
  const { run, step } = context
  const recorded = step.draftId === undefined ? undefined : await run.mailbox.getMessageIfThere(step.draftId)
  if (recorded !== undefined && !recorded.isDraft) return recorded
  const keyed = (await run.mailbox.findByExtendedProperty('drafts', keyProperty, step.id)).filter(
    (message) => message.isDraft,
  )
  const kept = recorded ?? keyed[0]
  for (const other of keyed) if (other.id !== kept?.id) await run.mailbox.deleteDraft(other.id)
  if (kept !== undefined) return kept
  // A person may have sent the draft by hand.
  const [sent] = await run.mailbox.findByExtendedProperty('sentitems', keyProperty, step.id)
  if (sent !== undefined) return { ...sent, isDraft: false }
  if (maker.conversationId !== undefined) await nameLeftovers(context, maker.conversationId)
  return maker.create()
}

async function nameLeftovers(context: StepContext, conversationId: string): Promise<void> {
  const { run, step, message } = context
  const drafts = run.mailbox.listMessages({
    folder: 'drafts',
    filter: { since: new Date(message.receivedDateTime) },
    select: ['id', 'subject', 'conversationId', 'isDraft'],
    top: 500,
  })
  for await (const { id, subject, conversationId: itsConversation } of drafts) {
    if (itsConversation !== conversationId) continue
    const draft = await run.mailbox.getMessageIfThere(id, { expandKey: keyProperty })
    if (draft === undefined || draft.extendedProperties?.[keyProperty] !== undefined) continue
    run.tally.leftovers.push({ draftId: id, subject, stepId: step.id })
  }
}

/** After a restart: the recorded draft is still there, or the step goes back to looking for it. */
async function checkDraft(context: StepContext): Promise<boolean> {
  const { run, step } = context
  const draft = await run.mailbox.getMessageIfThere(step.draftId!)
  if (draft?.isDraft === true) {
    recordDraft(context, draft)
    return true
  }
  context.step = run.ledger.changeStep(step.id, { state: 'intent' })
  return false
}

async function send(context: StepContext): Promise<void> {
  const { run, step } = context
  context.step = run.ledger.changeStep(step.id, {
    state: 'sending',
    sends: step.sends + 1,
    doubtSinceMs: null,
  })
  try {
    await run.mailbox.sendDraft(step.draftId!)
  } catch (error) {
    if (certainlyNotDone(error)) {
      // After an earlier send in doubt, a refusal says nothing about that one.
      const state = step.sends === 0 ? 'created' : 'sending'
      context.step = run.ledger.changeStep(step.id, { state, sends: step.sends })
      throw error
    }
    context.step = run.ledger.changeStep(step.id, { doubtSinceMs: run.clock.nowMs() })
    return
  }
  endSent(context)
}

/**
 * Never creates. No longer a draft: sent. A draft, or 404: Exchange may be hiding an accepted send, so it looks until
 * `settleWaitMs` have passed since nobody could be sending any more. Then the same draft, unchanged, is sent again; or the
 * step is doubtful.
 */
async function settleByLooking(context: StepContext): Promise<void> {
  const { run } = context
  let { step } = context
  const isSettledAsDoubtful = step.state === 'doubtful'
  if (step.doubtSinceMs === undefined) {
    step = run.ledger.changeStep(step.id, { doubtSinceMs: run.clock.nowMs() })
    context.step = step
  }
  const endsAtMs = step.doubtSinceMs! + run.settleWaitMs
  for (let pauseMs = firstLookMs; ; pauseMs = Math.min(pauseMs * 2, longestLookMs)) {
    const seen = await look(context)
    if (seen.draft !== undefined && !seen.draft.isDraft) return endSent(context)
    const leftMs = endsAtMs - run.clock.nowMs()
    if (isSettledAsDoubtful || leftMs <= 0) {
      if (seen.error !== undefined) throw seen.error
      return decide(context, { draft: seen.draft, mayResend: !isSettledAsDoubtful })
    }
    const waitMs = Math.min(pauseMs, leftMs)
    run.report({ kind: 'settling', messageId: context.row.messageId, stepId: step.id, waitMs })
    await waitAside(run, waitMs)
  }
}

async function look(context: StepContext): Promise<{ draft?: Message; error?: unknown }> {
  try {
    const draft = await context.run.mailbox.getMessageIfThere(context.step.draftId!)
    return draft === undefined ? {} : { draft }
  } catch (error) {
    if (isFatal(error)) throw error
    return { error }
  }
}

async function decide(
  context: StepContext,
  seen: { draft: Message | undefined; mayResend: boolean },
): Promise<void> {
  const { run, step } = context
  const { draft } = seen
  const isUnchanged =
    draft !== undefined &&
    draft.changeKey === step.draftChangeKey &&
    draft.parentFolderId === (step.before as DraftBefore | undefined)?.folderId
  if (isUnchanged && seen.mayResend && run.onDoubt === 'resend' && step.sends < maxSends) {
    await send(context)
    return
  }
  const why =
    draft === undefined
      ? 'its draft is gone and does not show among the sent'
      : !isUnchanged
        ? 'its draft was changed by someone'
        : step.sends >= maxSends
          ? `it was sent ${step.sends} times and still shows as a draft`
          : 'its draft is unchanged, and it is held for a person'
  context.step = run.ledger.changeStep(step.id, { state: 'doubtful', result: { why } })
  throw new DoubtfulStep(
    step.id,
    `whether ${step.kind} ${JSON.stringify(step.name)} left is not known: ${why}`,
  )
}
