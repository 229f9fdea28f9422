import { answerEmpty, answerJson } from './answer.ts'
import { asBoolean, asString } from './compose.ts'
import { fail, notModelled } from './failures.ts'
import { invalidNodes } from './filter.ts'
import type { Filter } from './filter.ts'
import type { FolderRow } from './folders.ts'
import type { MailRequest, Route } from './routes.ts'
import { shapeFolder } from './shape.ts'
import type { MailStore } from './store.ts'

export const folderRoutes: readonly Route[] = [
  { method: 'GET', path: 'mailfolders', need: 'read', serve: (request) => list(request, 'msgfolderroot') },
  {
    method: 'GET',
    path: 'mailfolders/$count',
    need: 'read',
    serve: (request) => count(request, 'msgfolderroot'),
  },
  {
    method: 'POST',
    path: 'mailfolders',
    need: 'write',
    serve: (request) => create(request, 'msgfolderroot'),
  },
  { method: 'GET', path: 'mailfolders/:folder', need: 'read', serve: get },
  { method: 'PATCH', path: 'mailfolders/:folder', need: 'write', serve: rename },
  { method: 'DELETE', path: 'mailfolders/:folder', need: 'write', serve: remove },
  { method: 'POST', path: 'mailfolders/:folder/permanentdelete', need: 'write', serve: removeForEver },
  { method: 'POST', path: 'mailfolders/:folder/move', need: 'write', serve: move },
  { method: 'POST', path: 'mailfolders/:folder/copy', need: 'write', serve: copy },
  {
    method: 'GET',
    path: 'mailfolders/:folder/childfolders',
    need: 'read',
    serve: (request) => list(request, request.params.folder!),
  },
  {
    method: 'GET',
    path: 'mailfolders/:folder/childfolders/$count',
    need: 'read',
    serve: (request) => count(request, request.params.folder!),
  },
  {
    method: 'POST',
    path: 'mailfolders/:folder/childfolders',
    need: 'write',
    serve: (request) => create(request, request.params.folder!),
  },
]

const defaultTop = 10

export function folderOf(request: MailRequest): FolderRow {
  return request.store.folders.find(request.mailbox.id, request.params.folder!)
}
/** The folder of `destinationId`: a well-known name or an id. */
export async function destinationOf(request: MailRequest): Promise<FolderRow> {
  const { destinationId } = await request.json()
  if (destinationId === undefined)
    throw fail(400, 'ErrorInvalidRequest', 'The DestinationId parameter is required.')
  return request.store.folders.find(request.mailbox.id, asString(destinationId, 'destinationId'))
}

function list(request: MailRequest, parent: string): Response {
  const { store, mailbox, contextBase, url } = request
  const query = request.query()
  if (query.expand.length > 0) throw notModelled('$expand of mail folders')
  const folder = store.folders.find(mailbox.id, parent)
  const rows = selectRows(
    store,
    store.folders.children(folder, { hidden: query.includeHiddenFolders }),
    query.filter,
  )
  for (const { path, descending } of query.orderBy.toReversed()) {
    if (path.toLowerCase() !== 'displayname') throw notModelled(`$orderby=${path} of mail folders`)
    rows.sort((one, other) => one.name_key.localeCompare(other.name_key) * (descending ? -1 : 1))
  }
  const top = query.top ?? defaultTop
  const page = rows.slice(query.skip, query.skip + top)
  return answerJson(200, {
    '@odata.context': `${contextBase}/mailFolders`,
    ...(query.count ? { '@odata.count': rows.length } : {}),
    value: page.map((row) => shapeFolder(store, row, query.select)),
    ...(rows.length > query.skip + top ? { '@odata.nextLink': nextLink(url, query.skip + top) } : {}),
  })
}

/** The request's own address with another `$skip`. */
export function nextLink(url: URL, skip: number): string {
  const options = [...url.searchParams]
    .filter(([name]) => !/^\$?skip$/i.test(name))
    .map(([name, value]) => `${encodeName(name)}=${encodeURIComponent(value)}`)
  return `${url.origin}${url.pathname}?${[...options, `$skip=${skip}`].join('&')}`
}
const encodeName = (name: string): string => encodeURIComponent(name).replace('%24', '$')

function count(request: MailRequest, parent: string): Response {
  const { store, mailbox } = request
  const query = request.query()
  const folder = store.folders.find(mailbox.id, parent)
  const rows = selectRows(
    store,
    store.folders.children(folder, { hidden: query.includeHiddenFolders }),
    query.filter,
  )
  return new Response(String(rows.length), { headers: { 'content-type': 'text/plain' } })
}

