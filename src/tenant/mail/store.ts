import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { SQLInputValue, StatementSync } from 'node:sqlite'
import type { DirectoryUser, TenantContext } from '../context.ts'
import { fail, idMalformed, itemNotFound } from './failures.ts'
import { createFolders } from './folders.ts'
import type { Folders } from './folders.ts'
import { folderNotFound } from './folders.ts'

export interface Recipient {
  emailAddress: { name: string; address: string }
}
export interface Header {
  name: string
  value: string
}
export interface ExtendedProperty {
  id: string
  value: string
}
export interface MessageRow {
  num: number
  mailbox: string
  folder: number
  immutable_id: string
  ordinary_id: string
  change_key: string
  subject: string
  from_json: string | null
  sender_json: string | null
  to_json: string
  cc_json: string
  bcc_json: string
  reply_to_json: string
  received_ms: number
  sent_ms: number
  created_ms: number
  modified_ms: number
  is_read: number
  is_draft: number
  has_attachments: number
  importance: string
  flag_json: string
  flag_status: string
  categories_json: string
  inference: string
  delivery_receipt: number
  read_receipt: number
  internet_message_id: string
  conversation_id: string
  conversation_index: string
  preview: string
  send_visible_until_ms: number | null
  send_hidden_until_ms: number | null
  send_accepted_ms: number | null
  send_from_json: string | null
  send_sender_json: string | null
  send_keep: number | null
}
export interface BodyRow {
  content_type: 'text' | 'html'
  content: string
  text_alternative: string | null
  headers_json: string
  in_reply_to: string | null
  reference_ids: string | null
  mime: string | null
}
export interface AttachmentRow {
  num: number
  message: number
  graph_id: string
  kind: 'file' | 'item'
  name: string
  content_type: string | null
  is_inline: number
  content_id: string | null
  content_location: string | null
  size_bytes: number
  modified_ms: number
  blob: string
}
export interface NewAttachment {
  kind: 'file' | 'item'
  name: string
  contentType: string | null
  isInline: boolean
  contentId: string | null
  contentLocation: string | null
  /** The bytes, or the SHA-256 of bytes already kept. */
  content: Uint8Array | { blob: string; sizeBytes: number }
}
export interface NewMessage {
  subject: string
  from: Recipient | null
  sender: Recipient | null
  to: Recipient[]
  cc: Recipient[]
  bcc: Recipient[]
  replyTo: Recipient[]
  receivedMs: number
  sentMs: number
  isRead: boolean
  isDraft: boolean
  importance: string
  flag: { flagStatus: string; [key: string]: unknown }
  categories: string[]
  inference: string
  deliveryReceipt: boolean
  readReceipt: boolean
  internetMessageId: string
  inReplyTo: string | null
  references: string | null
  conversationId?: string | undefined
  conversationIndex?: string | undefined
  body: { contentType: 'text' | 'html'; content: string; textAlternative: string | null }
  preview: string
  headers: Header[]
  attachments: NewAttachment[]
  extended: ExtendedProperty[]
  mime: Uint8Array | null
}

/** The mail tables of every mailbox. Synchronous: wrap several writes in `context.transaction`. */
export interface MailStore {
  readonly context: TenantContext
  readonly folders: Folders
  statement(sql: string): StatementSync
  all<T>(sql: string, ...values: SQLInputValue[]): T[]
  one<T>(sql: string, ...values: SQLInputValue[]): T | undefined
  run(sql: string, ...values: SQLInputValue[]): number
  nowMs(): number
  /** Moves to Sent Items whatever was accepted long enough ago. Called before every look at a mailbox. */
  settleSends(mailbox: string): void
  insertMessage(mailbox: string, folder: number, message: NewMessage): MessageRow
  /** Finds a message by either id; throws 400 or 404 as Exchange does. An accepted send that is hidden is not found. */
  findMessage(mailbox: string, id: string, options?: { folder?: number; dumpster?: boolean }): MessageRow
  messageByNum(num: number): MessageRow
  bodyOf(num: number): BodyRow
  extendedOf(num: number): ExtendedProperty[]
  setExtended(num: number, properties: readonly ExtendedProperty[]): void
  attachmentsOf(num: number): AttachmentRow[]
  addAttachment(message: number, attachment: NewAttachment): AttachmentRow
  refreshHasAttachments(message: number): void
  blob(sha256: string): Uint8Array
  /** Gives the message a new changeKey and modification time. */
  touch(num: number): void
  moveMessage(num: number, folder: number): MessageRow
  copyMessage(num: number, folder: number): MessageRow
  replaceBody(num: number, body: NewMessage['body'], preview: string): void
  newChangeKey(): string
  close(): void
}

