import { answerEmpty } from './answer.ts'
import { asBoolean, asObject, asString, newDraft, readMessageJson, readRecipients } from './compose.ts'
import type { MessageChanges } from './compose.ts'
import { fail } from './failures.ts'
import { answerMessage, messageOf, nameFinder, readMime } from './message-routes.ts'
import { draftReply } from './reply.ts'
import type { ReplyKind } from './reply.ts'
import type { MailRequest, Route } from './routes.ts'
import { acceptSend } from './send.ts'
import { nextConversationIndex } from './store.ts'
import type { MessageRow, NewMessage } from './store.ts'

const below = (tail: string, need: Route['need'], serve: Route['serve']): Route[] => [
  { method: 'POST', path: `messages/:message/${tail}`, need, serve },
  { method: 'POST', path: `mailfolders/:folder/messages/:message/${tail}`, need, serve },
]

export const sendRoutes: readonly Route[] = [
  { method: 'POST', path: 'sendmail', need: 'send', serve: sendMail },
  ...below('send', 'send', send),
  ...below('reply', 'send', (request) => replyNow(request, 'reply')),
  ...below('replyall', 'send', (request) => replyNow(request, 'replyAll')),
  ...below('forward', 'send', (request) => replyNow(request, 'forward')),
  ...below('createreply', 'write', (request) => createReply(request, 'reply')),
  ...below('createreplyall', 'write', (request) => createReply(request, 'replyAll')),
  ...below('createforward', 'write', (request) => createReply(request, 'forward')),
]

function send(request: MailRequest): Response {
  const { store, mailbox, caller } = request
  store.context.transaction(() =>
    acceptSend(store, messageOf(request), { mailbox, caller, saveToSentItems: true }),
  )
  return answerEmpty(202)
}

async function sendMail(request: MailRequest): Promise<Response> {
  const fromMime = await readMime(request)
  if (fromMime) return storeAndSend(request, fromMime, true)
  const json = await request.json()
  if (json.message === undefined || json.message === null)
    throw fail(400, 'ErrorInvalidRequest', "The parameter 'message' is required.")
  const keep =
    json.saveToSentItems === undefined || json.saveToSentItems === null
      ? true
      : asBoolean(json.saveToSentItems, 'saveToSentItems')
  const changes = readMessageJson(json.message, { nameOf: nameFinder(request.store) })
  return storeAndSend(request, await newDraft(changes, { nowMs: request.store.nowMs() }), keep)
}

/** 202 means that a draft was stored and accepted: the draft then follows the same slow path as any other. */
function storeAndSend(request: MailRequest, draft: NewMessage, saveToSentItems: boolean): Response {
  const { store, mailbox, caller } = request
  store.context.transaction(() => {
    const row = storeDraft(request, { ...draft, isDraft: true })
    acceptSend(store, row, { mailbox, caller, saveToSentItems })
  })
  return answerEmpty(202)
}
function storeDraft({ store, mailbox }: MailRequest, draft: NewMessage): MessageRow {
  return store.insertMessage(mailbox.id, store.folders.wellKnown(mailbox.id, 'drafts').num, draft)
}

async function replyNow(request: MailRequest, kind: ReplyKind): Promise<Response> {
  return storeAndSend(request, await readReply(request, kind, { keepComment: true }), true)
}

async function createReply(request: MailRequest, kind: ReplyKind): Promise<Response> {
  const draft = await readReply(request, kind, { keepComment: false })
  const row = request.store.context.transaction(() => storeDraft(request, draft))
  return answerMessage(request, 201, row)
}

async function readReply(
  request: MailRequest,
  kind: ReplyKind,
  options: { keepComment: boolean },
): Promise<NewMessage> {
  const { store, mailbox, preferences } = request
  const original = messageOf(request)
  const fromMime = await readMime(request)
  if (fromMime) return threaded(fromMime, original)
  const json = await request.json()
  const nameOf = nameFinder(store)
  const changes: MessageChanges =
    json.message === undefined || json.message === null
      ? {}
      : readMessageJson(asObject(json.message, 'message'), { nameOf })
  if (json.toRecipients !== undefined && json.toRecipients !== null) {
    if (changes.to)
      throw fail(
        400,
        'ErrorInvalidRequest',
        'Recipients can be given in toRecipients or in the message, not in both.',
      )
    changes.to = readRecipients(json.toRecipients, nameOf)
  }
  const comment =
    json.comment === undefined || json.comment === null ? undefined : asString(json.comment, 'comment')
  if (comment !== undefined && changes.body)
    throw fail(400, 'ErrorInvalidRequest', 'The comment and the body of the message cannot both be given.')
  return draftReply(store, original, {
    kind,
    mailbox,
    changes,
    comment: options.keepComment ? comment : undefined,
    timeZone: preferences.timeZone,
  })
}

/** A reply given as MIME keeps its own text; only its place in the thread comes from the original. */
function threaded(draft: NewMessage, original: MessageRow): NewMessage {
  return {
    ...draft,
    inReplyTo: draft.inReplyTo ?? original.internet_message_id,
    references: draft.references ?? original.internet_message_id,
    conversationId: original.conversation_id,
    conversationIndex: nextConversationIndex(original.conversation_index),
  }
}
