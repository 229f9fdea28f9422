import { badRequest } from './failures.ts'
import { unknownProperty } from './filter-sql.ts'
import type { FolderRow } from './folders.ts'
import { htmlToText, textToHtml, withoutScripts } from './html.ts'
import type { Preferences } from './preferences.ts'
import type { Expansion, Query } from './query.ts'
import { normaliseExtendedId } from './store.ts'
import type { AttachmentRow, BodyRow, MailStore, MessageRow } from './store.ts'

export interface ShapeOptions {
  store: MailStore
  select: ReadonlySet<string> | undefined
  expand: readonly Expansion[]
  preferences: Preferences
  /** The caller holds Mail.ReadBasic alone. */
  basicOnly: boolean
  /** Names of the parent folders seen so far: one lookup per list. */
  folderIds: Map<number, string>
}
export type Json = Record<string, unknown>

const listed = [
  'id',
  'createdDateTime',
  'lastModifiedDateTime',
  'changeKey',
  'categories',
  'receivedDateTime',
  'sentDateTime',
  'hasAttachments',
  'internetMessageId',
  'subject',
  'bodyPreview',
  'importance',
  'parentFolderId',
  'conversationId',
  'conversationIndex',
  'isDeliveryReceiptRequested',
  'isReadReceiptRequested',
  'isRead',
  'isDraft',
  'webLink',
  'inferenceClassification',
  'body',
  'sender',
  'from',
  'toRecipients',
  'ccRecipients',
  'bccRecipients',
  'replyTo',
  'flag',
]
const onlyWhenSelected = ['uniqueBody', 'internetMessageHeaders']
const notForBasic = new Set(['body', 'bodyPreview', 'uniqueBody'])
const names = new Map([...listed, ...onlyWhenSelected].map((name) => [name.toLowerCase(), name]))
const navigations = new Set([
  'attachments',
  'extensions',
  'singlevalueextendedproperties',
  'multivalueextendedproperties',
])

/** Checks `$select` against the message type and gives the names in Graph's spelling. */
export function selectMessage(select: readonly string[] | undefined): ReadonlySet<string> | undefined {
  if (!select || select.length === 0 || select.includes('*')) return undefined
  return new Set(
    select.flatMap((asked) => {
      const path = asked.toLowerCase()
      const name = names.get(path) ?? names.get(path.split('/')[0]!)
      if (name) return [name]
      if (navigations.has(path) || path === '@odata.etag') return []
      throw unknownProperty(asked)
    }),
  )
}

export const etagOf = (row: MessageRow): string => `W/"${row.change_key}"`
export const dateTime = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')

/** Writes one message as Graph does. Loads the body, attachments and extended properties only when they are asked for. */
export async function shapeMessage(row: MessageRow, options: ShapeOptions): Promise<Json> {
  const { store, select, preferences, folderIds } = options
  const json: Json = { '@odata.etag': etagOf(row) }
  let parent = folderIds.get(row.folder)
  if (parent === undefined) {
    parent = store.folders.byNum(row.folder).graph_id
    folderIds.set(row.folder, parent)
  }
  const id = preferences.immutableIds ? row.immutable_id : row.ordinary_id
  const parse = (text: string | null): unknown => (text === null ? null : JSON.parse(text))
  const values: Record<string, () => unknown> = {
    id: () => id,
    createdDateTime: () => dateTime(row.created_ms),
    lastModifiedDateTime: () => dateTime(row.modified_ms),
    changeKey: () => row.change_key,
    categories: () => parse(row.categories_json),
    receivedDateTime: () => dateTime(row.received_ms),
    sentDateTime: () => dateTime(row.sent_ms),
    hasAttachments: () => row.has_attachments === 1,
    internetMessageId: () => row.internet_message_id,
    subject: () => row.subject,
    bodyPreview: () => row.preview,
    importance: () => row.importance,
    parentFolderId: () => parent,
    conversationId: () => row.conversation_id,
    conversationIndex: () => row.conversation_index,
    isDeliveryReceiptRequested: () =>
      row.is_draft === 1 ? row.delivery_receipt === 1 : row.delivery_receipt === 1 || null,
    isReadReceiptRequested: () => row.read_receipt === 1,
    isRead: () => row.is_read === 1,
    isDraft: () => row.is_draft === 1,
    webLink: () =>
      `https://outlook.office365.com/owa/?ItemID=${encodeURIComponent(row.ordinary_id)}&exvsurl=1&viewmodel=ReadMessageItem`,
    inferenceClassification: () => row.inference,
    sender: () => parse(row.sender_json),
    from: () => parse(row.from_json),
    toRecipients: () => parse(row.to_json),
    ccRecipients: () => parse(row.cc_json),
    bccRecipients: () => parse(row.bcc_json),
    replyTo: () => parse(row.reply_to_json),
    flag: () => parse(row.flag_json),
  }
  const wanted = select
    ? [...listed, ...onlyWhenSelected].filter((name) => name === 'id' || select.has(name))
    : listed
  let body: BodyRow | undefined
  for (const name of wanted) {
    if (options.basicOnly && notForBasic.has(name)) continue
    if (name === 'body' || name === 'uniqueBody') {
      body ??= store.bodyOf(row.num)
      json[name] = await shapeBody(body, preferences)
    } else if (name === 'internetMessageHeaders') {
      body ??= store.bodyOf(row.num)
      json[name] = row.is_draft === 1 ? [] : (JSON.parse(body.headers_json) as unknown)
    } else json[name] = values[name]!()
  }
  for (const expansion of options.expand) expandInto(json, row, expansion, options)
  return json
}

