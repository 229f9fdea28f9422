import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { DraftContent, Mailbox, Message, MessageBody } from '../mail/index.ts'
import type { Content, Enclosure, ForwardContent, ReplyContent, SendContent } from './contract.ts'
import type { StepContext } from './context.ts'
import { keyProperty, type DraftMaker } from './draft-step.ts'
import { safeFileName } from './safe-name.ts'

/** Exchange writes a named property of this set as an Internet header: RFC 3834 wants the mark on automatic answers. */
const autoSubmitted = {
  id: 'String {00020386-0000-0000-C000-000000000046} Name Auto-Submitted',
  value: 'auto-replied',
}

export function replyMaker(context: StepContext, content: ReplyContent): DraftMaker {
  const { mailbox } = context.run
  return reactionMaker(context, content, {
    make: () => mailbox.createReplyDraft(context.row.messageId, content.all === true ? { all: true } : {}),
    extra: {},
  })
}

export function forwardMaker(context: StepContext, content: ForwardContent): DraftMaker {
  return reactionMaker(context, content, {
    make: () => context.run.mailbox.createForwardDraft(context.row.messageId),
    extra: { to: listOf(content.to) },
  })
}

/** Graph makes the draft with the quoted text; key and body go in together, by one PATCH. */
function reactionMaker(
  context: StepContext,
  content: Content,
  o: { make: () => Promise<Message>; extra: DraftContent },
): DraftMaker {
  const { mailbox } = context.run
  return {
    conversationId: context.message.conversationId,
    complete: (draft) => addMissing(mailbox, draft, content.attachments),
    create: async () => {
      const draft = await o.make()
      try {
        return await mailbox.patchDraft(draft.id, {
          ...o.extra,
          body: aboveQuoted(content, draft.body),
          extendedProperties: [{ id: keyProperty, value: context.step.id }, autoSubmitted],
        })
      } catch (error) {
        await mailbox.deleteDraft(draft.id).catch(() => undefined)
        throw error
      }
    },
  }
}

export function sendMaker(context: StepContext, content: SendContent): DraftMaker {
  const { mailbox } = context.run
  return {
    conversationId: undefined,
    complete: (draft) => addMissing(mailbox, draft, content.attachments),
    create: () =>
      mailbox.createDraft({
        subject: content.subject,
        to: listOf(content.to),
        ...(content.cc === undefined ? {} : { cc: content.cc }),
        ...(content.bcc === undefined ? {} : { bcc: content.bcc }),
        body: bodyOf(content),
        extendedProperties: [{ id: keyProperty, value: context.step.id }],
      }),
  }
}

/** A death may have come between two attachments: what the draft has by name stays. */
async function addMissing(
  mailbox: Mailbox,
  draft: Message,
  enclosures: readonly Enclosure[] | undefined,
): Promise<Message> {
  if (enclosures === undefined || enclosures.length === 0) return draft
  const names = uniqueNames(enclosures.map(enclosureName))
  const has = new Set((await mailbox.listAttachments(draft.id)).map((attachment) => attachment.name))
  for (const [index, enclosure] of enclosures.entries()) {
    const name = names[index]!
    if (has.has(name)) continue
    const bytes = await readFile(typeof enclosure === 'string' ? enclosure : enclosure.path)
    await mailbox.addAttachment(draft.id, { name, bytes })
  }
  return mailbox.getMessage(draft.id)
}

function enclosureName(enclosure: Enclosure): string {
  return safeFileName(
    typeof enclosure === 'string' ? basename(enclosure) : (enclosure.name ?? basename(enclosure.path)),
  )
}

function uniqueNames(names: readonly string[]): string[] {
  const used = new Map<string, number>()
  return names.map((name) => {
    const count = (used.get(name) ?? 0) + 1
    used.set(name, count)
    return count === 1 ? name : `${count}-${name}`
  })
}

function listOf<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T]
}

function bodyOf(content: Content): MessageBody {
  return content.html === undefined
    ? { contentType: 'text', content: content.text ?? '' }
    : { contentType: 'html', content: content.html }
}

function aboveQuoted(content: Content, quoted: MessageBody | undefined): MessageBody {
  if (quoted === undefined || quoted.content === '') return bodyOf(content)
  if (quoted.contentType === 'text' && content.html === undefined) {
    return { contentType: 'text', content: `${content.text ?? ''}\n\n${quoted.content}` }
  }
  const old = quoted.contentType === 'html' ? quoted.content : textToHtml(quoted.content)
  const own = content.html ?? textToHtml(content.text ?? '')
  const opening = /<body\b[^>]*>/i.exec(old)
  const at = opening === null ? 0 : opening.index + opening[0].length
  return { contentType: 'html', content: `${old.slice(0, at)}<div>${own}</div><br>${old.slice(at)}` }
}

function textToHtml(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return escaped.replaceAll('"', '&quot;').replaceAll(/\r\n|\r|\n/g, '<br>')
}
