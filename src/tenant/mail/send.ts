import { randomUUID } from 'node:crypto'
import type { Caller, DirectoryUser } from '../context.ts'
import { fail } from './failures.ts'
import { headersOf } from './mime.ts'
import { attachmentAsNew, messageFromRows, recipientFor } from './store.ts'
import type { Header, MailStore, MessageRow, NewMessage, Recipient } from './store.ts'

const maxRecipients = 500
const maxMessageBytes = 35 * 1024 * 1024
/** A named property in this set is written as an internet header when the message leaves (MS-OXPROPS, PS_INTERNET_HEADERS). */
const internetHeadersSet = '{00020386-0000-0000-c000-000000000046}'

export interface SendOptions {
  mailbox: DirectoryUser
  caller: Caller
  saveToSentItems: boolean
}

/**
 * Accepts a draft for sending: delivers to every recipient now, in one transaction, and lets the draft itself follow
 * Exchange's slow path — visible unchanged, then not found, then in Sent Items — on the tenant's clock. A second send
 * while the draft is visible delivers a second copy, as Exchange does. Moving or deleting the draft in that time takes it
 * off the path; what was delivered stays delivered.
 *
 * @throws {GraphFailure} 400 `ErrorInvalidRecipients`, 403 `ErrorSendAsDenied`, 413 `ErrorMessageSizeExceeded`
 */
export function acceptSend(store: MailStore, row: MessageRow, options: SendOptions): void {
  if (row.is_draft !== 1)
    throw fail(400, 'ErrorInvalidRequest', 'The message is not a draft and cannot be sent.')
  const { mailbox } = options
  const draft = messageFromRows(row, store.bodyOf(row.num))
  const recipients = [...draft.to, ...draft.cc, ...draft.bcc]
  if (recipients.length === 0)
    throw fail(
      400,
      'ErrorInvalidRecipients',
      "At least one recipient is not valid., A message can't be sent because it contains no recipients.",
    )
  if (recipients.length > maxRecipients)
    throw fail(400, 'ErrorExceededMaxRecipientLimit', `A message takes at most ${maxRecipients} recipients.`)
  const attachments = store.attachmentsOf(row.num)
  const bytes = attachments.reduce(
    (sum, one) => sum + Math.ceil((one.size_bytes * 4) / 3),
    draft.body.content.length,
  )
  if (bytes > maxMessageBytes)
    throw fail(413, 'ErrorMessageSizeExceeded', 'The message exceeds the maximum supported size.')
  const { from, sender } = resolveSender(store, draft.from, options)

  store.context.transaction(() => {
    const now = store.nowMs()
    if (row.send_hidden_until_ms === null)
      startSlowPath(store, row, { now, from, sender, keep: options.saveToSentItems })
    const sent: NewMessage = {
      ...draft,
      from,
      sender,
      sentMs: now,
      receivedMs: now,
      isRead: false,
      isDraft: false,
      bcc: [],
      flag: { flagStatus: 'notFlagged' },
      categories: [],
      inference: 'focused',
      conversationId: undefined,
      attachments: attachments.map(attachmentAsNew),
      extended: [],
    }
    const custom = [...draft.headers, ...headersFromProperties(store, row.num)]
    sent.headers = headersOf({ ...sent, headers: custom })
    deliver(store, { row, sent, recipients, mailbox, now })
    store.settleSends(mailbox.id)
  })
}

/** Who the message is from: the mailbox itself, or another one the caller has Full Access to. */
export function resolveSender(
  store: MailStore,
  asked: Recipient | null,
  { mailbox, caller }: SendOptions,
): { from: Recipient; sender: Recipient } {
  const own = recipientFor(mailbox)
  if (!asked || isAddressOf(mailbox, asked)) return { from: own, sender: own }
  const other = store.context.findUser(asked.emailAddress.address)
  const onBehalfOf = caller.kind === 'user' ? caller.userId! : mailbox.id
  const mayShare = caller.kind === 'app' || caller.scopes.includes('Mail.Send.Shared')
  if (!other || !mayShare || !other.fullAccess.includes(onBehalfOf))
    throw fail(
      403,
      'ErrorSendAsDenied',
      'The user account which was used to submit this request does not have the right to send mail on behalf of the specified sending account.',
    )
  const from = recipientFor(other)
  return { from, sender: from }
}

/** The user of this process, in any tenant, an address belongs to; `undefined` for nobody here, `null` for an outside domain. */
export function localUser(store: MailStore, address: string): DirectoryUser | undefined | null {
  const lower = address.toLowerCase()
  const users = store.context.everyone()
  const known = users.find(
    (user) => user.userPrincipalName.toLowerCase() === lower || user.mail?.toLowerCase() === lower,
  )
  if (known) return known.mailboxKind === 'none' ? undefined : known
  const [local, domain] = [lower.slice(0, lower.lastIndexOf('@')), lower.slice(lower.lastIndexOf('@') + 1)]
  if (!lower.includes('@')) return undefined
  const domains = new Set(
    users.flatMap((user) => [domainOf(user.userPrincipalName), domainOf(user.mail ?? '')]),
  )
  if (domains.has(domain)) return undefined
  for (const own of domains)
    if (domain === `${own.split('.')[0]}.onmicrosoft.com`) {
      const alias = users.find((user) => user.userPrincipalName.toLowerCase() === `${local}@${own}`)
      return alias && alias.mailboxKind !== 'none' ? alias : undefined
    }
  return null
}

