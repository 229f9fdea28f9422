import { randomBytes } from 'node:crypto'
import { answerEmpty, answerJson } from './answer.ts'
import { asBoolean, asObject, asString, readAttachmentJson } from './compose.ts'
import { accessDenied, fail, itemNotFound, noSegment, notModelled } from './failures.ts'
import { nextLink } from './folder-routes.ts'
import { checkIfMatch, messageOf } from './message-routes.ts'
import type { MailRequest, Route } from './routes.ts'
import { selectAttachment, shapeAttachment } from './shape.ts'
import type { AttachmentRow, MailStore, MessageRow } from './store.ts'

const both = (method: Route['method'], tail: string, need: Route['need'], serve: Route['serve']): Route[] => [
  { method, path: `messages/:message/attachments${tail}`, need, serve },
  { method, path: `mailfolders/:folder/messages/:message/attachments${tail}`, need, serve },
]

export const attachmentRoutes: readonly Route[] = [
  ...both('GET', '', 'content', list),
  ...both('GET', '/$count', 'content', count),
  ...both('POST', '', 'write', add),
  ...both('POST', '/createuploadsession', 'write', createUpload),
  ...both('GET', '/:attachment', 'content', get),
  ...both('DELETE', '/:attachment', 'write', remove),
  ...both('GET', '/:attachment/$value', 'content', getBytes),
]

const minUploadBytes = 3 * 1024 * 1024
const maxUploadBytes = 150 * 1024 * 1024
const maxPartBytes = 4 * 1024 * 1024
const uploadLifeMs = 3 * 60 * 60 * 1000

function attachmentOf(request: MailRequest, message: MessageRow): AttachmentRow {
  const row = request.store.one<AttachmentRow>(
    'SELECT * FROM mail_attachments WHERE message = ? AND graph_id = ?',
    message.num,
    request.params.attachment!,
  )
  if (!row) throw itemNotFound()
  return row
}
function contextOf(request: MailRequest): string {
  return `${request.contextBase}/messages('${encodeURIComponent(request.params.message!)}')/attachments`
}

/** `$filter` is passed over in silence, as Exchange does (known issue). */
function list(request: MailRequest): Response {
  const { store, url } = request
  const rows = store.attachmentsOf(messageOf(request).num)
  const query = requestQuery(request)
  const select = selectAttachment(query.select)
  const top = query.top ?? rows.length
  return answerJson(200, {
    '@odata.context': contextOf(request),
    ...(query.count ? { '@odata.count': rows.length } : {}),
    value: rows.slice(query.skip, query.skip + top).map((row) => shapeAttachment(store, row, select)),
    ...(rows.length > query.skip + top ? { '@odata.nextLink': nextLink(url, query.skip + top) } : {}),
  })
}
function requestQuery(request: MailRequest): ReturnType<MailRequest['query']> {
  const query = request.query({ ignoreFilter: true })
  if (query.expand.length > 0) throw notModelled('$expand of attachments')
  return query
}

function count(request: MailRequest): Response {
  const rows = request.store.attachmentsOf(messageOf(request).num)
  return new Response(String(rows.length), { headers: { 'content-type': 'text/plain' } })
}

function get(request: MailRequest): Response {
  const query = requestQuery(request)
  const row = attachmentOf(request, messageOf(request))
  return answerJson(200, {
    '@odata.context': `${contextOf(request)}/$entity`,
    ...shapeAttachment(request.store, row, selectAttachment(query.select)),
  })
}

function getBytes(request: MailRequest): Response {
  const row = attachmentOf(request, messageOf(request))
  const type = row.kind === 'file' ? (row.content_type ?? 'application/octet-stream') : 'text/plain'
  const safe = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(;[ -~]*)?$/.test(type) ? type : 'application/octet-stream'
  return new Response(new Uint8Array(request.store.blob(row.blob)), { headers: { 'content-type': safe } })
}

