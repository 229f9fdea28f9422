import type { SQLInputValue } from 'node:sqlite'
import { answerEmpty, answerJson } from './answer.ts'
import { draftOnly, newDraft, readMessageJson } from './compose.ts'
import type { MessageChanges } from './compose.ts'
import { badRequest, fail } from './failures.ts'
import { filterToSql, orderToSql } from './filter-sql.ts'
import { destinationOf, folderOf, nextLink } from './folder-routes.ts'
import type { FolderRow } from './folders.ts'
import { previewOf } from './html.ts'
import { buildMime, parseMime } from './mime.ts'
import type { Query } from './query.ts'
import type { MailRequest, Route } from './routes.ts'
import { checkExpansions, etagOf, selectMessage, shapeMessage } from './shape.ts'
import { visible } from './store.ts'
import type { MailStore, MessageRow, NewMessage } from './store.ts'

type Serve = (request: MailRequest) => Promise<Response> | Response
/** Every message route exists below the mailbox and below a folder. */
const both = (method: Route['method'], tail: string, need: Route['need'], serve: Serve): Route[] => [
  { method, path: `messages${tail}`, need, serve },
  { method, path: `mailfolders/:folder/messages${tail}`, need, serve },
]

export const messageRoutes: readonly Route[] = [
  ...both('GET', '', 'read', list),
  ...both('GET', '/$count', 'read', count),
  ...both('POST', '', 'write', create),
  ...both('GET', '/:message', 'read', get),
  ...both('PATCH', '/:message', 'write', patch),
  ...both('DELETE', '/:message', 'write', remove),
  ...both('GET', '/:message/$value', 'content', getMime),
  ...both('POST', '/:message/move', 'write', move),
  ...both('POST', '/:message/copy', 'write', copy),
  ...both('POST', '/:message/permanentdelete', 'write', removeForEver),
]

const defaultTop = 10

/** The message of the path; a folder in the path must hold it. */
export function messageOf(request: MailRequest): MessageRow {
  const { store, mailbox, params } = request
  return store.findMessage(
    mailbox.id,
    params.message!,
    params.folder === undefined ? {} : { folder: folderOf(request).num },
  )
}