function startSlowPath(
  store: MailStore,
  row: MessageRow,
  send: { now: number; from: Recipient; sender: Recipient; keep: boolean },
): void {
  const settings = store.context.settings.get()
  const draw = (ms: number): number => (settings.sendJitter ? Math.floor(Math.random() * (ms + 1)) : ms)
  const visibleUntil = send.now + draw(settings.sendVisibleMs)
  store.run(
    `UPDATE mail_messages SET send_visible_until_ms = ?, send_hidden_until_ms = ?, send_accepted_ms = ?,
       send_from_json = ?, send_sender_json = ?, send_keep = ? WHERE num = ?`,
    visibleUntil,
    visibleUntil + draw(settings.sendHiddenMs),
    send.now,
    JSON.stringify(send.from),
    JSON.stringify(send.sender),
    Number(send.keep),
    row.num,
  )
}

function deliver(
  store: MailStore,
  send: { row: MessageRow; sent: NewMessage; recipients: Recipient[]; mailbox: DirectoryUser; now: number },
): void {
  const { row, sent, recipients, mailbox, now } = send
  const addresses = [
    ...new Map(recipients.map((one) => [one.emailAddress.address.toLowerCase(), one])).values(),
  ]
  const delivery = store.run(
    `INSERT INTO mail_deliveries (mailbox, message_immutable_id, internet_message_id, accepted_ms, recipients_json)
     VALUES (?,?,?,?,?)`,
    mailbox.id,
    row.immutable_id,
    sent.internetMessageId,
    now,
    JSON.stringify(addresses.map((one) => one.emailAddress.address)),
  )
  const delivered = new Set<string>()
  const unknown: Recipient[] = []
  for (const recipient of addresses) {
    const { address } = recipient.emailAddress
    const user = localUser(store, address)
    if (user === undefined) unknown.push(recipient)
    else if (user === null)
      store.run(
        `INSERT INTO mail_outbound (delivery, sender, recipient, subject, internet_message_id, in_reply_to, accepted_ms, key_header)
         VALUES (?,?,?,?,?,?,?,?)`,
        delivery,
        sent.from!.emailAddress.address,
        address,
        sent.subject,
        sent.internetMessageId,
        sent.inReplyTo,
        now,
        keyOf(store, row.num, sent.headers),
      )
    else if (!delivered.has(user.id)) {
      delivered.add(user.id)
      store.insertMessage(user.id, store.folders.wellKnown(user.id, 'inbox').num, {
        ...sent,
        headers: [{ name: 'Received', value: receivedLine(now) }, ...sent.headers],
      })
    }
  }
  if (unknown.length > 0) reportNonDelivery(store, { sent, unknown, mailbox, now })
}

/** Puts Exchange's non-delivery report into the sender's Inbox (RFC 3464 in outline: empty return path, auto-replied). */
function reportNonDelivery(
  store: MailStore,
  report: { sent: NewMessage; unknown: Recipient[]; mailbox: DirectoryUser; now: number },
): void {
  const { sent, unknown, mailbox, now } = report
  const domain = domainOf(mailbox.userPrincipalName)
  const from: Recipient = {
    emailAddress: {
      name: 'Microsoft Outlook',
      address: `MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@${domain}`,
    },
  }
  const addresses = unknown.map(({ emailAddress }) => emailAddress.address)
  const content = [
    `Your message to ${addresses.join(', ')} couldn't be delivered.`,
    '',
    ...addresses.flatMap((address) => [
      `${address} wasn't found at ${domainOf(address) || domain}.`,
      `Remote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ${address} not found by SMTP address lookup'`,
      '',
    ]),
    `Original subject: ${sent.subject}`,
  ].join('\r\n')
  const message: NewMessage = {
    ...sent,
    subject: `Undeliverable: ${sent.subject}`,
    from,
    sender: from,
    to: [recipientFor(mailbox)],
    cc: [],
    bcc: [],
    replyTo: [],
    sentMs: now,
    receivedMs: now,
    importance: 'normal',
    internetMessageId: `<${randomUUID()}@${domain}>`,
    inReplyTo: sent.internetMessageId,
    references: sent.internetMessageId,
    conversationId: undefined,
    body: { contentType: 'text', content, textAlternative: null },
    preview: content.slice(0, 255),
    attachments: [],
    extended: [],
    headers: [
      { name: 'Return-Path', value: '<>' },
      { name: 'Auto-Submitted', value: 'auto-replied' },
      { name: 'X-MS-Exchange-Message-Is-Ndr', value: '' },
      { name: 'Content-Type', value: 'multipart/report; report-type=delivery-status' },
    ],
  }
  message.headers = [...headersOf({ ...message, headers: [] }), ...message.headers]
  store.insertMessage(mailbox.id, store.folders.wellKnown(mailbox.id, 'inbox').num, message)
}

function headersFromProperties(store: MailStore, num: number): Header[] {
  return store.extendedOf(num).flatMap(({ id, value }) => {
    const [, set, name] = /^String (\{[^}]+\}) Name (.+)$/.exec(id) ?? []
    return set === internetHeadersSet && /^[!-9;-~]+$/.test(name!)
      ? [{ name: name!, value: value.replaceAll(/[\r\n]+/g, ' ') }]
      : []
  })
}
function keyOf(store: MailStore, num: number, headers: readonly Header[]): string | null {
  const header = headers.find(({ name }) => /^x-letterlock/i.test(name))
  return header?.value ?? store.extendedOf(num).find(({ id }) => /name letterlock/i.test(id))?.value ?? null
}
function isAddressOf(user: DirectoryUser, recipient: Recipient): boolean {
  const address = recipient.emailAddress.address.toLowerCase()
  return user.userPrincipalName.toLowerCase() === address || user.mail?.toLowerCase() === address
}
function receivedLine(now: number): string {
  const date = new Date(now).toUTCString().replace('GMT', '+0000')
  return `from LL0PR00MB0001.prod.outlook.com by LL0PR00MB0001.prod.outlook.com with HTTPS; ${date}`
}
const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1).toLowerCase()
