import type { DirectoryUser } from '../context.ts'
import type { MessageChanges } from './compose.ts'
import { newDraft } from './compose.ts'
import { fail } from './failures.ts'
import { escapeHtml, previewOf, textToHtml } from './html.ts'
import { attachmentAsNew, messageFromRows, nextConversationIndex } from './store.ts'
import type { MailStore, MessageRow, NewMessage, Recipient } from './store.ts'

export type ReplyKind = 'reply' | 'replyAll' | 'forward'
export interface ReplyOptions {
  kind: ReplyKind
  mailbox: DirectoryUser
  changes: MessageChanges
  /** Placed above the quote; `undefined` where Graph loses it (createReply, known issue of 2026-02). */
  comment: string | undefined
  timeZone: string | undefined
}

/** Makes the draft of a reply or forward, with the original quoted below, threaded by In-Reply-To and References. */
export async function draftReply(
  store: MailStore,
  original: MessageRow,
  options: ReplyOptions,
): Promise<NewMessage> {
  const { kind, changes, comment } = options
  if (comment !== undefined && changes.body)
    throw fail(400, 'ErrorInvalidRequest', 'The comment and the body of the message cannot both be given.')
  const bodyRow = store.bodyOf(original.num)
  const source = messageFromRows(original, bodyRow)
  const draft = await newDraft(changes, { nowMs: store.nowMs() })
  const prefix = kind === 'forward' ? 'FW: ' : 'RE: '
  draft.subject = changes.subject ?? prefix + source.subject.replace(/^(?:(?:re|fw|fwd)\s*:\s*)+/i, '')
  const { to, cc } = replyRecipients(source, options)
  draft.to = changes.to ?? to
  draft.cc = changes.cc ?? cc
  draft.importance = changes.importance ?? source.importance
  draft.inReplyTo = source.internetMessageId
  draft.references = references(source)
  draft.conversationId = source.conversationId
  draft.conversationIndex = nextConversationIndex(original.conversation_index)
  draft.body = changes.body ?? quote(source, comment ?? '', options.timeZone)
  draft.preview = await previewOf(draft.body)
  const carried = store.attachmentsOf(original.num).filter((one) => kind === 'forward' || one.is_inline === 1)
  draft.attachments = [...carried.map(attachmentAsNew), ...(changes.attachments ?? [])]
  return draft
}

function replyRecipients(
  source: NewMessage,
  { kind, mailbox }: ReplyOptions,
): { to: Recipient[]; cc: Recipient[] } {
  if (kind === 'forward') return { to: [], cc: [] }
  const own = new Set([mailbox.userPrincipalName.toLowerCase(), mailbox.mail?.toLowerCase()])
  const isOwn = (recipient: Recipient): boolean => own.has(recipient.emailAddress.address.toLowerCase())
  const isMine = source.from !== null && isOwn(source.from) && source.replyTo.length === 0
  const back = source.replyTo.length > 0 ? source.replyTo : source.from ? [source.from] : []
  const first = isMine && source.to.length > 0 ? source.to : back
  if (kind === 'reply') return { to: first, cc: [] }
  const to = unique([...first, ...source.to.filter((one) => !isOwn(one))], [])
  return {
    to,
    cc: unique(
      source.cc.filter((one) => !isOwn(one)),
      to,
    ),
  }
}

function unique(recipients: Recipient[], taken: Recipient[]): Recipient[] {
  const seen = new Set(taken.map((one) => one.emailAddress.address.toLowerCase()))
  return recipients.filter(({ emailAddress }) => {
    const address = emailAddress.address.toLowerCase()
    return seen.has(address) ? false : seen.add(address)
  })
}

/** RFC 5322 section 3.6.4: the parent's References (or its In-Reply-To), then the parent. */
function references(source: NewMessage): string {
  const ids = `${source.references ?? source.inReplyTo ?? ''} ${source.internetMessageId}`.match(
    /<[^<>\s]+>/g,
  ) ?? [source.internetMessageId]
  return [...new Set(ids)].join(' ')
}

function quote(source: NewMessage, comment: string, timeZone: string | undefined): NewMessage['body'] {
  const people = (list: readonly Recipient[]): string =>
    list
      .map(({ emailAddress: { name, address } }) =>
        escapeHtml(name === address ? address : `${name} <${address}>`),
      )
      .join('; ')
  const lines: [string, string][] = [
    ['From', source.from ? people([source.from]) : ''],
    ['Sent', escapeHtml(sentLine(source.sentMs, timeZone))],
    ['To', people(source.to)],
    ['Cc', people(source.cc)],
    ['Subject', escapeHtml(source.subject)],
  ]
  const header = lines
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `<b>${name}:</b> ${value}<br>\r\n`)
    .join('')
  const html = source.body.contentType === 'html' ? source.body.content : textToHtml(source.body.content)
  const above = `${escapeHtml(comment).replaceAll(/\r?\n/g, '<br>\r\n')}\r\n<hr tabindex="-1" style="display:inline-block; width:98%">\r\n<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif" color="#000000" style="font-size:11pt">${header}</font>\r\n<div>&nbsp;</div>\r\n</div>\r\n`
  const at = /<body[^>]*>/i.exec(html)
  const content = at
    ? html.slice(0, at.index + at[0].length) + above + html.slice(at.index + at[0].length)
    : `<html><head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>${above}${html}</body></html>`
  return { contentType: 'html', content, textAlternative: null }
}

function sentLine(ms: number, timeZone: string | undefined): string {
  const format = (zone: string): string =>
    new Intl.DateTimeFormat('en-US', { dateStyle: 'full', timeStyle: 'medium', timeZone: zone })
      .format(ms)
      .replace(' at ', ' ')
  try {
    return format(timeZone ?? 'UTC')
  } catch {
    return format('UTC') // a Windows zone name: Intl knows only IANA's
  }
}
