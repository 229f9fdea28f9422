import { callOf, type MailboxAccess } from './access.ts'
import type { ListIdsOptions, ListOptions, MessageRef } from './contract.ts'
import type { FolderFinder } from './folders.ts'
import { MailError } from './mail-error.ts'
import { messageFields, readMessage, type Message } from './message.ts'

export async function* listMessages(
  access: MailboxAccess,
  finder: FolderFinder,
  o: ListOptions,
): AsyncGenerator<Message> {
  const { filter = {}, top = Number.POSITIVE_INFINITY } = o
  if (top <= 0) return
  const conditions = filterOf({
    sinceMs: filter.since?.getTime(),
    untilMs: filter.until?.getTime(),
    unread: filter.unread,
  })
  const query = {
    $select: [...new Set(['id', ...(o.select ?? messageFields)])].join(','),
    $top: Math.min(top, o.pageSize ?? 100),
    $orderby: o.orderBy ?? 'receivedDateTime desc',
    $filter: conditions,
  }
  let sent = 0
  for await (const page of access.graph.pages(await messagesPath(access, finder, o), {
    ...callOf(o),
    query,
  })) {
    for (const row of page) {
      yield readMessage(row)
      sent += 1
      if (sent >= top) return
    }
  }
}

/**
 * Walks by date, not by `$skip`: each request asks for "received at or after the newest seen", so rows that leave the set
 * meanwhile shift nothing. Ids seen are left out. Ends when a request brings nothing new: a missing nextLink alone proves
 * nothing (docs-contrib#7980).
 */
export async function* listMessageIds(
  access: MailboxAccess,
  finder: FolderFinder,
  o: ListIdsOptions,
): AsyncGenerator<MessageRef> {
  const path = await messagesPath(access, finder, o)
  const seen = new Set<string>()
  let fromMs = o.sinceMs ?? 0
  for (;;) {
    const query = {
      $select: 'id,receivedDateTime',
      $top: o.pageSize ?? 250,
      $orderby: 'receivedDateTime asc',
      $filter: filterOf({ sinceMs: fromMs, untilMs: o.untilMs, unread: o.unread }),
    }
    let newestMs = fromMs
    const fresh: MessageRef[] = []
    // nextLink is followed only while whole pages share one instant, where the date cannot move on; and nothing is given out
    // meanwhile, because a caller who moves what it gets would shrink the set under `$skip`.
    for await (const page of access.graph.pages(path, { ...callOf(o), query })) {
      for (const ref of page.map(readRef)) {
        newestMs = Math.max(newestMs, ref.receivedAtMs)
        if (seen.has(ref.id)) continue
        seen.add(ref.id)
        fresh.push(ref)
      }
      if (newestMs > fromMs) break
    }
    if (fresh.length === 0) return
    yield* fresh
    fromMs = newestMs
  }
}

async function messagesPath(
  access: MailboxAccess,
  finder: FolderFinder,
  o: { folder?: string },
): Promise<string> {
  if (o.folder === undefined) return `${access.root}/messages`
  return `${access.root}/mailFolders/${encodeURIComponent(await finder.reference(o.folder, {}))}/messages`
}

/** The ordered property must stand first in the filter, or Graph answers InefficientFilter. */
function filterOf(o: {
  sinceMs: number | undefined
  untilMs: number | undefined
  unread: boolean | undefined
}): string | undefined {
  const conditions = [
    ...(o.sinceMs === undefined ? [] : [`receivedDateTime ge ${new Date(o.sinceMs).toISOString()}`]),
    ...(o.untilMs === undefined ? [] : [`receivedDateTime lt ${new Date(o.untilMs).toISOString()}`]),
    ...(o.unread === undefined ? [] : [`isRead eq ${!o.unread}`]),
  ]
  if (conditions.length === 0) return undefined
  if (!conditions[0]?.startsWith('receivedDateTime'))
    conditions.unshift('receivedDateTime ge 1970-01-01T00:00:00.000Z')
  return conditions.join(' and ')
}

function readRef(row: unknown): MessageRef {
  const { id, receivedDateTime } = row as { id?: unknown; receivedDateTime?: unknown }
  const receivedAtMs = Date.parse(String(receivedDateTime))
  if (typeof id !== 'string' || Number.isNaN(receivedAtMs)) {
    throw new MailError('mail/reply-malformed', 'Graph sent a message without id or date')
  }
  return { id, receivedAtMs }
}