async function add(request: MailRequest): Promise<Response> {
  const { store } = request
  messageOf(request)
  const attachment = readAttachmentJson(await request.json())
  if (attachment.content instanceof Uint8Array && attachment.content.byteLength >= minUploadBytes)
    throw fail(413, 'RequestEntityTooLarge', 'Attachments of 3 MB and more take an upload session.')
  const row = store.context.transaction(() => {
    const message = messageOf(request)
    checkIfMatch(request, message)
    return attach(store, message, attachment)
  })
  return answerJson(201, {
    '@odata.context': `${contextOf(request)}/$entity`,
    ...shapeAttachment(store, row, undefined),
  })
}
function attach(
  store: MailStore,
  message: MessageRow,
  attachment: Parameters<MailStore['addAttachment']>[1],
): AttachmentRow {
  const row = store.addAttachment(message.num, attachment)
  store.run('UPDATE mail_bodies SET mime = NULL WHERE message = ?', message.num)
  store.touch(message.num)
  return row
}

function remove(request: MailRequest): Response {
  const { store } = request
  store.context.transaction(() => {
    const message = messageOf(request)
    checkIfMatch(request, message)
    const { num, blob } = attachmentOf(request, message)
    store.run('DELETE FROM mail_attachments WHERE num = ?', num)
    store.run(
      'DELETE FROM mail_blobs WHERE sha256 = ?1 AND NOT EXISTS (SELECT 1 FROM mail_attachments WHERE blob = ?1) AND NOT EXISTS (SELECT 1 FROM mail_bodies WHERE mime = ?1)',
      blob,
    )
    store.run('UPDATE mail_bodies SET mime = NULL WHERE message = ?', message.num)
    store.refreshHasAttachments(message.num)
    store.touch(message.num)
  })
  return answerEmpty(204)
}

async function createUpload(request: MailRequest): Promise<Response> {
  const { store, caller, mailbox, url, contextBase } = request
  if (caller.kind === 'user' && caller.userId !== mailbox.id) throw accessDenied() // known issue: not on a shared mailbox
  messageOf(request)
  const item = asObject((await request.json()).attachmentItem, 'AttachmentItem')
  if (String(item.attachmentType ?? 'file').toLowerCase() !== 'file')
    throw notModelled('upload of item attachments')
  const name = asString(item.name, 'name')
  const size = item.size
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 0)
    throw fail(400, 'ErrorInvalidRequest', 'AttachmentItem.size must be a whole number.')
  if (size < minUploadBytes)
    throw fail(
      400,
      'ErrorAttachmentSizeShouldNotBeLessThanMinimumSize',
      'Attachment size should be greater than the minimum size; use POST attachments.',
    )
  if (size > maxUploadBytes)
    throw fail(413, 'ErrorAttachmentSizeLimitExceeded', 'Attachment size exceeds the maximum of 150 MB.')
  const message = messageOf(request)
  const token = randomBytes(24).toString('base64url')
  const expiresMs = store.nowMs() + uploadLifeMs
  store.context.transaction(() => {
    store.run('DELETE FROM mail_uploads WHERE expires_ms < ?', store.nowMs())
    store.run(
      `INSERT INTO mail_uploads (token, message, name, content_type, is_inline, content_id, size_bytes, expires_ms)
       VALUES (?,?,?,?,?,?,?,?)`,
      token,
      message.num,
      name,
      typeof item.contentType === 'string' ? item.contentType : null,
      Number(
        item.isInline === undefined || item.isInline === null ? false : asBoolean(item.isInline, 'isInline'),
      ),
      typeof item.contentId === 'string' ? item.contentId : null,
      size,
      expiresMs,
    )
  })
  const path = `/api/v2.0/Users('${mailbox.id}@${store.context.tenantId}')/Messages('${encodeURIComponent(message.immutable_id)}')/AttachmentSessions('${token}')`
  return answerJson(201, {
    '@odata.context': `${contextBase.split('#')[0]!}#microsoft.graph.uploadSession`,
    uploadUrl: `${url.origin}${path}?authtoken=${token}`,
    expirationDateTime: longDate(expiresMs),
    nextExpectedRanges: ['0-'],
  })
}

interface UploadRow {
  token: string
  message: number
  name: string
  content_type: string | null
  is_inline: number
  content_id: string | null
  size_bytes: number
  received_bytes: number
  expires_ms: number
}

