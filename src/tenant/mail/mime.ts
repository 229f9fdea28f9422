import type { Address, Attachment, Email } from 'postal-mime'
import { fail } from './failures.ts'
import { previewOf } from './html.ts'
import { newInternetMessageId } from './store.ts'
import type { Header, MailStore, MessageRow, NewAttachment, NewMessage, Recipient } from './store.ts'

/** Parses RFC 5322 bytes into a message as it would arrive. Loads postal-mime on first use. */
export async function parseMime(bytes: Uint8Array, options: { nowMs: number }): Promise<NewMessage> {
  const { default: PostalMime } = await import('postal-mime')
  const email = await PostalMime.parse(bytes, {
    forceRfc822Attachments: true,
    attachmentEncoding: 'arraybuffer',
  })
  if (email.headers.length === 0) throw new Error('no header was found: this is not a message')
  const html = email.html === undefined || email.html.trim() === '' ? undefined : email.html
  const body = html
    ? { contentType: 'html' as const, content: html, textAlternative: email.text ?? null }
    : { contentType: 'text' as const, content: email.text ?? '', textAlternative: null }
  const from = recipients(email.from ? [email.from] : [])[0] ?? null
  const sentMs = readDate(email.date) ?? options.nowMs
  return {
    subject: email.subject ?? '',
    from,
    sender: recipients(email.sender ? [email.sender] : [])[0] ?? from,
    to: recipients(email.to),
    cc: recipients(email.cc),
    bcc: recipients(email.bcc),
    replyTo: recipients(email.replyTo),
    receivedMs: receivedDate(email) ?? sentMs,
    sentMs,
    isRead: false,
    isDraft: false,
    importance: importanceOf(email),
    flag: { flagStatus: 'notFlagged' },
    categories: [],
    inference: 'focused',
    deliveryReceipt: false,
    readReceipt: false,
    internetMessageId: email.messageId?.trim() || newInternetMessageId(),
    inReplyTo: email.inReplyTo?.trim() || null,
    references: email.references?.trim() || null,
    body,
    preview: await previewOf(body),
    headers: email.headers.map(({ originalKey, value }) => ({ name: originalKey, value })),
    attachments: email.attachments.map((attachment) => readAttachment(attachment, html ?? '')),
    extended: [],
    mime: null,
  }
}

/** Decodes the base64 body of a MIME request. A second layer of base64, as the JavaScript SDK's batches add, is taken off. */
export function decodeMimeBody(text: string): Uint8Array {
  let bytes = decodeBase64(text)
  const head = bytes.subarray(0, 200)
  if (head.length > 0 && head.every((byte) => isBase64Byte(byte)))
    bytes = decodeBase64(bytes.toString('latin1'))
  return bytes
}

/** Writes a message as RFC 5322 bytes: the original ones when it was imported and is unchanged. Loads nodemailer on first use. */
export async function buildMime(store: MailStore, row: MessageRow): Promise<Uint8Array> {
  const body = store.bodyOf(row.num)
  if (body.mime) return store.blob(body.mime)
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer/index.js')
  const parse = (json: string): { name: string; address: string }[] =>
    (JSON.parse(json) as Recipient[]).map(({ emailAddress }) => emailAddress)
  const one = (json: string | null): { name: string; address: string } | undefined =>
    json ? (JSON.parse(json) as Recipient).emailAddress : undefined
  const custom = (JSON.parse(body.headers_json) as Header[]).filter(
    ({ name }) => !composedHeaders.has(name.toLowerCase()),
  )
  const from = one(row.from_json)
  const sender = one(row.sender_json)
  const composer = new MailComposer({
    ...(from ? { from } : {}),
    ...(sender && sender.address !== from?.address ? { sender } : {}),
    to: parse(row.to_json),
    cc: parse(row.cc_json),
    replyTo: parse(row.reply_to_json),
    subject: row.subject,
    date: new Date(row.sent_ms),
    messageId: row.internet_message_id,
    ...(body.in_reply_to ? { inReplyTo: body.in_reply_to } : {}),
    ...(body.reference_ids ? { references: body.reference_ids } : {}),
    headers: custom.map(({ name, value }) => ({ key: name, value })),
    ...(body.content_type === 'html'
      ? { html: body.content, ...(body.text_alternative ? { text: body.text_alternative } : {}) }
      : { text: body.content }),
    attachments: store.attachmentsOf(row.num).map((attachment) => ({
      filename: attachment.name,
      content: Buffer.from(store.blob(attachment.blob)),
      ...(attachment.content_type ? { contentType: attachment.content_type } : {}),
      ...(attachment.content_id ? { cid: attachment.content_id } : {}),
      contentDisposition: attachment.is_inline === 1 ? ('inline' as const) : ('attachment' as const),
    })),
  })
  return composer.compile().build()
}

