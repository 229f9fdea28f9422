import type { Outcome } from './contract.ts'
import { endStep, type StepContext } from './context.ts'
import { certainlyNotDone, isNotFound } from './outcome-of-error.ts'

interface MoveBefore {
  readonly from: string
  readonly changeKey: string
}

const maxTries = 4

/**
 * Moves the message. Tried again only while it still lies where it lay when the intent was written: in the destination it
 * is done, anywhere else somebody else had it.
 */
export async function performMove(context: StepContext, destination: string): Promise<Outcome> {
  const { run, row, step } = context
  const before = step.before as MoveBefore
  let mustLook = !context.isFresh
  for (let attempt = 1; ; attempt += 1) {
    if (mustLook) {
      const there = await run.mailbox.getMessageIfThere(row.messageId)
      const found = there?.parentFolderId
      if (found === destination) return end(context, 'done', destination)
      if (found !== before.from) return end(context, 'changed-by-other', found)
    }
    if (before.from === destination) return end(context, 'done', destination)
    try {
      const moved = await run.mailbox.move(row.messageId, destination)
      return end(context, 'done', moved.parentFolderId || destination)
    } catch (error) {
      if (isNotFound(error)) return end(context, 'changed-by-other', undefined)
      if (certainlyNotDone(error) || attempt >= maxTries) throw error
      mustLook = true
    }
  }
}

function end(context: StepContext, outcome: Outcome, folderId: string | undefined): Outcome {
  if (folderId !== undefined) context.folderId = folderId
  endStep(context, outcome)
  return outcome
}
