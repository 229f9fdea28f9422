import { badRequest, fail, notModelled } from './failures.ts'
import { previewOf } from './html.ts'
import { newInternetMessageId, normaliseExtendedId } from './store.ts'
import type { ExtendedProperty, Header, NewAttachment, NewMessage, Recipient } from './store.ts'

type Json = Record<string, unknown>
/** What a message's JSON asks to change; absent keys change nothing. */
export interface MessageChanges {
  subject?: string
  body?: NewMessage['body']
  from?: Recipient | null
  sender?: Recipient | null
  to?: Recipient[]
  cc?: Recipient[]
  bcc?: Recipient[]
  replyTo?: Recipient[]
  isRead?: boolean
  importance?: string
  flag?: NewMessage['flag']
  categories?: string[]
  inference?: string
  deliveryReceipt?: boolean
  readReceipt?: boolean
  internetMessageId?: string
  headers?: Header[]
  extended?: ExtendedProperty[]
  attachments?: NewAttachment[]
}

const readOnly = new Set([
  'id',
  'createddatetime',
  'lastmodifieddatetime',
  'changekey',
  'receiveddatetime',
  'sentdatetime',
  'hasattachments',
  'bodypreview',
  'parentfolderid',
  'conversationid',
  'conversationindex',
  'isdraft',
  'weblink',
  'uniquebody',
])
/** The changes that only a draft takes (graph-mail.md section 2). */
export const draftOnly = new Set<keyof MessageChanges>([
  'subject',
  'body',
  'from',
  'sender',
  'to',
  'cc',
  'bcc',
  'replyTo',
  'internetMessageId',
])

/**
 * Reads a message's JSON, names in any case. Read-only properties are passed over, as Graph does.
 *
 * @throws {GraphFailure} 400 for an unknown property, a wrong type or a bad header
 */
export function readMessageJson(
  value: unknown,
  options: { nameOf: (address: string) => string | undefined },
): MessageChanges {
  const json = asObject(value, 'message')
  const changes: MessageChanges = {}
  for (const [name, content] of Object.entries(json)) {
    const key = name.toLowerCase()
    if (key.includes('@odata.') || readOnly.has(key)) continue
    switch (key) {
      case 'subject':
        changes.subject = content === null ? '' : asString(content, name)
        break
      case 'body':
        changes.body = readBody(content)
        break
      case 'from':
        changes.from = content === null ? null : readRecipient(content, options.nameOf)
        break
      case 'sender':
        changes.sender = content === null ? null : readRecipient(content, options.nameOf)
        break
      case 'torecipients':
        changes.to = readRecipients(content, options.nameOf)
        break
      case 'ccrecipients':
        changes.cc = readRecipients(content, options.nameOf)
        break
      case 'bccrecipients':
        changes.bcc = readRecipients(content, options.nameOf)
        break
      case 'replyto':
        changes.replyTo = readRecipients(content, options.nameOf)
        break
      case 'isread':
        changes.isRead = asBoolean(content, name)
        break
      case 'isdeliveryreceiptrequested':
        changes.deliveryReceipt = content === null ? false : asBoolean(content, name)
        break
      case 'isreadreceiptrequested':
        changes.readReceipt = content === null ? false : asBoolean(content, name)
        break
      case 'importance':
        changes.importance = oneOf(content, name, ['low', 'normal', 'high'])
        break
      case 'inferenceclassification':
        changes.inference = oneOf(content, name, ['focused', 'other'])
        break
      case 'flag':
        changes.flag = readFlag(content)
        break
      case 'categories':
        changes.categories = asArray(content, name).map((one) => asString(one, name))
        break
      case 'internetmessageid':
        changes.internetMessageId = readInternetMessageId(content)
        break
      case 'internetmessageheaders':
        changes.headers = readHeaders(content)
        break
      case 'singlevalueextendedproperties':
        changes.extended = asArray(content, name).map(readExtended)
        break
      case 'attachments':
        changes.attachments = asArray(content, name).map((one) => readAttachmentJson(one))
        break
      case 'multivalueextendedproperties':
      case 'extensions':
        throw notModelled(`${name} of a message`)
      default:
        throw fail(
          400,
          'RequestBodyRead',
          `The property '${name.slice(0, 100)}' does not exist on type 'microsoft.graph.message'.`,
        )
    }
  }
  return changes
}