/** What a recipient's copy says in its headers: the ones the service writes, then the sender's own. */
export function headersOf(message: NewMessage): Header[] {
  const list = (people: readonly Recipient[]): string =>
    people
      .map(({ emailAddress: { name, address } }) =>
        name === address ? `<${address}>` : `${name} <${address}>`,
      )
      .join(', ')
  const written: [string, string][] = [
    ['From', message.from ? list([message.from]) : ''],
    ['Sender', message.sender && !sameAddress(message.sender, message.from) ? list([message.sender]) : ''],
    ['To', list(message.to)],
    ['CC', list(message.cc)],
    ['Reply-To', list(message.replyTo)],
    ['Subject', message.subject],
    ['Thread-Topic', message.subject.replace(/^((re|fw|fwd):\s*)+/i, '')],
    ['Thread-Index', message.conversationIndex ?? ''],
    ['Date', new Date(message.sentMs).toUTCString().replace('GMT', '+0000')],
    ['Message-ID', message.internetMessageId],
    ['References', message.references ?? ''],
    ['In-Reply-To', message.inReplyTo ?? ''],
    ['MIME-Version', '1.0'],
  ]
  const custom = message.headers.filter(({ name }) => !composedHeaders.has(name.toLowerCase()))
  return [...written.filter(([, value]) => value !== '').map(([name, value]) => ({ name, value })), ...custom]
}

/** Cuts an mbox at its `From ` lines and takes one `>` off quoted ones (mboxrd). */
export function* splitMbox(bytes: Uint8Array): Generator<Uint8Array> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const starts: number[] = []
  for (let at = buffer.indexOf('From '); at !== -1; at = buffer.indexOf('From ', at + 5))
    if (at === 0 || (buffer[at - 1] === 10 && isBlankBefore(buffer, at))) starts.push(at)
  for (const [index, start] of starts.entries()) {
    const headerEnd = buffer.indexOf(10, start)
    if (headerEnd === -1) continue
    const message = buffer.subarray(headerEnd + 1, starts[index + 1] ?? buffer.length)
    yield unquoteFrom(message)
  }
}

export function sameAddress(one: Recipient | null, other: Recipient | null): boolean {
  return one?.emailAddress.address.toLowerCase() === other?.emailAddress.address.toLowerCase()
}

/** Headers the composer or the service writes itself; a sender's own copy of one is not kept beside it. */
const composedHeaders = new Set([
  'from',
  'sender',
  'to',
  'cc',
  'bcc',
  'reply-to',
  'subject',
  'date',
  'message-id',
  'in-reply-to',
  'references',
  'mime-version',
  'content-type',
  'content-transfer-encoding',
  'content-disposition',
  'thread-topic',
  'thread-index',
])

function recipients(addresses: readonly Address[] | undefined): Recipient[] {
  return (addresses ?? []).flatMap((address) =>
    address.group
      ? recipients(address.group)
      : address.address
        ? [{ emailAddress: { name: address.name || address.address, address: address.address } }]
        : [],
  )
}
function readAttachment(attachment: Attachment, html: string): NewAttachment {
  const contentId = attachment.contentId?.replace(/^<|>$/g, '') ?? null
  const content =
    typeof attachment.content === 'string'
      ? Buffer.from(attachment.content)
      : new Uint8Array(attachment.content)
  const isItem = attachment.mimeType === 'message/rfc822'
  const isReferenced = contentId !== null && html.includes(`cid:${contentId}`)
  return {
    kind: isItem ? 'item' : 'file',
    name: attachment.filename ?? (isItem ? 'message.eml' : 'attachment'),
    contentType: attachment.mimeType || null,
    isInline: !isItem && (isReferenced || (attachment.disposition === 'inline' && contentId !== null)),
    contentId,
    contentLocation: null,
    content,
  }
}
function importanceOf(email: Email): string {
  const header = (key: string): string =>
    email.headers
      .find((one) => one.key === key)
      ?.value.trim()
      .toLowerCase() ?? ''
  if (header('importance') === 'high' || /^[12]/.test(header('x-priority'))) return 'high'
  if (header('importance') === 'low' || /^[45]/.test(header('x-priority'))) return 'low'
  return 'normal'
}
function receivedDate(email: Email): number | undefined {
  const value = email.headers.find(({ key }) => key === 'received')?.value
  return value ? readDate(value.slice(value.lastIndexOf(';') + 1)) : undefined
}
function readDate(text: string | undefined): number | undefined {
  if (!text) return undefined
  const ms = Date.parse(text.replace(/\([^)]*\)/g, '').trim())
  return Number.isNaN(ms) || Math.abs(ms) > 8e14 ? undefined : ms
}
function decodeBase64(text: string): Buffer {
  const trimmed = text.replaceAll(/\s+/g, '')
  if (trimmed === '' || !/^[A-Za-z0-9+/]*={0,2}$/.test(trimmed) || trimmed.length % 4 === 1)
    throw fail(400, 'ErrorMimeContentInvalidBase64String', 'Invalid base64 string for MIME content.')
  return Buffer.from(trimmed, 'base64')
}
const isBase64Byte = (byte: number): boolean =>
  (byte >= 48 && byte <= 57) ||
  (byte >= 65 && byte <= 90) ||
  (byte >= 97 && byte <= 122) ||
  byte === 43 ||
  byte === 47 ||
  byte === 61 ||
  byte === 10 ||
  byte === 13
function isBlankBefore(buffer: Buffer, at: number): boolean {
  return at === 1 || buffer[at - 2] === 10 || (buffer[at - 2] === 13 && buffer[at - 3] === 10)
}
function unquoteFrom(message: Buffer): Uint8Array {
  if (!message.includes('>From ')) return message
  return Buffer.from(message.toString('latin1').replaceAll(/^>(>*From )/gm, '$1'), 'latin1')
}
