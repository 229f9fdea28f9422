import { MailError } from './mail-error.ts'

export interface EmailAddress {
  readonly address: string
  readonly name: string
}

export interface MessageBody {
  readonly contentType: 'text' | 'html'
  readonly content: string
}

export interface MessageFlag {
  readonly flagStatus: 'notFlagged' | 'flagged' | 'complete'
}

export interface InternetMessageHeader {
  readonly name: string
  readonly value: string
}

/** The part of Graph's message that loops need. Ids are immutable ones; times are Graph's UTC text. */
export interface Message {
  readonly id: string
  readonly changeKey: string
  /** For If-Match; empty when Graph sent none. */
  readonly etag: string
  readonly subject: string
  readonly from: EmailAddress | undefined
  readonly sender: EmailAddress | undefined
  readonly toRecipients: readonly EmailAddress[]
  readonly ccRecipients: readonly EmailAddress[]
  readonly bccRecipients: readonly EmailAddress[]
  readonly replyTo: readonly EmailAddress[]
  readonly receivedDateTime: string
  readonly sentDateTime: string
  readonly isRead: boolean
  readonly isDraft: boolean
  readonly hasAttachments: boolean
  readonly categories: readonly string[]
  readonly flag: MessageFlag
  readonly importance: 'low' | 'normal' | 'high'
  readonly parentFolderId: string
  readonly conversationId: string
  readonly internetMessageId: string
  readonly bodyPreview: string
  /** Present when asked for. */
  readonly body?: MessageBody
  /** Present when asked for. */
  readonly internetMessageHeaders?: readonly InternetMessageHeader[]
  /** Single-value extended properties by id; present when one was asked for. */
  readonly extendedProperties?: Readonly<Record<string, string>>
}

/** What `$select` asks for when nothing narrower is wanted. */
export const messageFields = [
  'id',
  'changeKey',
  'subject',
  'from',
  'sender',
  'toRecipients',
  'ccRecipients',
  'bccRecipients',
  'replyTo',
  'receivedDateTime',
  'sentDateTime',
  'isRead',
  'isDraft',
  'hasAttachments',
  'categories',
  'flag',
  'importance',
  'parentFolderId',
  'conversationId',
  'internetMessageId',
  'bodyPreview',
] as const

type Json = Record<string, unknown>

/** Reads Graph's JSON; fields that were not selected come out empty. */
export function readMessage(json: unknown): Message {
  if (!isObject(json) || typeof json['id'] !== 'string') {
    throw new MailError('mail/reply-malformed', 'Graph sent a message without an id')
  }
  const body = readBody(json['body'])
  const headers = readHeaders(json['internetMessageHeaders'])
  const extended = readExtendedProperties(json['singleValueExtendedProperties'])
  return {
    id: json['id'],
    changeKey: text(json['changeKey']),
    etag: text(json['@odata.etag']),
    subject: text(json['subject']),
    from: readAddress(json['from']),
    sender: readAddress(json['sender']),
    toRecipients: readAddresses(json['toRecipients']),
    ccRecipients: readAddresses(json['ccRecipients']),
    bccRecipients: readAddresses(json['bccRecipients']),
    replyTo: readAddresses(json['replyTo']),
    receivedDateTime: text(json['receivedDateTime']),
    sentDateTime: text(json['sentDateTime']),
    isRead: json['isRead'] === true,
    isDraft: json['isDraft'] === true,
    hasAttachments: json['hasAttachments'] === true,
    categories: array(json['categories']).filter((item) => typeof item === 'string'),
    flag: { flagStatus: readFlagStatus(json['flag']) },
    importance: readImportance(json['importance']),
    parentFolderId: text(json['parentFolderId']),
    conversationId: text(json['conversationId']),
    internetMessageId: text(json['internetMessageId']),
    bodyPreview: text(json['bodyPreview']),
    ...(body === undefined ? {} : { body }),
    ...(headers === undefined ? {} : { internetMessageHeaders: headers }),
    ...(extended === undefined ? {} : { extendedProperties: extended }),
  }
}

/** Graph's recipient for an address. */
export function toRecipient(address: EmailAddress | string): Json {
  if (typeof address === 'string') return { emailAddress: { address } }
  return { emailAddress: address.name === '' ? { address: address.address } : { ...address } }
}

function isObject(json: unknown): json is Json {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function array(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function readAddress(value: unknown): EmailAddress | undefined {
  if (!isObject(value) || !isObject(value['emailAddress'])) return undefined
  const address = text(value['emailAddress']['address'])
  return { address, name: text(value['emailAddress']['name']) }
}

function readAddresses(value: unknown): EmailAddress[] {
  return array(value)
    .map(readAddress)
    .filter((item) => item !== undefined)
}

function readBody(value: unknown): MessageBody | undefined {
  if (!isObject(value)) return undefined
  const contentType = text(value['contentType']).toLowerCase() === 'text' ? 'text' : 'html'
  return { contentType, content: text(value['content']) }
}

function readHeaders(value: unknown): InternetMessageHeader[] | undefined {
  if (!Array.isArray(value)) return undefined
  return value.filter(isObject).map((item) => ({ name: text(item['name']), value: text(item['value']) }))
}

function readExtendedProperties(value: unknown): Record<string, string> | undefined {
  if (!Array.isArray(value)) return undefined
  return Object.fromEntries(value.filter(isObject).map((item) => [text(item['id']), text(item['value'])]))
}

function readFlagStatus(value: unknown): MessageFlag['flagStatus'] {
  const status = isObject(value) ? value['flagStatus'] : undefined
  return status === 'flagged' || status === 'complete' ? status : 'notFlagged'
}

function readImportance(value: unknown): Message['importance'] {
  const importance = text(value).toLowerCase()
  return importance === 'low' || importance === 'high' ? importance : 'normal'
}