/** Makes a new draft out of changes. MAPI flags and dates (`Integer 0x0E07`, `SystemTime 0x0E06`) make an imported message of it. */
export async function newDraft(changes: MessageChanges, options: { nowMs: number }): Promise<NewMessage> {
  const body = changes.body ?? { contentType: 'text', content: '', textAlternative: null }
  const property = (tag: string): string | undefined =>
    changes.extended?.find(({ id }) => id.toLowerCase().endsWith(tag))?.value
  const flags = property(' 0x0e07') ?? property(' 0xe07')
  const isDraft = flags === undefined || (Number(flags) & 8) !== 0
  const isRead = changes.isRead ?? (flags === undefined || (Number(flags) & 1) !== 0)
  const delivered = readTime(property(' 0x0e06') ?? property(' 0xe06'))
  const submitted = readTime(property(' 0x0039') ?? property(' 0x39'))
  return {
    subject: changes.subject ?? '',
    from: changes.from ?? null,
    sender: changes.sender ?? changes.from ?? null,
    to: changes.to ?? [],
    cc: changes.cc ?? [],
    bcc: changes.bcc ?? [],
    replyTo: changes.replyTo ?? [],
    receivedMs: delivered ?? options.nowMs,
    sentMs: submitted ?? delivered ?? options.nowMs,
    isRead,
    isDraft,
    importance: changes.importance ?? 'normal',
    flag: changes.flag ?? { flagStatus: 'notFlagged' },
    categories: changes.categories ?? [],
    inference: changes.inference ?? 'focused',
    deliveryReceipt: changes.deliveryReceipt ?? false,
    readReceipt: changes.readReceipt ?? false,
    internetMessageId: changes.internetMessageId ?? newInternetMessageId(),
    inReplyTo: null,
    references: null,
    body,
    preview: await previewOf(body),
    headers: changes.headers ?? [],
    attachments: changes.attachments ?? [],
    extended: changes.extended ?? [],
    mime: null,
  }
}

export function readRecipients(value: unknown, nameOf: (address: string) => string | undefined): Recipient[] {
  if (value === null) return []
  return asArray(value, 'recipients').map((one) => readRecipient(one, nameOf))
}

/** Reads a file attachment's JSON. Item and reference attachments are not modelled for writing. */
export function readAttachmentJson(value: unknown): NewAttachment {
  const json = asObject(value, 'attachment')
  const type = String(json['@odata.type'] ?? '')
    .toLowerCase()
    .replace(/^#/, '')
  if (type === 'microsoft.graph.itemattachment' || type === 'microsoft.graph.referenceattachment')
    throw notModelled(`writing a ${type.slice('microsoft.graph.'.length)}`)
  if (type !== 'microsoft.graph.fileattachment')
    throw badRequest(
      "A type named '@odata.type' must be given: 'microsoft.graph.attachment' is abstract and cannot be instantiated.",
    )
  const name = json.name === undefined ? '' : asString(json.name, 'name')
  if (name === '') throw fail(400, 'ErrorRequiredPropertyMissing', 'Required property is missing: name.')
  const text = typeof json.contentBytes === 'string' ? json.contentBytes.replaceAll(/\s+/g, '') : undefined
  if (text === undefined)
    throw fail(400, 'ErrorRequiredPropertyMissing', 'Required property is missing: contentBytes.')
  if (!/^[A-Za-z0-9+/\-_]*={0,2}$/.test(text))
    throw fail(
      400,
      'RequestBodyRead',
      "Cannot convert the literal 'contentBytes' to the expected type 'Edm.Binary'.",
    )
  return {
    kind: 'file',
    name,
    contentType:
      json.contentType === undefined || json.contentType === null
        ? null
        : asString(json.contentType, 'contentType'),
    isInline:
      json.isInline === undefined || json.isInline === null ? false : asBoolean(json.isInline, 'isInline'),
    contentId:
      json.contentId === undefined || json.contentId === null ? null : asString(json.contentId, 'contentId'),
    contentLocation:
      json.contentLocation === undefined || json.contentLocation === null
        ? null
        : asString(json.contentLocation, 'contentLocation'),
    content: Buffer.from(text, 'base64'),
  }
}

/** Lower-cases the first letter of every property name: Exchange's own spelling (`DestinationId`) is accepted beside Graph's. */
export function withGraphNames(value: unknown, depth = 0): unknown {
  if (depth > 60) throw badRequest('The request payload is nested too deeply.')
  if (Array.isArray(value)) return value.map((one) => withGraphNames(one, depth + 1))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name.charAt(0).toLowerCase() + name.slice(1),
      withGraphNames(one, depth + 1),
    ]),
  )
}

