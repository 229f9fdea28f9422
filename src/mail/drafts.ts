import { callOf, ifMatchOf, messagePath, unlessGone, type MailboxAccess } from './access.ts'
import type { CallOptions, DraftContent, ExtendedProperty } from './contract.ts'
import { MailError } from './mail-error.ts'
import { messageFields, readMessage, toRecipient, type Message } from './message.ts'
import { expandKey, getMessage, odataString, patchMessage } from './messages.ts'

export async function createDraft(
  access: MailboxAccess,
  content: DraftContent,
  o: CallOptions,
): Promise<Message> {
  const { body } = await access.graph.request('POST', `${access.root}/messages`, {
    ...callOf(o),
    body: writeDraft(content),
  })
  return readMessage(body)
}

/** Answers a message with a draft: `createReply`, `createReplyAll` or `createForward`. */
export async function createReaction(
  access: MailboxAccess,
  id: string,
  action: 'createReply' | 'createReplyAll' | 'createForward',
  o: CallOptions & { message?: DraftContent },
): Promise<Message> {
  const { body } = await access.graph.request('POST', `${messagePath(access, id)}/${action}`, {
    ...callOf(o),
    ...(o.message === undefined ? {} : { body: { message: writeDraft(o.message) } }),
  })
  return readMessage(body)
}

export function patchDraft(
  access: MailboxAccess,
  id: string,
  content: DraftContent,
  o: CallOptions & { ifMatch?: string },
): Promise<Message> {
  return patchMessage(access, id, writeDraft(content), o)
}

export async function sendDraft(
  access: MailboxAccess,
  id: string,
  o: CallOptions & { recipients?: number },
): Promise<{ requestId: string }> {
  const { requestId } = await access.graph.request('POST', `${messagePath(access, id)}/send`, {
    ...callOf(o),
    repeat: 'never',
    cost: { sends: 1, recipients: o.recipients ?? 1 },
  })
  return { requestId }
}

export async function findByExtendedProperty(
  access: MailboxAccess,
  folder: string,
  property: ExtendedProperty,
  o: CallOptions,
): Promise<Message[]> {
  const query = {
    $filter: `singleValueExtendedProperties/Any(ep: ep/id eq ${odataString(property.id)} and ep/value eq ${odataString(property.value)})`,
    $select: messageFields.join(','),
    $top: 50,
    ...expandKey(property.id),
  }
  const found: Message[] = []
  const path = `${access.root}/mailFolders/${encodeURIComponent(folder)}/messages`
  for await (const page of access.graph.pages(path, { ...callOf(o), query }))
    found.push(...page.map(readMessage))
  return found
}

/**
 * Looks first, because DELETE on a draft that has left meanwhile would delete the sent message; the etag closes the gap
 * between look and delete.
 */
export async function deleteDraft(access: MailboxAccess, id: string, o: CallOptions): Promise<void> {
  const there = await unlessGone(getMessage(access, id, o))
  if (there === undefined) return
  if (!there.isDraft) throw new MailError('mail/not-a-draft', 'That message is no draft: it was not deleted')
  await unlessGone(
    access.graph.request('DELETE', messagePath(access, id), callOf(o, ifMatchOf({ ifMatch: there.etag }))),
  )
}

function writeDraft(content: DraftContent): Record<string, unknown> {
  const { to, cc, bcc, replyTo, from, extendedProperties, ...same } = content
  return {
    ...same,
    ...(to === undefined ? {} : { toRecipients: to.map(toRecipient) }),
    ...(cc === undefined ? {} : { ccRecipients: cc.map(toRecipient) }),
    ...(bcc === undefined ? {} : { bccRecipients: bcc.map(toRecipient) }),
    ...(replyTo === undefined ? {} : { replyTo: replyTo.map(toRecipient) }),
    ...(from === undefined ? {} : { from: toRecipient(from) }),
    ...(extendedProperties === undefined ? {} : { singleValueExtendedProperties: extendedProperties }),
  }
}
