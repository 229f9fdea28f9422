import type { Mailbox, Message } from '../mail/index.ts'
import type { Where } from './contract.ts'
import { isInScope, type ScopeBounds } from './where.ts'

export interface ScopeEntry {
  readonly id: string
  readonly receivedAtMs: number
}

const pageSize = 250
const fields = [
  'id',
  'receivedDateTime',
  'isRead',
  'subject',
  'from',
  'sender',
  'toRecipients',
  'ccRecipients',
  'hasAttachments',
  'importance',
  'categories',
]

/**
 * The ids that `where` names, oldest first, each once. Walks by date: every request asks for "received at or after the
 * newest seen", so messages that leave the folder meanwhile shift nothing.
 */
export async function takeSnapshot(
  mailbox: Mailbox,
  where: Where,
  o: { bounds: ScopeBounds; folderId: string; signal?: AbortSignal },
): Promise<ScopeEntry[]> {
  const seen = new Set<string>()
  const found: ScopeEntry[] = []
  let since = o.bounds.sinceMs
  for (;;) {
    o.signal?.throwIfAborted()
    let newestMs = since ?? -Infinity
    let rows = 0
    let isNew = false
    for await (const message of listFrom(mailbox, where, { ...o, sinceMs: since })) {
      rows += 1
      const receivedAtMs = Date.parse(message.receivedDateTime)
      newestMs = Math.max(newestMs, receivedAtMs)
      if (!seen.has(message.id)) {
        isNew = true
        seen.add(message.id)
        if (isInScope(where, message, o.bounds)) found.push({ id: message.id, receivedAtMs })
      }
      // Within one instant the date cannot move on, so the page is followed by the next.
      if (rows >= pageSize && newestMs > (since ?? -Infinity)) break
    }
    // A short page or a missing nextLink proves nothing (docs-contrib#7980).
    if (!isNew) return found
    since = newestMs
  }
}

function listFrom(
  mailbox: Mailbox,
  where: Where,
  o: { bounds: ScopeBounds; folderId: string; sinceMs: number | undefined },
): AsyncIterable<Message> {
  return mailbox.listMessages({
    folder: where.folder,
    filter: {
      ...(where.unread === undefined ? {} : { unread: where.unread }),
      ...(o.sinceMs === undefined ? {} : { since: new Date(o.sinceMs) }),
      ...(o.bounds.untilMs === undefined ? {} : { until: new Date(o.bounds.untilMs) }),
    },
    select: fields,
    orderBy: 'receivedDateTime asc',
    pageSize,
  })
}
