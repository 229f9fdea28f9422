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
  /** Different messages that were answered. */
  readonly answered: number
  /** Copies beyond the first for the same message and recipient. */
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
  const copies = new Map<string, number>()
  const answered = new Set<string>()
  for (const [place, list] of lists.entries()) {
    for (const reply of list) {
      if (!same(addressOf(reply.from), sender) || !reply.inReplyTo) continue
      const recipient = place === 0 ? JSON.stringify(reply.to) : place
      const key = `${recipient}\n${reply.inReplyTo}`
      copies.set(key, (copies.get(key) ?? 0) + 1)
      answered.add(reply.inReplyTo)
    }
  }
  const counts = [...copies.values()]
  const received = counts.reduce((sum, count) => sum + count, 0)
  return { received, answered: answered.size, repeated: received - counts.length }
}

function addressOf(from: Reply['from']): string {
  const text = typeof from === 'string' ? from : (from?.address ?? '')
  return /<([^>]+)>/.exec(text)?.[1] ?? text
}

function same(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase()
}
