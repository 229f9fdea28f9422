import type { GraphClient } from '../graph/index.ts'
import { callOf, unlessGone, type MailboxAccess } from './access.ts'
import { downloadAttachment, listAttachments, uploadAttachment } from './attachments.ts'
import type { Mailbox } from './contract.ts'
import {
  createDraft,
  createReaction,
  deleteDraft,
  findByExtendedProperty,
  patchDraft,
  sendDraft,
} from './drafts.ts'
import { createFolderFinder, listFolders } from './folders.ts'
import { listMessageIds, listMessages } from './list.ts'
import { getMessage, moveMessage, patchMessage } from './messages.ts'

/**
 * Opens a mailbox through a Graph client: `me`, or another's address or object id (needs the `.Shared` permissions and Full
 * Access). Sends nothing yet.
 */
export function openMailbox(graph: GraphClient, mailbox: 'me' | string): Mailbox {
  const root = mailbox === 'me' ? '/me' : `/users/${encodeURIComponent(mailbox)}`
  const access: MailboxAccess = { graph, root }
  const finder = createFolderFinder(access)
  return {
    name: mailbox,
    listMessages: (o = {}) => listMessages(access, finder, o),
    listMessageIds: (o) => listMessageIds(access, finder, o),
    getMessage: (id, o = {}) => getMessage(access, id, o),
    getMessageIfThere: (id, o = {}) => unlessGone(getMessage(access, id, o)),
    getMime: async (id, o = {}) =>
      (
        await access.graph.request<Uint8Array>('GET', `${root}/messages/${encodeURIComponent(id)}/$value`, {
          ...callOf(o),
          bytes: true,
        })
      ).body,

    markRead: (id, isRead, o = {}) => patchMessage(access, id, { isRead }, o),
    setCategories: (id, categories, o = {}) => patchMessage(access, id, { categories }, o),
    flag: (id, flagStatus, o = {}) => patchMessage(access, id, { flag: { flagStatus } }, o),
    move: async (id, destination, o = {}) =>
      moveMessage(access, id, await finder.reference(destination, o), o),
    deleteToTrash: (id, o = {}) => moveMessage(access, id, 'deleteditems', o),

    folderByPath: (path, o = {}) => finder.byPath(path, o),
    listFolders: (parent, o = {}) => listFolders(access, parent, o),

    listAttachments: (id, o = {}) => listAttachments(access, id, o),
    downloadAttachment: (id, attachmentId, o = {}) => downloadAttachment(access, id, attachmentId, o),

    createReplyDraft: (id, o = {}) =>
      createReaction(access, id, o.all === true ? 'createReplyAll' : 'createReply', o),
    createForwardDraft: (id, o = {}) => createReaction(access, id, 'createForward', o),
    createDraft: (content, o = {}) => createDraft(access, content, o),
    patchDraft: (id, content, o = {}) => patchDraft(access, id, content, o),
    sendDraft: (id, o = {}) => sendDraft(access, id, o),
    findByExtendedProperty: async (folder, propertyId, value, o = {}) =>
      findByExtendedProperty(access, await finder.reference(folder, o), { id: propertyId, value }, o),
    deleteDraft: (id, o = {}) => deleteDraft(access, id, o),
    addAttachment: (draftId, attachment, o = {}) => uploadAttachment(access, draftId, attachment, o),
  }
}