function selectRows(store: MailStore, rows: FolderRow[], filter: Filter | undefined): FolderRow[] {
  return filter ? rows.filter((row) => fits(store, row, filter)) : rows
}
function fits(store: MailStore, row: FolderRow, filter: Filter): boolean {
  if (filter.kind === 'and') return fits(store, row, filter.left) && fits(store, row, filter.right)
  if (filter.kind === 'or') return fits(store, row, filter.left) || fits(store, row, filter.right)
  if (filter.kind === 'not') return !fits(store, row, filter.inner)
  if (filter.kind === 'any' || filter.kind === 'in' || filter.kind === 'bare') throw invalidNodes()
  const shaped = shapeFolder(store, row, undefined)
  const name = Object.keys(shaped).find((known) => known.toLowerCase() === filter.path.toLowerCase())
  if (!name)
    throw fail(
      400,
      'BadRequest',
      `Could not find a property named '${filter.path.slice(0, 100)}' on type 'microsoft.graph.mailFolder'.`,
    )
  const plain = (value: unknown): string | number =>
    typeof value === 'number' ? value : name === 'displayName' ? String(value).toLowerCase() : String(value)
  const [left, right] = [plain(shaped[name]), plain(filter.value.value)]
  if (filter.kind === 'call')
    return filter.name === 'contains'
      ? String(left).includes(String(right))
      : String(left).startsWith(String(right))
  if (typeof left !== typeof right) throw invalidNodes()
  const order = left < right ? -1 : left > right ? 1 : 0
  return { eq: order === 0, ne: order !== 0, gt: order > 0, ge: order >= 0, lt: order < 0, le: order <= 0 }[
    filter.operator
  ]
}

function get(request: MailRequest): Response {
  return answerFolder(request, 200, folderOf(request))
}
function answerFolder(request: MailRequest, status: number, row: FolderRow): Response {
  return answerJson(status, {
    '@odata.context': `${request.contextBase}/mailFolders/$entity`,
    ...shapeFolder(request.store, row, request.query().select),
  })
}

async function create(request: MailRequest, parent: string): Promise<Response> {
  const { store, mailbox } = request
  const json = await request.json()
  if (
    String(json['@odata.type'] ?? '')
      .toLowerCase()
      .endsWith('mailsearchfolder')
  )
    throw notModelled('search folders')
  const displayName = folderName(json.displayName)
  const isHidden =
    json.isHidden === undefined || json.isHidden === null ? false : asBoolean(json.isHidden, 'isHidden')
  const row = store.context.transaction(() =>
    store.folders.create(store.folders.find(mailbox.id, parent), displayName, isHidden),
  )
  return answerFolder(request, 201, row)
}

async function rename(request: MailRequest): Promise<Response> {
  const folder = folderOf(request)
  const json = await request.json()
  if (json.displayName === undefined) return answerFolder(request, 200, folder)
  const displayName = folderName(json.displayName)
  refuseWellKnown(folder, 'renamed')
  const row = request.store.context.transaction(() => request.store.folders.rename(folder, displayName))
  return answerFolder(request, 200, row)
}

/** Deleting moves a folder to Deleted Items; deleting it there removes it for good. */
function remove(request: MailRequest): Response {
  const { store, mailbox } = request
  const folder = folderOf(request)
  refuseWellKnown(folder, 'deleted')
  const bin = store.folders.wellKnown(mailbox.id, 'deleteditems')
  store.context.transaction(() => {
    if (store.folders.isInside(folder, bin)) store.folders.remove(folder)
    else {
      const taken = new Set(store.folders.children(bin, { hidden: true }).map(({ name_key }) => name_key))
      let name = folder.display_name
      for (let number = 1; taken.has(name.toLowerCase()); number++) name = `${folder.display_name}${number}`
      store.folders.move(name === folder.display_name ? folder : store.folders.rename(folder, name), bin)
    }
  })
  return answerEmpty(204)
}
function removeForEver(request: MailRequest): Response {
  const folder = folderOf(request)
  refuseWellKnown(folder, 'deleted')
  request.store.context.transaction(() => request.store.folders.remove(folder))
  return answerEmpty(204)
}

async function move(request: MailRequest): Promise<Response> {
  const folder = folderOf(request)
  const destination = await destinationOf(request)
  refuseWellKnown(folder, 'moved')
  const row = request.store.context.transaction(() => request.store.folders.move(folder, destination))
  return answerFolder(request, 201, row)
}

async function copy(request: MailRequest): Promise<Response> {
  const { store } = request
  const folder = folderOf(request)
  const destination = await destinationOf(request)
  if (store.folders.isInside(destination, folder))
    throw fail(400, 'ErrorMoveCopyFailed', 'A folder cannot be copied into itself.')
  const row = store.context.transaction(() => copyTree(store, folder, destination))
  return answerFolder(request, 201, row)
}
function copyTree(store: MailStore, folder: FolderRow, destination: FolderRow): FolderRow {
  const made = store.folders.create(destination, folder.display_name, folder.is_hidden === 1)
  for (const { num } of store.all<{ num: number }>(
    'SELECT num FROM mail_messages WHERE folder = ? ORDER BY num',
    folder.num,
  ))
    store.copyMessage(num, made.num)
  for (const child of store.folders.children(folder, { hidden: true })) copyTree(store, child, made)
  return made
}

function folderName(value: unknown): string {
  const name = value === undefined || value === null ? '' : asString(value, 'displayName').trim()
  if (name === '' || name.length > 255)
    throw fail(400, 'ErrorInvalidFolderName', 'The folder display name is empty or too long.')
  return name
}
function refuseWellKnown(folder: FolderRow, what: string): void {
  if (folder.well_known !== null)
    throw fail(403, 'ErrorDeleteDistinguishedFolder', `Distinguished folders cannot be ${what}.`)
}
