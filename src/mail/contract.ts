import type { EmailAddress, InternetMessageHeader, Message, MessageBody, MessageFlag } from './message.ts'

export interface CallOptions {
  readonly signal?: AbortSignal
  /** Milliseconds for the whole call with its repeats; see `GraphRequestOptions`. */
  readonly deadlineMs?: number
}

export interface ListOptions extends CallOptions {
  /** A well-known name (`inbox`), a display path (`Inbox/Booked`) or a folder id. Omit for the whole mailbox. */
  readonly folder?: string
  readonly filter?: { readonly unread?: boolean; readonly since?: Date; readonly until?: Date }
  /** Graph property names. Default: everything in `Message` but the body and headers. */
  readonly select?: readonly string[]
  /** Stop after so many messages. Default: no end. */
  readonly top?: number
  readonly pageSize?: number
  /** Default `receivedDateTime desc`. */
  readonly orderBy?: 'receivedDateTime desc' | 'receivedDateTime asc'
}

export interface ListIdsOptions extends CallOptions {
  readonly folder: string
  /** Received at or after, Unix milliseconds. */
  readonly sinceMs?: number
  /** Received before, Unix milliseconds. */
  readonly untilMs?: number
  /** true: unread only; false: read only. */
  readonly unread?: boolean
  readonly pageSize?: number
}

export interface MessageRef {
  readonly id: string
  readonly receivedAtMs: number
}

export interface GetOptions extends CallOptions {
  readonly body?: 'text' | 'html'
  readonly headers?: boolean
  /** A single-value extended property's id, to be found in `extendedProperties`. */
  readonly expandKey?: string
}

export interface ExtendedProperty {
  readonly id: string
  readonly value: string
}

/** What a draft may be given. `internetMessageHeaders` (names start `x-`, at most 5) count only when it is created. */
export interface DraftContent {
  readonly subject?: string
  readonly body?: MessageBody
  readonly to?: readonly (EmailAddress | string)[]
  readonly cc?: readonly (EmailAddress | string)[]
  readonly bcc?: readonly (EmailAddress | string)[]
  readonly replyTo?: readonly (EmailAddress | string)[]
  readonly from?: EmailAddress | string
  readonly importance?: Message['importance']
  readonly categories?: readonly string[]
  readonly internetMessageHeaders?: readonly InternetMessageHeader[]
  readonly internetMessageId?: string
  readonly extendedProperties?: readonly ExtendedProperty[]
}

export interface Folder {
  readonly id: string
  readonly displayName: string
  readonly parentFolderId: string
  readonly childFolderCount: number
  readonly totalItemCount: number
  readonly unreadItemCount: number
}

export interface AttachmentInfo {
  readonly id: string
  readonly kind: 'file' | 'item' | 'reference'
  /** As the sender wrote it: not a safe file name. */
  readonly name: string
  readonly contentType: string
  /** Somewhat more than the file's own size. */
  readonly sizeBytes: number
  readonly isInline: boolean
}

export interface NewAttachment {
  readonly name: string
  readonly contentType?: string
  readonly bytes: Uint8Array
  readonly isInline?: boolean
  readonly contentId?: string
}

/**
 * One mailbox through Graph; immutable ids on every call. Every method throws GraphError as the transport found it
 * (`mayHaveHappened` tells a doubtful write) and MailError where its comment says so.
 */
export interface Mailbox {
  /** `me`, or the address or id that was asked for. */
  readonly name: string
  listMessages(o?: ListOptions): AsyncIterable<Message>
  /** Oldest first, each id once, by date keyset: messages may be moved or marked while it runs. */
  listMessageIds(o: ListIdsOptions): AsyncIterable<MessageRef>
  getMessage(id: string, o?: GetOptions): Promise<Message>
  /** undefined when Graph says 404. */
  getMessageIfThere(id: string, o?: GetOptions): Promise<Message | undefined>
  /** The message as RFC 5322 bytes. */
  getMime(id: string, o?: CallOptions): Promise<Uint8Array>

  markRead(id: string, isRead: boolean, o?: CallOptions): Promise<Message>
  setCategories(
    id: string,
    categories: readonly string[],
    o?: CallOptions & { ifMatch?: string },
  ): Promise<Message>
  flag(
    id: string,
    status: MessageFlag['flagStatus'],
    o?: CallOptions & { ifMatch?: string },
  ): Promise<Message>
  /** POST move: never repeated after a doubtful failure. `destination`: folder id or well-known name. */
  move(id: string, destination: string, o?: CallOptions): Promise<Message>
  deleteToTrash(id: string, o?: CallOptions): Promise<Message>

  /** MailError `mail/folder-not-found` when absent and not `create`. Letter case is ignored; `/` separates. */
  folderByPath(path: string, o?: CallOptions & { create?: boolean }): Promise<Folder>
  listFolders(parent?: string, o?: CallOptions): AsyncIterable<Folder>

  listAttachments(id: string, o?: CallOptions): Promise<AttachmentInfo[]>
  /** The attachment's own bytes; of an attached message, its MIME. */
  downloadAttachment(id: string, attachmentId: string, o?: CallOptions): Promise<Uint8Array>

  /** POST createReply: never repeated after a doubtful failure. The answer carries the quoted body. */
  createReplyDraft(id: string, o?: CallOptions & { all?: boolean; message?: DraftContent }): Promise<Message>
  createForwardDraft(id: string, o?: CallOptions & { message?: DraftContent }): Promise<Message>
  createDraft(content: DraftContent, o?: CallOptions): Promise<Message>
  patchDraft(id: string, content: DraftContent, o?: CallOptions & { ifMatch?: string }): Promise<Message>
  /** POST send: never repeated after a doubtful failure. Acceptance is not delivery; see Graph's 202. */
  sendDraft(id: string, o?: CallOptions & { recipients?: number }): Promise<{ requestId: string }>
  findByExtendedProperty(
    folder: string,
    propertyId: string,
    value: string,
    o?: CallOptions,
  ): Promise<Message[]>
  /** Deletes a draft; one already gone counts as done. MailError `mail/not-a-draft` for anything else. */
  deleteDraft(id: string, o?: CallOptions): Promise<void>
  /** Inline below 3 MB, else through an upload session. Returns nothing: list to see it. */
  addAttachment(draftId: string, attachment: NewAttachment, o?: CallOptions): Promise<void>
}
