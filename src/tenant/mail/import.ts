import { ownerOf } from './inspect.ts'
import { createHash } from 'node:crypto'
import { fail } from './failures.ts'
import { parseMime, splitMbox } from './mime.ts'
import type { MailStore, NewMessage } from './store.ts'

export interface ImportReport {
  imported: number
  duplicates: number
  failed: { index: number; why: string }[]
  /** Immutable ids of the imported messages and of their earlier copies, in the order given. */
  ids: string[]
}
interface Parsed {
  sha256: string
  message: NewMessage
}
const batchSize = 100
const batchBytes = 32 * 1024 * 1024

/** Puts real mail into a folder as if it had arrived. Idempotent: one message (by SHA-256) is imported once per mailbox. */
export async function importMessages(
  store: MailStore,
  request: { userId: string; folder: string; bytes: Uint8Array; kind: 'rfc822' | 'mbox' },
): Promise<ImportReport> {
  const user = ownerOf(store, request.userId)
  if (!user || user.mailboxKind === 'none')
    throw fail(404, 'ErrorNonExistentMailbox', 'The SMTP address has no mailbox associated with it.')
  const report: ImportReport = { imported: 0, duplicates: 0, failed: [], ids: [] }
  let waiting: Parsed[] = []
  let waitingBytes = 0
  const write = (): void => {
    if (waiting.length > 0)
      store.context.transaction(() => insertAll(store, user.id, request.folder, waiting, report))
    waiting = []
    waitingBytes = 0
  }
  let index = -1
  for (const bytes of request.kind === 'mbox' ? splitMbox(request.bytes) : [request.bytes]) {
    index++
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const earlier = store.one<{ immutable_id: string }>(
      'SELECT immutable_id FROM mail_imports WHERE mailbox = ? AND sha256 = ?',
      user.id,
      sha256,
    )
    if (earlier) {
      report.duplicates++
      report.ids.push(earlier.immutable_id)
      continue
    }
    try {
      const message = await parseMime(bytes, { nowMs: store.nowMs() })
      waiting.push({ sha256, message: { ...message, mime: bytes } })
      waitingBytes += bytes.byteLength
    } catch (error) {
      report.failed.push({ index, why: error instanceof Error ? error.message : String(error) })
    }
    if (waiting.length >= batchSize || waitingBytes >= batchBytes) write()
  }
  write()
  if (index === -1)
    report.failed.push({ index: 0, why: 'no message was found: an mbox message begins with a "From " line' })
  return report
}

function insertAll(
  store: MailStore,
  mailbox: string,
  path: string,
  parsed: readonly Parsed[],
  report: ImportReport,
): void {
  const folder = store.folders.byPath(mailbox, path, { create: true })!
  for (const { sha256, message } of parsed) {
    const earlier = store.one<{ immutable_id: string }>(
      'SELECT immutable_id FROM mail_imports WHERE mailbox = ? AND sha256 = ?',
      mailbox,
      sha256,
    )
    if (earlier) {
      report.duplicates++
      report.ids.push(earlier.immutable_id)
      continue
    }
    const row = store.insertMessage(mailbox, folder.num, message)
    store.run(
      'INSERT INTO mail_imports (mailbox, sha256, immutable_id) VALUES (?,?,?)',
      mailbox,
      sha256,
      row.immutable_id,
    )
    report.imported++
    report.ids.push(row.immutable_id)
  }
}
