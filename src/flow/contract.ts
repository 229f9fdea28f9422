// What a flow file is written against.
import type { EmailAddress, Message } from '../mail/index.ts'

/** A string means `contains`. Letter case never counts, except in `matches`. All given conditions must hold. */
export type TextCondition =
  | string
  | {
      readonly contains?: string
      readonly containsAny?: readonly string[]
      readonly equals?: string
      readonly startsWith?: string
      readonly matches?: RegExp
    }

export interface Where {
  /** A well-known name or a display path, such as `Inbox/Sales`. */
  readonly folder: string
  readonly unread?: boolean
  readonly hasAttachments?: boolean
  readonly subject?: TextCondition
  /** The sender's address or name. */
  readonly from?: TextCondition
  /** Any recipient's address or name. */
  readonly to?: TextCondition
  readonly importance?: Message['importance']
  readonly category?: string
  /** How far back: `30d`, `12h`, `2w`, or a date. */
  readonly since?: string | Date
  readonly until?: string | Date
}

export interface FlowDefinition {
  /** The flow's identity: what it handled stays handled, whatever is edited. */
  readonly name: string
  /** `me`, or an address. */
  readonly mailbox: string
  readonly signInAs?: string
  readonly where: Where
  /** Called once or more for every message: a step that has an outcome is not run again, its result is given back. */
  each(message: FlowMessage, step: Steps): unknown
  readonly onFailure?: {
    /** How often a message is tried in one run. Default 4. */
    readonly attempts?: number
    /** Where a message goes when the last attempt failed. */
    readonly move?: string
  }
}

export interface Flow extends FlowDefinition {
  readonly onFailure: { readonly attempts: number; readonly move?: string }
}

/** The message with text body and headers; flags, categories and folder as they were when the flow first saw it. */
export type FlowMessage = Message

export interface SavedFile {
  /** As the sender wrote it. */
  readonly name: string
  /** Where it is now: absolute, with a safe name. */
  readonly path: string
  readonly sizeBytes: number
  readonly sha256: string
  readonly contentType: string
}

/** Files for a message to take along: what saveAttachments gave, or a path. */
export type Enclosure = string | { readonly path: string; readonly name?: string }

export interface Content {
  readonly text?: string
  readonly html?: string
  readonly attachments?: readonly Enclosure[]
}

export interface ReplyContent extends Content {
  readonly all?: boolean
  /** true answers machines, lists and oneself too; the limit per sender and hour stays. */
  readonly evenToMachines?: boolean
}

export interface ForwardContent extends Content {
  readonly to: string | readonly (string | EmailAddress)[]
}

export interface SendContent extends Content {
  readonly to: string | readonly (string | EmailAddress)[]
  readonly cc?: readonly (string | EmailAddress)[]
  readonly bcc?: readonly (string | EmailAddress)[]
  readonly subject: string
}

export interface SaveOptions {
  /** A folder below the run's files folder. */
  readonly to: string
  /** Name patterns with `*` and `?`, such as `*.pdf`. Default: all but inline images. */
  readonly only?: string | readonly string[]
}

/** `changed-by-other`: somebody moved or changed the message meanwhile, so it was left as it is. */
export type Outcome = 'done' | 'changed-by-other'

/** Every step has a name of its own within the flow; a name used again counts up. */
export interface Steps {
  saveAttachments(name: string, o: SaveOptions): Promise<SavedFile[]>
  /** Your own effect: at least once, with a key that stays the same. The result must be JSON. */
  run<T>(name: string, work: (o: { readonly key: string }) => T | Promise<T>): Promise<T>
  reply(name: string, content: ReplyContent): Promise<{ readonly to: string }>
  forward(name: string, content: ForwardContent): Promise<void>
  send(name: string, content: SendContent): Promise<void>
  /** The folder is made if it is not there. */
  move(name: string, folder: string): Promise<Outcome>
  markRead(name: string, isRead?: boolean): Promise<Outcome>
  flag(name: string, status?: 'flagged' | 'complete' | 'notFlagged'): Promise<Outcome>
  /** Adds; never takes a category away. */
  categorise(name: string, categories: string | readonly string[]): Promise<Outcome>
  /** Moves to Deleted Items. */
  delete(name: string): Promise<Outcome>
  /** Ends this message as skipped, with the reason. Use it as `return step.skip('…')`. */
  skip(reason: string): void
}
