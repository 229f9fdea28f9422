import type { Message } from '../mail/index.ts'
import type { Outcome } from './contract.ts'
import { endStep, type StepContext } from './context.ts'
import { isConflict, isNotFound } from './outcome-of-error.ts'

export interface Mark<T> {
  read(message: Message): T
  write(value: T): Promise<unknown>
}

/** Sets one property. Where an earlier try may have been there, it looks: a third value is somebody else's and stays. */
export async function performMark<T>(context: StepContext, mark: Mark<T>, wanted: T): Promise<Outcome> {
  const { run, row } = context
  if (!context.isFresh) {
    const now = await run.mailbox.getMessageIfThere(row.messageId)
    if (now === undefined) return end(context, 'changed-by-other')
    if (mark.read(now) === wanted) return end(context, 'done')
    const before = (context.step.before as { value: T }).value
    if (mark.read(now) !== before) return end(context, 'changed-by-other')
  }
  try {
    await mark.write(wanted)
  } catch (error) {
    if (isNotFound(error)) return end(context, 'changed-by-other')
    throw error
  }
  return end(context, 'done')
}

const maxTries = 6

/** Reads, adds, and writes under If-Match; when somebody was quicker, reads again. */
export async function performCategorise(context: StepContext, wanted: readonly string[]): Promise<Outcome> {
  const { run, row } = context
  for (let attempt = 1; ; attempt += 1) {
    const now = await run.mailbox.getMessageIfThere(row.messageId)
    if (now === undefined) return end(context, 'changed-by-other')
    const has = new Set(now.categories.map((name) => name.toLowerCase()))
    const added = wanted.filter((name) => !has.has(name.toLowerCase()))
    if (added.length === 0) return end(context, 'done')
    // Graph's etag is the changeKey in quotes.
    const ifMatch = now.etag || `W/"${now.changeKey}"`
    try {
      await run.mailbox.setCategories(row.messageId, [...now.categories, ...added], { ifMatch })
      return end(context, 'done')
    } catch (error) {
      if (isNotFound(error)) return end(context, 'changed-by-other')
      if (!isConflict(error) || attempt >= maxTries) throw error
    }
  }
}

function end(context: StepContext, outcome: Outcome): Outcome {
  endStep(context, outcome)
  return outcome
}