export function asObject(value: unknown, name: string): Json {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw wrongType(name, 'object')
  return value as Json
}
export function asString(value: unknown, name: string): string {
  if (typeof value !== 'string') throw wrongType(name, 'Edm.String')
  return value.replaceAll('\0', '')
}
export function asBoolean(value: unknown, name: string): boolean {
  if (typeof value === 'boolean') return value
  if (value === 'true' || value === 'false') return value === 'true'
  throw wrongType(name, 'Edm.Boolean')
}
function asArray(value: unknown, name: string): unknown[] {
  if (!Array.isArray(value)) throw wrongType(name, 'collection')
  return value
}
function wrongType(name: string, type: string): Error {
  return fail(
    400,
    'RequestBodyRead',
    `Cannot convert the value of '${name.slice(0, 100)}' to the expected type '${type}'.`,
  )
}
function oneOf(value: unknown, name: string, allowed: readonly string[]): string {
  const text = asString(value, name).toLowerCase()
  if (!allowed.includes(text)) throw wrongType(name, `one of ${allowed.join(', ')}`)
  return text
}
function readBody(value: unknown): NewMessage['body'] {
  if (value === null) return { contentType: 'text', content: '', textAlternative: null }
  const json = asObject(value, 'body')
  const contentType =
    json.contentType === undefined ? 'text' : oneOf(json.contentType, 'contentType', ['text', 'html'])
  const content = json.content === undefined || json.content === null ? '' : asString(json.content, 'content')
  return { contentType: contentType as 'text' | 'html', content, textAlternative: null }
}
function readRecipient(value: unknown, nameOf: (address: string) => string | undefined): Recipient {
  const { emailAddress } = asObject(value, 'recipient')
  const json = asObject(emailAddress, 'emailAddress')
  if (typeof json.address !== 'string' || json.address.trim() === '')
    throw fail(400, 'ErrorInvalidRecipients', 'At least one recipient is not valid.')
  const address = asString(json.address, 'address')
    .replaceAll(/[\r\n]/g, '')
    .trim()
  const name =
    json.name === undefined || json.name === null || json.name === ''
      ? undefined
      : asString(json.name, 'name')
  return { emailAddress: { name: name?.replaceAll(/[\r\n]/g, ' ') ?? nameOf(address) ?? address, address } }
}
function readFlag(value: unknown): NewMessage['flag'] {
  const json = asObject(value, 'flag')
  const statuses = ['notFlagged', 'complete', 'flagged']
  const asked =
    json.flagStatus === undefined ? 'notflagged' : asString(json.flagStatus, 'flagStatus').toLowerCase()
  const flagStatus = statuses.find((status) => status.toLowerCase() === asked)
  if (!flagStatus) throw wrongType('flagStatus', `one of ${statuses.join(', ')}`)
  const times = Object.fromEntries(
    ['startDateTime', 'dueDateTime', 'completedDateTime']
      .filter((name) => json[name] !== undefined && json[name] !== null)
      .map((name) => {
        const time = asObject(json[name], name)
        return [
          name,
          {
            dateTime: asString(time.dateTime, 'dateTime'),
            timeZone: asString(time.timeZone ?? 'UTC', 'timeZone'),
          },
        ]
      }),
  )
  if (times.dueDateTime && !times.startDateTime)
    throw fail(400, 'ErrorInvalidArgument', 'A due date needs a start date.')
  return { flagStatus, ...times }
}
function readInternetMessageId(value: unknown): string {
  const text = asString(value, 'internetMessageId').trim()
  if (!/^[^\s]{1,990}$/.test(text)) throw wrongType('internetMessageId', 'message identifier')
  return text
}
function readHeaders(value: unknown): Header[] {
  const headers = asArray(value, 'internetMessageHeaders').map((one) => {
    const json = asObject(one, 'internetMessageHeader')
    const header = { name: asString(json.name, 'name'), value: asString(json.value ?? '', 'value') }
    if (!/^x-[!-9;-~]+$/i.test(header.name) || /[\r\n]/.test(header.value))
      throw fail(
        400,
        'InvalidInternetMessageHeader',
        `The internet message header name '${header.name.slice(0, 100)}' should start with 'x-' or 'X-'.`,
      )
    return header
  })
  if (headers.length > 5)
    throw fail(
      400,
      'InvalidInternetMessageHeaderCollection',
      'Maximum number of headers in one message should be less than or equal to 5.',
    )
  return headers
}
function readExtended(value: unknown): ExtendedProperty {
  const json = asObject(value, 'singleValueExtendedProperty')
  const content = json.value
  return {
    id: normaliseExtendedId(asString(json.id, 'id')),
    value:
      typeof content === 'number' || typeof content === 'boolean'
        ? String(content)
        : asString(content, 'value'),
  }
}
function readTime(text: string | undefined): number | undefined {
  const ms = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(ms) ? undefined : ms
}