/** If-Match against the changeKey: 412, as for any stale write. */
export function checkIfMatch(request: MailRequest, row: MessageRow): void {
  const asked = request.headers.get('if-match')
  if (asked === null || asked.trim() === '*') return
  const keys = asked.split(',').map((one) =>
    one
      .trim()
      .replace(/^W\//, '')
      .replace(/^"(.*)"$/, '$1'),
  )
  if (!keys.includes(row.change_key))
    throw fail(
      412,
      'ErrorIrresolvableConflict',
      'The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.',
    )
}

export async function answerMessage(
  request: MailRequest,
  status: number,
  row: MessageRow,
): Promise<Response> {
  const query = request.query()
  checkExpansions(query)
  const select = selectMessage(query.select)
  const shaped = await shapeMessage(row, { ...request, select, expand: query.expand, folderIds: new Map() })
  return answerJson(
    status,
    { '@odata.context': contextOf(request, query, '/$entity'), ...shaped },
    { etag: etagOf(row) },
  )
}

/** Names of the organisation's people for recipients that came without one. */
export function nameFinder(store: MailStore): (address: string) => string | undefined {
  return (address) => store.context.findUser(address)?.displayName
}

interface Scope {
  where: string
  values: SQLInputValue[]
}
/** Which messages a list is about: one folder, or the whole mailbox without Recoverable Items; hidden sends never. */
function scopeOf(request: MailRequest, query: Query): Scope {
  const { store, mailbox } = request
  const folder = request.params.folder === undefined ? undefined : folderOf(request)
  const scope: Scope = folder
    ? { where: 'm.folder = ?', values: [folder.num] }
    : {
        where: 'm.mailbox = ? AND m.folder NOT IN (?, ?)',
        values: [mailbox.id, ...store.folders.dumpsterNums(mailbox.id)],
      }
  scope.where += ` AND ${visible}`
  scope.values.push(store.nowMs())
  if (query.filter) {
    const filter = filterToSql(query.filter, (id) => folderNum(request, id))
    scope.where += ` AND ${filter.text}`
    scope.values.push(...filter.values)
  }
  return scope
}
function folderNum(request: MailRequest, id: string): number | undefined {
  try {
    return request.store.folders.find(request.mailbox.id, id).num
  } catch {
    return undefined
  }
}

async function list(request: MailRequest): Promise<Response> {
  const { store, url } = request
  const query = request.query()
  const select = selectMessage(query.select)
  checkExpansions(query)
  const order = orderToSql(query.orderBy, query.filter)
  const scope = scopeOf(request, query)
  const top = query.top ?? defaultTop
  const rows = store.all<MessageRow>(
    `SELECT m.* FROM mail_messages m WHERE ${scope.where} ORDER BY ${order} LIMIT ? OFFSET ?`,
    ...scope.values,
    top + 1,
    query.skip,
  )
  const folderIds = new Map<number, string>()
  const value: unknown[] = []
  for (const row of rows.slice(0, top))
    value.push(await shapeMessage(row, { ...request, select, expand: query.expand, folderIds }))
  return answerJson(200, {
    '@odata.context': contextOf(request, query, ''),
    ...(query.count ? { '@odata.count': countRows(store, scope) } : {}),
    value,
    ...(rows.length > top ? { '@odata.nextLink': nextLink(url, query.skip + top) } : {}),
  })
}

function count(request: MailRequest): Response {
  const total = countRows(request.store, scopeOf(request, request.query()))
  return new Response(String(total), { headers: { 'content-type': 'text/plain' } })
}
function countRows(store: MailStore, { where, values }: Scope): number {
  return store.one<{ total: number }>(
    `SELECT count(*) AS total FROM mail_messages m WHERE ${where}`,
    ...values,
  )!.total
}

function contextOf(request: MailRequest, query: Query, tail: string): string {
  const { contextBase, params } = request
  const folder = params.folder === undefined ? '' : `/mailFolders('${encodeURIComponent(params.folder)}')`
  const selected = query.select && query.select.length > 0 ? `(${query.select.join(',')})` : ''
  return `${contextBase}${folder}/messages${selected}${tail}`
}

async function create(request: MailRequest): Promise<Response> {
  const { store, mailbox } = request
  const folder =
    request.params.folder === undefined ? store.folders.wellKnown(mailbox.id, 'drafts') : folderOf(request)
  const message =
    (await readMime(request)) ?? (await newDraft(await readChanges(request), { nowMs: store.nowMs() }))
  const row = store.context.transaction(() => store.insertMessage(mailbox.id, folder.num, message))
  return answerMessage(request, 201, row)
}

async function readChanges(request: MailRequest): Promise<MessageChanges> {
  return readMessageJson(await request.json(), { nameOf: nameFinder(request.store) })
}

/** A draft from base64 MIME, or undefined when the body is JSON. Its From is overruled by the account, as Exchange does. */
export async function readMime(request: MailRequest): Promise<NewMessage | undefined> {
  const bytes = await request.mime()
  if (!bytes) return undefined
  let parsed: NewMessage
  try {
    parsed = await parseMime(bytes, { nowMs: request.store.nowMs() })
  } catch (error) {
    throw fail(
      400,
      'ErrorMimeContentInvalid',
      `The MIME content cannot be read: ${(error as Error).message}.`,
    )
  }
  const now = request.store.nowMs()
  return { ...parsed, from: null, sender: null, isDraft: true, isRead: true, receivedMs: now, sentMs: now }
}

async function get(request: MailRequest): Promise<Response> {
  return answerMessage(request, 200, messageOf(request))
}

async function getMime(request: MailRequest): Promise<Response> {
  const bytes = await buildMime(request.store, messageOf(request))
  return new Response(new Uint8Array(bytes), { headers: { 'content-type': 'text/plain' } })
}

async function patch(request: MailRequest): Promise<Response> {
  const { store } = request
  const changes = await readChanges(request)
  if (changes.headers) throw badRequest('internetMessageHeaders can be set only when a message is created.')
  if (changes.attachments)
    throw badRequest('attachments cannot be changed by PATCH: use the attachments collection.')
  const preview = changes.body ? await previewOf(changes.body) : ''
  const row = store.context.transaction(() => {
    const current = messageOf(request)
    checkIfMatch(request, current)
    if (current.is_draft !== 1)
      for (const name of Object.keys(changes))
        if (draftOnly.has(name as keyof MessageChanges))
          throw fail(400, 'ErrorInvalidPropertySet', `The property '${name}' can be changed on drafts only.`)
    applyChanges(store, current, changes, preview)
    return store.messageByNum(current.num)
  })
  return answerMessage(request, 200, row)
}

function applyChanges(store: MailStore, row: MessageRow, changes: MessageChanges, preview: string): void {
  const json = JSON.stringify
  const columns: [string, SQLInputValue | undefined][] = [
    ['subject', changes.subject],
    ['subject_key', changes.subject?.toLowerCase()],
    ['from_json', changes.from === undefined ? undefined : changes.from === null ? null : json(changes.from)],
    [
      'from_key',
      changes.from === undefined ? undefined : (changes.from?.emailAddress.address.toLowerCase() ?? null),
    ],
    [
      'from_name_key',
      changes.from === undefined ? undefined : (changes.from?.emailAddress.name.toLowerCase() ?? null),
    ],
    [
      'sender_json',
      changes.sender === undefined ? undefined : changes.sender === null ? null : json(changes.sender),
    ],
    ['to_json', changes.to && json(changes.to)],
    ['cc_json', changes.cc && json(changes.cc)],
    ['bcc_json', changes.bcc && json(changes.bcc)],
    ['reply_to_json', changes.replyTo && json(changes.replyTo)],
    ['is_read', changes.isRead === undefined ? undefined : Number(changes.isRead)],
    ['importance', changes.importance],
    ['flag_json', changes.flag && json(changes.flag)],
    ['flag_status', changes.flag?.flagStatus],
    ['categories_json', changes.categories && json(changes.categories)],
    ['inference', changes.inference],
    ['delivery_receipt', changes.deliveryReceipt === undefined ? undefined : Number(changes.deliveryReceipt)],
    ['read_receipt', changes.readReceipt === undefined ? undefined : Number(changes.readReceipt)],
    ['internet_message_id', changes.internetMessageId],
  ]
  const set = columns.filter((column): column is [string, SQLInputValue] => column[1] !== undefined)
  if (set.length > 0)
    store.run(
      `UPDATE mail_messages SET ${set.map(([name]) => `${name} = ?`).join(', ')} WHERE num = ?`,
      ...set.map(([, value]) => value),
      row.num,
    )
  if (changes.body) store.replaceBody(row.num, changes.body, preview)
  else if (row.is_draft === 1 && set.length > 0)
    store.run('UPDATE mail_bodies SET mime = NULL WHERE message = ?', row.num)
  if (changes.extended) store.setExtended(row.num, changes.extended)
  store.touch(row.num)
}

/** Deleting puts a message into Recoverable Items, where ids no longer find it. */
function remove(request: MailRequest): Response {
  return discard(request, 'recoverableitemsdeletions')
}
function removeForEver(request: MailRequest): Response {
  return discard(request, 'recoverableitemspurges')
}
function discard(request: MailRequest, destination: string): Response {
  const { store, mailbox } = request
  store.context.transaction(() => {
    const row = messageOf(request)
    checkIfMatch(request, row)
    const bin = store.folders.wellKnown(mailbox.id, destination)
    if (store.folders.isDumpster(row.folder) && destination === 'recoverableitemsdeletions')
      throw fail(
        400,
        'ErrorCannotDeleteObject',
        'Objects that are in the recoverable items cannot be deleted.',
      )
    store.moveMessage(row.num, bin.num)
  })
  return answerEmpty(204)
}

async function move(request: MailRequest): Promise<Response> {
  return relocate(request, (row, destination) => request.store.moveMessage(row.num, destination.num))
}
async function copy(request: MailRequest): Promise<Response> {
  return relocate(request, (row, destination) => request.store.copyMessage(row.num, destination.num))
}
async function relocate(
  request: MailRequest,
  act: (row: MessageRow, destination: FolderRow) => MessageRow,
): Promise<Response> {
  const { store } = request
  messageOf(request)
  const destination = await destinationOf(request)
  const row = store.context.transaction(() => {
    const current = messageOf(request)
    checkIfMatch(request, current)
    return act(current, destination)
  })
  return answerMessage(request, 201, row)
}
