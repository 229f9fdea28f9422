import type { EmailAddress, Message } from '../mail/index.ts'
import type { TextCondition, Where } from './contract.ts'

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

/** `30d` before `nowMs`, or a date; undefined when it is neither. Unix milliseconds. */
export function parseInstant(value: string | Date, nowMs: number): number | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.getTime()
  const age = /^(\d{1,6})([mhdw])$/.exec(value)
  if (age) return nowMs - Number(age[1]) * unitMs[age[2] as keyof typeof unitMs]
  if (!/^\d{4}-\d{2}-\d{2}/.test(value)) return undefined
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : date
}

export interface ScopeBounds {
  readonly sinceMs: number | undefined
  readonly untilMs: number | undefined
}

export function scopeBounds(where: Where, nowMs: number): ScopeBounds {
  return {
    sinceMs: where.since === undefined ? undefined : parseInstant(where.since, nowMs),
    untilMs: where.until === undefined ? undefined : parseInstant(where.until, nowMs),
  }
}

export interface ConditionReport {
  readonly condition: keyof Where
  readonly wanted: string
  readonly found: string
  readonly holds: boolean
}

/** Every condition of `where` but the folder, and what the message has in its place. */
export function checkWhere(where: Where, message: Message, bounds: ScopeBounds): ConditionReport[] {
  const reports: ConditionReport[] = []
  const add = (condition: keyof Where, wanted: unknown, found: string, holds: boolean): void => {
    if (wanted !== undefined) reports.push({ condition, wanted: describe(wanted), found, holds })
  }
  const from = message.from ?? message.sender
  const to = [...message.toRecipients, ...message.ccRecipients]
  const receivedAtMs = Date.parse(message.receivedDateTime)
  add('unread', where.unread, String(!message.isRead), where.unread === !message.isRead)
  add(
    'hasAttachments',
    where.hasAttachments,
    String(message.hasAttachments),
    where.hasAttachments === message.hasAttachments,
  )
  add('subject', where.subject, message.subject, holds(where.subject, [message.subject]))
  add('from', where.from, named(from), holds(where.from, both(from)))
  add('to', where.to, to.map(named).join(', '), holds(where.to, to.flatMap(both)))
  add('importance', where.importance, message.importance, where.importance === message.importance)
  const hasCategory = message.categories.some((item) => fold(item) === fold(where.category ?? ''))
  add('category', where.category, message.categories.join(', '), hasCategory)
  add('since', where.since, message.receivedDateTime, receivedAtMs >= (bounds.sinceMs ?? -Infinity))
  add('until', where.until, message.receivedDateTime, receivedAtMs < (bounds.untilMs ?? Infinity))
  return reports
}

export function isInScope(where: Where, message: Message, bounds: ScopeBounds): boolean {
  return checkWhere(where, message, bounds).every((report) => report.holds)
}

function holds(condition: TextCondition | undefined, texts: readonly string[]): boolean {
  if (condition === undefined) return true
  const wanted = typeof condition === 'string' ? { contains: condition } : condition
  return texts.some((raw) => {
    const text = fold(raw)
    return (
      (wanted.contains === undefined || text.includes(fold(wanted.contains))) &&
      (wanted.containsAny === undefined || wanted.containsAny.some((part) => text.includes(fold(part)))) &&
      (wanted.equals === undefined || text === fold(wanted.equals)) &&
      (wanted.startsWith === undefined || text.startsWith(fold(wanted.startsWith))) &&
      // A sticky or global pattern keeps a position between calls: search() does not use it.
      (wanted.matches === undefined || raw.search(wanted.matches) >= 0)
    )
  })
}

function fold(text: string): string {
  return text.normalize('NFC').toLowerCase()
}

function both(address: EmailAddress | undefined): string[] {
  return address === undefined ? [''] : [address.address, address.name]
}

function named(address: EmailAddress | undefined): string {
  return address === undefined ? 'nobody' : address.address
}

function describe(wanted: unknown): string {
  if (wanted instanceof Date) return wanted.toISOString()
  if (typeof wanted !== 'object' || wanted === null) return String(wanted)
  return Object.entries(wanted)
    .map(([key, value]) => `${key} ${value instanceof RegExp ? String(value) : JSON.stringify(value)}`)
    .join(', ')
}