/** Checks `$expand` before any row is written, so that an empty list refuses the same things. */
export function checkExpansions(query: Query): void {
  for (const { name, options } of query.expand) {
    if (!navigations.has(name)) throw unknownProperty(name)
    if (name === 'singlevalueextendedproperties') extendedIds(options)
    if (name === 'attachments') selectAttachment(options.select)
  }
}

export function shapeFolder(store: MailStore, row: FolderRow, select: readonly string[] | undefined): Json {
  const { total, unread, children } = store.folders.counts(row)
  const all: Json = {
    id: row.graph_id,
    displayName: row.display_name,
    parentFolderId: row.parent === null ? row.graph_id : store.folders.byNum(row.parent).graph_id,
    childFolderCount: children,
    unreadItemCount: unread,
    totalItemCount: total,
    isHidden: row.is_hidden === 1,
  }
  if (!select || select.length === 0 || select.includes('*')) return all
  const wanted = new Set(select.map((name) => name.toLowerCase()))
  const known = new Map(Object.keys(all).map((name) => [name.toLowerCase(), name]))
  for (const name of wanted)
    if (!known.has(name) && name !== 'sizeinbytes' && name !== 'wellknownname')
      throw badRequest(
        `Parsing OData Select and Expand failed: Could not find a property named '${name.slice(0, 100)}' on type 'microsoft.graph.mailFolder'.`,
      )
  return Object.fromEntries(
    Object.entries(all).filter(([name]) => name === 'id' || wanted.has(name.toLowerCase())),
  )
}

const attachmentNames = [
  'id',
  'lastModifiedDateTime',
  'name',
  'contentType',
  'size',
  'isInline',
  'contentId',
  'contentLocation',
  'contentBytes',
]
export function selectAttachment(select: readonly string[] | undefined): ReadonlySet<string> | undefined {
  if (!select || select.length === 0 || select.includes('*')) return undefined
  return new Set(
    select.map((asked) => {
      const cast = /^microsoft\.graph\.(file|item|reference)attachment\//i.test(asked)
      const plain = asked.replace(/^microsoft\.graph\.\w+\//i, '').toLowerCase()
      const name = attachmentNames.find((known) => known.toLowerCase() === plain)
      const isBase = name !== undefined && !['contentId', 'contentLocation', 'contentBytes'].includes(name)
      if (!name || (!isBase && !cast && name !== 'contentBytes'))
        throw badRequest(
          `Parsing OData Select and Expand failed: Could not find a property named '${asked.slice(0, 100)}' on type 'microsoft.graph.attachment'.`,
        )
      return name
    }),
  )
}

/** Writes an attachment; its bytes are read only when `contentBytes` is asked for. */
export function shapeAttachment(
  store: MailStore,
  row: AttachmentRow,
  select: ReadonlySet<string> | undefined,
): Json {
  const has = (name: string): boolean => !select || select.has(name)
  const json: Json = {
    '@odata.type':
      row.kind === 'file' ? '#microsoft.graph.fileAttachment' : '#microsoft.graph.itemAttachment',
    ...(row.content_type ? { '@odata.mediaContentType': row.content_type } : {}),
    id: row.graph_id,
  }
  if (has('lastModifiedDateTime')) json.lastModifiedDateTime = dateTime(row.modified_ms)
  if (has('name')) json.name = row.name
  if (has('contentType')) json.contentType = row.kind === 'file' ? row.content_type : null
  if (has('size')) json.size = row.size_bytes + storeOverheadBytes
  if (has('isInline')) json.isInline = row.is_inline === 1
  if (row.kind === 'file') {
    if (has('contentId')) json.contentId = row.content_id
    if (has('contentLocation')) json.contentLocation = row.content_location
    if (has('contentBytes')) json.contentBytes = Buffer.from(store.blob(row.blob)).toString('base64')
  }
  return json
}
/** Exchange counts the attachment's own properties into `size`: it is always a little more than the file. */
const storeOverheadBytes = 180

async function shapeBody(body: BodyRow, preferences: Preferences): Promise<Json> {
  if (preferences.bodyType === 'text')
    return {
      contentType: 'text',
      content:
        body.content_type === 'text'
          ? body.content
          : (body.text_alternative ?? (await htmlToText(body.content))),
    }
  const html = body.content_type === 'html' ? body.content : textToHtml(body.content)
  return { contentType: 'html', content: preferences.unsafeHtml ? html : await withoutScripts(html) }
}

function expandInto(
  json: Json,
  row: MessageRow,
  { name, options: query }: Expansion,
  options: ShapeOptions,
): void {
  const { store } = options
  if (options.basicOnly) return
  if (name === 'attachments') {
    const select = selectAttachment(query.select)
    json.attachments = store
      .attachmentsOf(row.num)
      .map((attachment) => shapeAttachment(store, attachment, select))
  } else if (name === 'singlevalueextendedproperties') {
    const ids = extendedIds(query)
    const found = store.extendedOf(row.num).filter(({ id }) => !ids || ids.has(id.toLowerCase()))
    if (found.length > 0) json.singleValueExtendedProperties = found
  } else json[name === 'extensions' ? 'extensions' : 'multiValueExtendedProperties'] = []
}

function extendedIds(query: Query): Set<string> | undefined {
  if (!query.filter) return undefined
  const ids = new Set<string>()
  const walk = (node: NonNullable<Query['filter']>): void => {
    if (node.kind === 'or') {
      walk(node.left)
      walk(node.right)
    } else if (
      node.kind === 'compare' &&
      node.operator === 'eq' &&
      /^(\w+\/)?id$/i.test(node.path) &&
      node.value.type === 'string'
    )
      ids.add(normaliseExtendedId(node.value.value).toLowerCase())
    else throw badRequest('Extended properties are expanded by a $filter on their id.')
  }
  walk(query.filter)
  return ids
}
