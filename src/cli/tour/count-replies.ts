import type { Control, TenantUser } from '../tenant-control.ts'

/** A reply as a recipient has it. */
interface Reply {
  readonly from?: string | { readonly address?: string } | null
  readonly to?: unknown
  readonly subject?: string | null
  readonly internetMessageId?: string | null
  readonly inReplyTo?: string | null
}

export interface CountedReplies {
  /** Copies that recipients have. */
  readonly received: number
  /** Messages that were answered. */
  readonly answered: number
  /** Copies beyond one for each message, by recipient. Mail from the wild may share a Message-ID: each such message counts. */
  readonly repeated: number
}

/** Counts what `sender` sent where it arrived: in the Inboxes of the tenant's own people, and in the mail that left it. */
export async function countReplies(control: Control, sender: string): Promise<CountedReplies> {
  const users = await control.call<TenantUser[]>('GET', 'users')
  const inboxes = users.filter((user) => user.mailboxKind !== 'none' && !same(user.userPrincipalName, sender))
  const lists = await Promise.all([
    control.call<Reply[]>('GET', 'outbound'),
    ...inboxes.map((user) =>
      control.call<Reply[]>(
        'GET',
        `mailboxes/${encodeURIComponent(user.userPrincipalName)}/messages?folder=Inbox`,
      ),
    ),
  ])
  const originals = await countOriginals(control, sender)
  const copies = new Map<string, { count: number; due: number }>()
  for (const [place, list] of lists.entries()) {
    for (const reply of list) {
      if (!same(addressOf(reply.from), sender) || !reply.inReplyTo) continue
      const recipient = place === 0 ? JSON.stringify(reply.to) : place
      const key = `${recipient}\n${reply.inReplyTo}`
      const due = originals.get(reply.inReplyTo) ?? 1
      copies.set(key, { count: (copies.get(key)?.count ?? 0) + 1, due })
    }
  }
  const counts = [...copies.values()]
  const sumOf = (value: (one: { count: number; due: number }) => number): number =>
    counts.reduce((sum, one) => sum + value(one), 0)
  return {
    received: sumOf((one) => one.count),
    answered: sumOf((one) => Math.min(one.count, one.due)),
    repeated: sumOf((one) => Math.max(0, one.count - one.due)),
  }
}

/** How many messages of the mailbox carry each Message-ID, wherever the flow has filed them. */
async function countOriginals(control: Control, mailbox: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const folder of ['Inbox', 'Inbox/Booked', 'Inbox/Needs a person']) {
    const path = `mailboxes/${encodeURIComponent(mailbox)}/messages?folder=${encodeURIComponent(folder)}`
    const messages = await control.call<Reply[]>('GET', path).catch(() => [])
    for (const { internetMessageId } of messages)
      if (internetMessageId) counts.set(internetMessageId, (counts.get(internetMessageId) ?? 0) + 1)
  }
  return counts
}

function addressOf(from: Reply['from']): string {
  const text = typeof from === 'string' ? from : (from?.address ?? '')
  return /<([^>]+)>/.exec(text)?.[1] ?? text
}

function same(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase()
}