export const visible = '(m.send_visible_until_ms IS NULL OR m.send_visible_until_ms > ?)'
export const newInternetMessageId = (): string =>
  `<${randomUUID().replaceAll('-', '').toUpperCase()}@LL0PR00MB0001.prod.outlook.com>`
export const wholeSecond = (ms: number): number => Math.floor(ms / 1000) * 1000

export function createMailStore(context: TenantContext): MailStore {
  const statements = new Map<string, StatementSync>()
  const statement = (sql: string): StatementSync => {
    let prepared = statements.get(sql)
    if (!prepared) {
      if (statements.size > 500) statements.clear()
      prepared = context.db.prepare(sql)
      statements.set(sql, prepared)
    }
    return prepared
  }
  const all = <T>(sql: string, ...values: SQLInputValue[]): T[] => statement(sql).all(...values) as T[]
  const one = <T>(sql: string, ...values: SQLInputValue[]): T | undefined =>
    statement(sql).get(...values) as T | undefined
  const run = (sql: string, ...values: SQLInputValue[]): number =>
    Number(statement(sql).run(...values).lastInsertRowid)
  const nowMs = (): number => context.clock.nowMs()
  const folders = createFolders({ context, all, one, run })

  const store: MailStore = {
    context,
    folders,
    statement,
    all,
    one,
    run,
    nowMs,
    newChangeKey,

    settleSends(mailbox) {
      const due = all<MessageRow>(
        'SELECT * FROM mail_messages WHERE mailbox = ? AND send_hidden_until_ms IS NOT NULL AND send_hidden_until_ms <= ?',
        mailbox,
        nowMs(),
      )
      if (due.length === 0) return
      context.transaction(() => {
        for (const row of due) settleOne(row)
      })
    },

    insertMessage(mailbox, folder, message) {
      const now = wholeSecond(nowMs())
      const conversationId = message.conversationId ?? conversationFor(mailbox, message)
      const num = run(
        `INSERT INTO mail_messages (mailbox, folder, immutable_id, ordinary_id, change_key, subject, subject_key,
           from_json, from_key, from_name_key, sender_json, to_json, cc_json, bcc_json, reply_to_json, received_ms,
           sent_ms, created_ms, modified_ms, is_read, is_draft, importance, flag_json, flag_status, categories_json,
           inference, delivery_receipt, read_receipt, internet_message_id, conversation_id, conversation_index, preview)
         VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
        mailbox,
        folder,
        newImmutableId(),
        newOrdinaryId(),
        newChangeKey(),
        message.subject,
        message.subject.toLowerCase(),
        jsonOrNull(message.from),
        message.from?.emailAddress.address.toLowerCase() ?? null,
        message.from?.emailAddress.name.toLowerCase() ?? null,
        jsonOrNull(message.sender),
        JSON.stringify(message.to),
        JSON.stringify(message.cc),
        JSON.stringify(message.bcc),
        JSON.stringify(message.replyTo),
        wholeSecond(message.receivedMs),
        wholeSecond(message.sentMs),
        now,
        now,
        Number(message.isRead),
        Number(message.isDraft),
        message.importance,
        JSON.stringify(message.flag),
        message.flag.flagStatus,
        JSON.stringify(message.categories),
        message.inference,
        Number(message.deliveryReceipt),
        Number(message.readReceipt),
        message.internetMessageId,
        conversationId,
        message.conversationIndex ?? newConversationIndex(nowMs()),
        message.preview,
      )
      const { body } = message
      run(
        `INSERT INTO mail_bodies (message, content_type, content, text_alternative, headers_json, in_reply_to, reference_ids, mime)
         VALUES (?,?,?,?,?,?,?,?)`,
        num,
        body.contentType,
        body.content,
        body.textAlternative,
        JSON.stringify(message.headers),
        message.inReplyTo,
        message.references,
        message.mime ? keepBlob(message.mime) : null,
      )
      store.setExtended(num, message.extended)
      for (const attachment of message.attachments) insertAttachment(num, attachment)
      if (message.attachments.length > 0) store.refreshHasAttachments(num)
      return store.messageByNum(num)
    },

    findMessage(mailbox, id, options = {}) {
      const column = idColumn(id)
      const row = one<MessageRow>(`SELECT * FROM mail_messages WHERE ${column} = ?`, id)
      if (!row || row.mailbox !== mailbox) throw itemNotFound()
      if (row.send_visible_until_ms !== null && row.send_visible_until_ms <= nowMs()) throw itemNotFound()
      if (options.folder !== undefined && row.folder !== options.folder) throw itemNotFound()
      if (options.folder === undefined && !options.dumpster && folders.isDumpster(row.folder))
        throw itemNotFound()
      return row
    },
    messageByNum: (num) => one<MessageRow>('SELECT * FROM mail_messages WHERE num = ?', num)!,
    bodyOf: (num) => one<BodyRow>('SELECT * FROM mail_bodies WHERE message = ?', num)!,
    extendedOf: (num) =>
      all<ExtendedProperty>('SELECT id, value FROM mail_extended WHERE message = ? ORDER BY id_key', num),
    setExtended(num, properties) {
      for (const property of properties) {
        const id = normaliseExtendedId(property.id)
        run(
          `INSERT INTO mail_extended (message, id_key, id, value) VALUES (?,?,?,?)
           ON CONFLICT (message, id_key) DO UPDATE SET value = excluded.value, id = excluded.id`,
          num,
          id.toLowerCase(),
          id,
          property.value,
        )
      }
    },

    attachmentsOf: (num) =>
      all<AttachmentRow>('SELECT * FROM mail_attachments WHERE message = ? ORDER BY num', num),
    addAttachment(message, attachment) {
      const row = insertAttachment(message, attachment)
      store.refreshHasAttachments(message)
      return row
    },
    refreshHasAttachments(message) {
      run(
        `UPDATE mail_messages SET has_attachments =
           EXISTS (SELECT 1 FROM mail_attachments a WHERE a.message = ?1 AND a.is_inline = 0) WHERE num = ?1`,
        message,
      )
    },
    blob: (sha256) =>
      one<{ bytes: Uint8Array }>('SELECT bytes FROM mail_blobs WHERE sha256 = ?', sha256)!.bytes,

    touch(num) {
      run(
        'UPDATE mail_messages SET change_key = ?, modified_ms = ? WHERE num = ?',
        newChangeKey(),
        wholeSecond(nowMs()),
        num,
      )
    },
    moveMessage(num, folder) {
      run(
        `UPDATE mail_messages SET folder = ?, ordinary_id = ?, change_key = ?, modified_ms = ?,
           send_visible_until_ms = NULL, send_hidden_until_ms = NULL, send_accepted_ms = NULL WHERE num = ?`,
        folder,
        newOrdinaryId(),
        newChangeKey(),
        wholeSecond(nowMs()),
        num,
      )
      return store.messageByNum(num)
    },
    copyMessage(num, folder) {
      const source = store.messageByNum(num)
      const body = store.bodyOf(num)
      const copy = store.insertMessage(source.mailbox, folder, {
        ...messageFromRows(source, body),
        attachments: store.attachmentsOf(num).map(attachmentAsNew),
        extended: store.extendedOf(num),
      })
      run('UPDATE mail_bodies SET mime = ? WHERE message = ?', body.mime, copy.num)
      return store.messageByNum(copy.num)
    },
    replaceBody(num, body, preview) {
      run(
        'UPDATE mail_bodies SET content_type = ?, content = ?, text_alternative = ?, mime = NULL WHERE message = ?',
        body.contentType,
        body.content,
        body.textAlternative,
        num,
      )
      run('UPDATE mail_messages SET preview = ? WHERE num = ?', preview, num)
    },
    close: () => statements.clear(),
  }

  function settleOne(row: MessageRow): void {
    if (!row.send_keep) {
      run('DELETE FROM mail_messages WHERE num = ?', row.num)
      return
    }
    const from = row.send_from_json === null ? null : (JSON.parse(row.send_from_json) as Recipient)
    const accepted = wholeSecond(row.send_accepted_ms ?? nowMs())
    run(
      `UPDATE mail_messages SET folder = ?, ordinary_id = ?, change_key = ?, is_draft = 0, is_read = 1, from_json = ?,
         from_key = ?, from_name_key = ?, sender_json = ?, sent_ms = ?, received_ms = ?, modified_ms = ?,
         send_visible_until_ms = NULL, send_hidden_until_ms = NULL WHERE num = ?`,
      folders.wellKnown(row.mailbox, 'sentitems').num,
      newOrdinaryId(),
      newChangeKey(),
      row.send_from_json,
      from?.emailAddress.address.toLowerCase() ?? null,
      from?.emailAddress.name.toLowerCase() ?? null,
      row.send_sender_json,
      accepted,
      accepted,
      wholeSecond(nowMs()),
      row.num,
    )
  }

  function insertAttachment(message: number, attachment: NewAttachment): AttachmentRow {
    const { content } = attachment
    const blob = content instanceof Uint8Array ? keepBlob(content) : content.blob
    const rawBytes = content instanceof Uint8Array ? content.byteLength : content.sizeBytes
    const num = run(
      `INSERT INTO mail_attachments (message, graph_id, kind, name, content_type, is_inline, content_id, content_location,
         size_bytes, modified_ms, blob) VALUES (?,?,?,?,?,?,?,?,?,?,?)`,
      message,
      newAttachmentId(),
      attachment.kind,
      attachment.name,
      attachment.contentType,
      Number(attachment.isInline),
      attachment.contentId,
      attachment.contentLocation,
      rawBytes,
      wholeSecond(nowMs()),
      blob,
    )
    return one<AttachmentRow>('SELECT * FROM mail_attachments WHERE num = ?', num)!
  }

  function keepBlob(bytes: Uint8Array): string {
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    if (!one('SELECT 1 FROM mail_blobs WHERE sha256 = ?', sha256))
      run('INSERT INTO mail_blobs (sha256, bytes) VALUES (?, ?)', sha256, bytes)
    return sha256
  }

  /** The thread a message belongs to: its parent's if the mailbox holds it, else one derived from the thread's root. */
  function conversationFor(mailbox: string, message: NewMessage): string {
    const ancestors = `${message.references ?? ''} ${message.inReplyTo ?? ''}`.match(/<[^<>\s]+>/g) ?? []
    for (const ancestor of ancestors.toReversed()) {
      const found = one<{ conversation_id: string }>(
        'SELECT conversation_id FROM mail_messages WHERE mailbox = ? AND internet_message_id = ? LIMIT 1',
        mailbox,
        ancestor,
      )
      if (found) return found.conversation_id
    }
    const root = ancestors[0] ?? message.internetMessageId
    const digest = createHash('sha256').update(`${mailbox}\n${root}`).digest()
    return `AAQkAD${Buffer.concat([digest, digest.subarray(0, 16)]).toString('base64url')}AQA${digest.toString('base64url').slice(0, 16)}=`
  }

  return store
}

/** What a row and its body say, as a message that could be inserted again (without attachments and extended properties). */
export function messageFromRows(row: MessageRow, body: BodyRow): NewMessage {
  return {
    subject: row.subject,
    from: parseOrNull(row.from_json),
    sender: parseOrNull(row.sender_json),
    to: JSON.parse(row.to_json) as Recipient[],
    cc: JSON.parse(row.cc_json) as Recipient[],
    bcc: JSON.parse(row.bcc_json) as Recipient[],
    replyTo: JSON.parse(row.reply_to_json) as Recipient[],
    receivedMs: row.received_ms,
    sentMs: row.sent_ms,
    isRead: row.is_read === 1,
    isDraft: row.is_draft === 1,
    importance: row.importance,
    flag: JSON.parse(row.flag_json) as NewMessage['flag'],
    categories: JSON.parse(row.categories_json) as string[],
    inference: row.inference,
    deliveryReceipt: row.delivery_receipt === 1,
    readReceipt: row.read_receipt === 1,
    internetMessageId: row.internet_message_id,
    inReplyTo: body.in_reply_to,
    references: body.reference_ids,
    conversationId: row.conversation_id,
    conversationIndex: row.conversation_index,
    body: { contentType: body.content_type, content: body.content, textAlternative: body.text_alternative },
    preview: row.preview,
    headers: JSON.parse(body.headers_json) as Header[],
    attachments: [],
    extended: [],
    mime: null,
  }
}
export function attachmentAsNew(row: AttachmentRow): NewAttachment {
  return {
    kind: row.kind,
    name: row.name,
    contentType: row.content_type,
    isInline: row.is_inline === 1,
    contentId: row.content_id,
    contentLocation: row.content_location,
    content: { blob: row.blob, sizeBytes: row.size_bytes },
  }
}

/** `string {GUID} name X` in any case becomes `String {guid} Name X`, as Graph writes it back. */
export function normaliseExtendedId(id: string): string {
  const named = /^(\w+)\s+\{?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?\s+(name|id)\s+(.+)$/i.exec(
    id.trim(),
  )
  if (named) {
    const word = named[3]!.toLowerCase() === 'name' ? 'Name' : 'Id'
    return `${titleCase(named[1]!)} {${named[2]!.toLowerCase()}} ${word} ${named[4]!}`
  }
  const tag = /^(\w+)\s+(0x[0-9a-f]{1,8})$/i.exec(id.trim())
  if (tag) return `${titleCase(tag[1]!)} ${tag[2]!.toLowerCase()}`
  throw fail(
    400,
    'ErrorInvalidExtendedProperty',
    `The extended property id '${id.slice(0, 100)}' is not well formed.`,
  )
}

/** The address book: a recipient's name from the directory, else the address itself. */
export function recipientFor(user: DirectoryUser): Recipient {
  return { emailAddress: { name: user.displayName, address: user.mail ?? user.userPrincipalName } }
}

export function nextConversationIndex(parent: string): string {
  return Buffer.concat([Buffer.from(parent, 'base64'), randomBytes(5)]).toString('base64')
}

export { folderNotFound }

function idColumn(id: string): 'immutable_id' | 'ordinary_id' {
  if (/^AAkA[\w-]{20,200}=*$/.test(id)) return 'immutable_id'
  if (/^A[AQ]Mk[\w-]{20,300}=*$/.test(id)) return 'ordinary_id'
  throw idMalformed()
}
const newImmutableId = (): string => `AAkALg${base64url(50)}=`
const newOrdinaryId = (): string => `AAMk${base64url(110)}=`
const newAttachmentId = (): string => `AAMkAD${base64url(128)}=`
const base64url = (bytes: number): string => randomBytes(bytes).toString('base64url')
function newChangeKey(): string {
  return Buffer.concat([Buffer.from('0900000016000000', 'hex'), randomBytes(22)]).toString('base64')
}
function newConversationIndex(nowMs: number): string {
  const filetime = (BigInt(Math.floor(nowMs)) + 11_644_473_600_000n) * 10_000n
  const stamp = Buffer.alloc(8)
  stamp.writeBigUInt64BE(filetime)
  return Buffer.concat([stamp.subarray(0, 6), randomBytes(16)]).toString('base64')
}
const titleCase = (word: string): string =>
  /^systemtime(array)?$/i.test(word)
    ? word.toLowerCase().replace('systemtime', 'SystemTime').replace('array', 'Array')
    : word.charAt(0).toUpperCase() + word.slice(1).toLowerCase()
const jsonOrNull = (value: unknown): string | null => (value ? JSON.stringify(value) : null)
const parseOrNull = (text: string | null): Recipient | null => (text ? (JSON.parse(text) as Recipient) : null)
