import * as v from 'valibot'
import type { Flow, FlowDefinition } from './contract.ts'
import { FlowError } from './flow-error.ts'
import { parseInstant } from './where.ts'

const brand = Symbol.for('letterlock.flow')

const text = v.pipe(v.string(), v.nonEmpty())
const condition = v.union([
  text,
  v.strictObject({
    contains: v.optional(text),
    containsAny: v.optional(v.pipe(v.array(text), v.minLength(1))),
    equals: v.optional(v.string()),
    startsWith: v.optional(text),
    matches: v.optional(v.instance(RegExp)),
  }),
])
const instant = v.pipe(
  v.union([v.string(), v.date()]),
  v.check((value) => parseInstant(value, 0) !== undefined, 'expected 30d, 12h, 2w or a date'),
)

const definition = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,99}$/u, 'expected a plain name')),
  mailbox: text,
  signInAs: v.optional(text),
  where: v.strictObject({
    folder: text,
    unread: v.optional(v.boolean()),
    hasAttachments: v.optional(v.boolean()),
    subject: v.optional(condition),
    from: v.optional(condition),
    to: v.optional(condition),
    importance: v.optional(v.picklist(['low', 'normal', 'high'])),
    category: v.optional(text),
    since: v.optional(instant),
    until: v.optional(instant),
  }),
  each: v.function(),
  onFailure: v.optional(
    v.strictObject({
      attempts: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(20))),
      move: v.optional(text),
    }),
  ),
})

/**
 * Checks a flow and gives it its defaults. No I/O.
 *
 * @throws {FlowError} `flow/definition-invalid`
 * @example
 * export default defineFlow({
 *   name: 'receipts',
 *   mailbox: 'me',
 *   where: { folder: 'Inbox', unread: true },
 *   each: (message, step) => step.reply('thanks', { text: 'We have it.' }),
 * })
 */
export function defineFlow(given: FlowDefinition): Flow {
  const checked = v.safeParse(definition, given)
  if (!checked.success) {
    const issue = checked.issues[0]
    const where = issue.path?.map((item) => String(item.key)).join('.') ?? 'the flow'
    throw new FlowError('flow/definition-invalid', `${where}: ${issue.message}`, {
      fix: `Correct ${where} in the flow file.`,
    })
  }
  const flow: Flow = { ...given, onFailure: { ...given.onFailure, attempts: given.onFailure?.attempts ?? 4 } }
  return Object.freeze(Object.assign(flow, { [brand]: true }))
}

/** Recognises a flow of another copy of this package too. */
export function isFlow(value: unknown): value is Flow {
  return typeof value === 'object' && value !== null && brand in value
}
