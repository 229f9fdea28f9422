/** One flow on one mailbox. */
export interface FlowKey {
  readonly flow: string
  readonly tid: string
  readonly oid: string
}

export type MessageState = 'open' | 'handled' | 'skipped' | 'failed' | 'doubtful'

/** The mutable part of a message as the flow first saw it: a replay must see the same. */
export interface FirstSeen {
  readonly isRead: boolean
  readonly categories: readonly string[]
  readonly flagStatus: 'notFlagged' | 'flagged' | 'complete'
  readonly parentFolderId: string
}

export interface MessageRow {
  readonly row: number
  readonly messageId: string
  readonly generation: number
  readonly state: MessageState
  readonly reason: string | undefined
  readonly subject: string
  readonly sender: string
  readonly firstSeen: FirstSeen
  readonly attempts: number
  /** Moved to where failed messages go: not tried again. */
  readonly isPutAside: boolean
  readonly runId: string
  readonly openedAtMs: number
  readonly changedAtMs: number
}

export type StepKind =
  | 'saveAttachments'
  | 'run'
  | 'reply'
  | 'forward'
  | 'send'
  | 'move'
  | 'markRead'
  | 'flag'
  | 'categorise'
  | 'delete'

/** `intent` → (`created` → `sending` →) `done` or `doubtful`. Only sends have the states between. */
export type StepState = 'intent' | 'created' | 'sending' | 'done' | 'doubtful'

export interface StepRow {
  /** The step's key: what a draft carries, and what `settle` is given. */
  readonly id: string
  readonly messageRow: number
  readonly name: string
  readonly occurrence: number
  readonly kind: StepKind
  readonly argsHash: string
  readonly state: StepState
  readonly before: unknown
  readonly result: unknown
  readonly draftId: string | undefined
  readonly draftChangeKey: string | undefined
  /** Since when it is certain that nobody is sending any more: the wait for a hidden send counts from here. */
  readonly doubtSinceMs: number | undefined
  readonly sends: number
  readonly address: string | undefined
  readonly intendedAtMs: number
  readonly endedAtMs: number | undefined
}

export interface NewStep {
  readonly id: string
  readonly messageRow: number
  readonly name: string
  readonly occurrence: number
  readonly kind: StepKind
  readonly argsHash: string
  readonly before: unknown
  readonly address?: string
  readonly runId: string
  readonly nowMs: number
}

/** null empties a column. */
export interface StepChange {
  readonly state?: StepState
  readonly before?: unknown
  readonly result?: unknown
  readonly draftId?: string | null
  readonly draftChangeKey?: string | null
  readonly doubtSinceMs?: number | null
  readonly sends?: number
  readonly endedAtMs?: number | null
}

export interface RunRow {
  readonly runId: string
  readonly flow: string
  readonly mailbox: string
  readonly startedAtMs: number
  /** undefined while it runs, and for ever when the process died. */
  readonly endedAtMs: number | undefined
  readonly handled: number
  readonly skipped: number
  readonly failed: number
  readonly doubtful: number
  /** As the run itself reported at its end. */
  readonly summary: unknown
}

export interface OutcomeCounts {
  readonly open: number
  readonly handled: number
  readonly skipped: number
  readonly failed: number
  readonly doubtful: number
}

/** Everything is on disk when a call returns. */
export interface Ledger {
  beginRun(run: { runId: string; key: FlowKey; mailbox: string; nowMs: number }): void
  endRun(runId: string, end: { nowMs: number; summary: unknown }): void
  runs(): RunRow[]

  /** The newest generation. */
  message(key: FlowKey, messageId: string): MessageRow | undefined
  generations(messageId: string, flow?: string): (MessageRow & { readonly flow: string })[]
  openMessage(
    key: FlowKey,
    message: {
      messageId: string
      generation: number
      subject: string
      sender: string
      firstSeen: FirstSeen
      runId: string
      nowMs: number
    },
  ): MessageRow
  endMessage(
    row: number,
    end: {
      state: MessageState
      reason?: string | undefined
      attempts: number
      isPutAside?: boolean
      runId: string
      nowMs: number
    },
  ): void
  /** Begun and not ended, doubtful, or failed and not put aside; oldest first. */
  unfinished(key: FlowKey): MessageRow[]
  counts(key: FlowKey): OutcomeCounts

  steps(messageRow: number): StepRow[]
  step(id: string): StepRow | undefined
  /** By the beginning of its id; at most two. */
  findSteps(idPrefix: string): (StepRow & { readonly key: FlowKey; readonly messageId: string })[]
  intend(step: NewStep): StepRow
  changeStep(id: string, change: StepChange): StepRow
  /** A person's word on a doubtful step: both rows at once. */
  settleStep(id: string, change: StepChange, reopen: { row: number; nowMs: number }): void
  /** Replies of any flow on this mailbox to that address, begun at or after `sinceMs`. */
  countReplies(owner: { tid: string; oid: string; address: string; sinceMs: number }): number

  /** Gives the path's owner: `step` itself if the path was free. Paths are compared without letter case. */
  reservePath(path: string, step: string, attachmentId: string): boolean
  reservedPath(step: string, attachmentId: string): string | undefined
  close(): void
}
