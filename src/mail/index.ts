export type {
  AttachmentInfo,
  CallOptions,
  DraftContent,
  ExtendedProperty,
  Folder,
  GetOptions,
  ListIdsOptions,
  ListOptions,
  Mailbox,
  MessageRef,
  NewAttachment,
} from './contract.ts'
export { MailError, mailErrors, type MailErrorCode } from './mail-error.ts'
export { openMailbox } from './mailbox.ts'
export type { EmailAddress, InternetMessageHeader, Message, MessageBody, MessageFlag } from './message.ts'