/** Serves the opaque `uploadUrl`: PUT in order, GET for the state, DELETE to cancel. Its token stands for a bearer token. */
export async function serveUpload(
  store: MailStore,
  raw: Request,
  segments: readonly string[],
): Promise<Response> {
  const at = segments.findIndex((segment) => segment.toLowerCase() === 'attachmentsessions')
  const token = at < 0 ? undefined : segments[at + 1]
  if (!token) throw noSegment(segments.at(-1) ?? '')
  const upload = findUpload(store, token)
  if (raw.method === 'GET') return state(upload)
  if (raw.method === 'DELETE') {
    store.context.transaction(() => store.run('DELETE FROM mail_uploads WHERE token = ?', token))
    return answerEmpty(204)
  }
  if (raw.method !== 'PUT')
    throw fail(405, 'ErrorMethodNotAllowed', 'An upload session takes PUT, GET and DELETE.')
  const bytes = new Uint8Array(await raw.arrayBuffer())
  const range = readRange(raw, upload, bytes.byteLength)
  return store.context.transaction(() => {
    const current = findUpload(store, token)
    if (range.start !== current.received_bytes)
      throw fail(
        416,
        'ErrorInvalidRange',
        `The fragment does not begin at the next expected range, ${current.received_bytes}.`,
      )
    store.run('INSERT INTO mail_upload_parts (token, start, bytes) VALUES (?,?,?)', token, range.start, bytes)
    store.run('UPDATE mail_uploads SET received_bytes = ? WHERE token = ?', range.end + 1, token)
    if (range.end + 1 < current.size_bytes) return state({ ...current, received_bytes: range.end + 1 })
    return finish(store, raw, current)
  })
}

function findUpload(store: MailStore, token: string): UploadRow {
  const upload = store.one<UploadRow>('SELECT * FROM mail_uploads WHERE token = ?', token)
  if (!upload || upload.expires_ms < store.nowMs())
    throw fail(404, 'uploadSessionNotFound', 'The upload session was not found or has expired.')
  return upload
}
function state(upload: UploadRow): Response {
  return answerJson(200, {
    ExpirationDateTime: longDate(upload.expires_ms),
    nextExpectedRanges: [String(upload.received_bytes)],
  })
}
function readRange(raw: Request, upload: UploadRow, length: number): { start: number; end: number } {
  const match = /^bytes (\d{1,12})-(\d{1,12})\/(\d{1,12})$/.exec(raw.headers.get('content-range') ?? '')
  const [start, end, total] = (match?.slice(1) ?? []).map(Number)
  if (
    start === undefined ||
    end === undefined ||
    end - start + 1 !== length ||
    total !== upload.size_bytes ||
    end >= total
  )
    throw fail(416, 'ErrorInvalidRange', 'The Content-Range header is missing or does not fit the fragment.')
  if (length > maxPartBytes) throw fail(413, 'RequestEntityTooLarge', 'A fragment takes at most 4 MB.')
  return { start, end }
}
function finish(store: MailStore, raw: Request, upload: UploadRow): Response {
  const parts = store.all<{ bytes: Uint8Array }>(
    'SELECT bytes FROM mail_upload_parts WHERE token = ? ORDER BY start',
    upload.token,
  )
  const message = store.messageByNum(upload.message)
  const row = attach(store, message, {
    kind: 'file',
    name: upload.name,
    contentType: upload.content_type,
    isInline: upload.is_inline === 1,
    contentId: upload.content_id,
    contentLocation: null,
    content: Buffer.concat(parts.map(({ bytes }) => bytes)),
  })
  store.run('DELETE FROM mail_uploads WHERE token = ?', upload.token)
  const base = raw.url.split('/AttachmentSessions')[0]!.split('/attachmentsessions')[0]!
  const headers = {
    location: `${base}/Attachments('${encodeURIComponent(row.graph_id)}')`,
    'content-length': '0',
  }
  return new Response(null, { status: 201, headers })
}
const longDate = (ms: number): string => new Date(ms).toISOString().replace(/Z$/, '0000Z')
