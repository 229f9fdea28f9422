import type { DirectoryUser } from '../context.ts'
import { fail } from './failures.ts'
import { dateTime } from './shape.ts'
import { visible } from './store.ts'
import type { Header, MailStore, MessageRow, Recipient } from './store.ts'

export interface OutboundMessage {
  from: string
  to: string
  subject: string
  internetMessageId: string
  inReplyTo: string | null
  acceptedAt: string
  keyHeader?: string
}

/** Every copy that left the organisation, one per outside recipient and accepted send, oldest first. */
export function listOutbound(store: MailStore): OutboundMessage[] {
  return store
    .all<{
      sender: string
      recipient: string
      subject: string
      internet_message_id: string
      in_reply_to: string | null
      accepted_ms: number
      key_header: string | null
    }>('SELECT * FROM mail_outbound ORDER BY num')
    .map((row) => ({
      from: row.sender,
      to: row.recipient,
      subject: row.subject,
      internetMessageId: row.internet_message_id,
      inReplyTo: row.in_reply_to,
      acceptedAt: new Date(row.accepted_ms).toISOString(),
      ...(row.key_header === null ? {} : { keyHeader: row.key_header }),
    }))
}

/** Whose mailbox, in any tenant: whoever asks from outside of Graph has looked the person up. */
export const ownerOf = (store: MailStore, userId: string): DirectoryUser | undefined =>
  store.context.everyone().find((one) => one.id === userId)

/** A light list of one folder, newest first, for proofs. Unlike Graph it shows hidden folders by path. */
export function inspectFolder(store: MailStore, userId: string, path: string): object[] {
  const user = ownerOf(store, userId)
  if (!user || user.mailboxKind === 'none')
    throw fail(404, 'ErrorNonExistentMailbox', 'The SMTP address has no mailbox associated with it.')
  store.folders.ensureMailbox(user.id)
  store.settleSends(user.id)
  const folder = store.folders.byPath(user.id, path, { create: false })
  if (!folder) return []
  const rows = store.all<MessageRow & { headers_json: string; in_reply_to: string | null }>(
    `SELECT m.*, b.headers_json, b.in_reply_to FROM mail_messages m JOIN mail_bodies b ON b.message = m.num
     WHERE m.folder = ? AND ${visible} ORDER BY m.received_ms DESC, m.num DESC`,
    folder.num,
    store.nowMs(),
  )
  return rows.map((row) => ({
    id: row.immutable_id,
    subject: row.subject,
    from: row.from_json === null ? null : (JSON.parse(row.from_json) as Recipient).emailAddress.address,
    to: (JSON.parse(row.to_json) as Recipient[]).map(({ emailAddress }) => emailAddress.address),
    internetMessageId: row.internet_message_id,
    inReplyTo: row.in_reply_to,
    headers: Object.fromEntries(
      (JSON.parse(row.headers_json) as Header[]).map(({ name, value }) => [name, value]),
    ),
    isDraft: row.is_draft === 1,
    isRead: row.is_read === 1,
    hasAttachments: row.has_attachments === 1,
    categories: JSON.parse(row.categories_json) as string[],
    parentFolder: folder.display_name,
    receivedDateTime: dateTime(row.received_ms),
  }))
}
