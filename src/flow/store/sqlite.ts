import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { createPrivateDirectory, createPrivateFile } from '../../signin/vault/private-file.ts'
import { FlowError } from '../flow-error.ts'
import type {
  FirstSeen,
  FlowKey,
  Ledger,
  MessageRow,
  MessageState,
  NewStep,
  OutcomeCounts,
  RunRow,
  StepChange,
  StepKind,
  StepRow,
  StepState,
} from './contract.ts'
import { ledgerMigrations } from './migrations.ts'

/**
 * Opens the ledger, making it if needed (0600). Any number of processes may have it open. Every write is on disk before the
 * call returns.
 *
 * @throws {FlowError} `flow/ledger-unusable`, `flow/ledger-too-new`
 */
export function openLedger(file: string): Ledger {
  return guarded(file, () => {
    if (file !== ':memory:') {
      createPrivateDirectory(dirname(file))
      createPrivateFile(file)
    }
    const database = new DatabaseSync(file, { timeout: 10_000 })
    try {
      switchToWal(database)
      database.exec('PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
      migrate(database)
      return new SqliteLedger(file, database)
    } catch (error) {
      database.close()
      throw error
    }
  })
}

/** SQLite does not wait for its turn at this one step when many processes open a new file. */
function switchToWal(database: DatabaseSync): void {
  const endsAt = performance.now() + 10_000
  for (;;) {
    try {
      database.exec('PRAGMA journal_mode = WAL')
      return
    } catch (error) {
      if ((error as { errcode?: number }).errcode !== 5 || performance.now() > endsAt) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    }
  }
}

function migrate(database: DatabaseSync): void {
  inTransaction(database, () => {
    const level = Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
    if (level > ledgerMigrations.length) {
      throw new FlowError('flow/ledger-too-new', 'the ledger was written by a newer letterlock', {
        fix: 'Update letterlock.',
      })
    }
    for (const migration of ledgerMigrations.slice(level)) database.exec(migration)
    if (level < ledgerMigrations.length) database.exec(`PRAGMA user_version = ${ledgerMigrations.length}`)
  })
}

function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

function guarded<T>(file: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof FlowError) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new FlowError('flow/ledger-unusable', `the ledger cannot be used: ${why}`, {
      cause,
      fix: `Check that ${file} can be written and that its disk is not full.`,
    })
  }
}

type Row = Record<string, string | number | null>

class SqliteLedger implements Ledger {
  readonly #file: string
  readonly #database: DatabaseSync
  readonly #prepared = new Map<string, ReturnType<DatabaseSync['prepare']>>()

  constructor(file: string, database: DatabaseSync) {
    this.#file = file
    this.#database = database
  }

  beginRun(run: { runId: string; key: FlowKey; mailbox: string; nowMs: number }): void {
    this.#run(
      'INSERT INTO runs (id, flow, tid, oid, mailbox, started_at_ms) VALUES (?, ?, ?, ?, ?, ?)',
      run.runId,
      run.key.flow,
      run.key.tid,
      run.key.oid,
      run.mailbox,
      run.nowMs,
    )
  }

  endRun(runId: string, end: { nowMs: number; summary: unknown }): void {
    const summary = JSON.stringify(end.summary)
    this.#run('UPDATE runs SET ended_at_ms = ?, summary = ? WHERE id = ?', end.nowMs, summary, runId)
  }

  runs(): RunRow[] {
    return this.#all(
      `SELECT r.*,
         (SELECT count(*) FROM messages m WHERE m.run_id = r.id AND m.state = 'handled') AS handled,
         (SELECT count(*) FROM messages m WHERE m.run_id = r.id AND m.state = 'skipped') AS skipped,
         (SELECT count(*) FROM messages m WHERE m.run_id = r.id AND m.state = 'failed') AS failed,
         (SELECT count(*) FROM messages m WHERE m.run_id = r.id AND m.state = 'doubtful') AS doubtful
       FROM runs r ORDER BY r.started_at_ms DESC, r.rowid DESC`,
    ).map((row) => ({
      runId: String(row['id']),
      flow: String(row['flow']),
      mailbox: String(row['mailbox']),
      startedAtMs: Number(row['started_at_ms']),
      endedAtMs: optionalNumber(row['ended_at_ms']),
      handled: Number(row['handled']),
      skipped: Number(row['skipped']),
      failed: Number(row['failed']),
      doubtful: Number(row['doubtful']),
      summary: parse(row['summary']),
    }))
  }

  message(key: FlowKey, messageId: string): MessageRow | undefined {
    const row = this.#get(
      'SELECT * FROM messages WHERE flow = ? AND tid = ? AND oid = ? AND message_id = ? ORDER BY generation DESC LIMIT 1',
      key.flow,
      key.tid,
      key.oid,
      messageId,
    )
    return row && readMessageRow(row)
  }

  generations(messageId: string, flow?: string): (MessageRow & { flow: string })[] {
    return this.#all(
      'SELECT * FROM messages WHERE message_id = ? AND (? IS NULL OR flow = ?) ORDER BY flow, generation',
      messageId,
      flow ?? null,
      flow ?? null,
    ).map((row) => ({ ...readMessageRow(row), flow: String(row['flow']) }))
  }

  openMessage(key: FlowKey, message: Parameters<Ledger['openMessage']>[1]): MessageRow {
    this.#run(
      `INSERT INTO messages (flow, tid, oid, message_id, generation, state, subject, sender, first_seen, run_id, opened_at_ms, changed_at_ms)
       VALUES (?, ?, ?, ?, ?, 'open', ?, ?, ?, ?, ?, ?)`,
      key.flow,
      key.tid,
      key.oid,
      message.messageId,
      message.generation,
      message.subject.toWellFormed(),
      message.sender.toWellFormed(),
      JSON.stringify(message.firstSeen),
      message.runId,
      message.nowMs,
      message.nowMs,
    )
    return this.message(key, message.messageId)!
  }

  endMessage(row: number, end: Parameters<Ledger['endMessage']>[1]): void {
    this.#run(
      'UPDATE messages SET state = ?, reason = ?, attempts = attempts + ?, put_aside = ?, run_id = ?, changed_at_ms = ? WHERE id = ?',
      end.state,
      end.reason?.toWellFormed() ?? null,
      end.attempts,
      end.isPutAside === true ? 1 : 0,
      end.runId,
      end.nowMs,
      row,
    )
  }

  unfinished(key: FlowKey): MessageRow[] {
    return this.#all(
      `SELECT * FROM messages m WHERE flow = ? AND tid = ? AND oid = ?
         AND (state IN ('open', 'doubtful') OR (state = 'failed' AND put_aside = 0))
         AND generation = (SELECT max(generation) FROM messages n
           WHERE n.flow = m.flow AND n.tid = m.tid AND n.oid = m.oid AND n.message_id = m.message_id)
       ORDER BY id`,
      key.flow,
      key.tid,
      key.oid,
    ).map(readMessageRow)
  }

  counts(key: FlowKey): OutcomeCounts {
    const counts = { open: 0, handled: 0, skipped: 0, failed: 0, doubtful: 0 }
    const rows = this.#all(
      'SELECT state, count(*) AS n FROM messages WHERE flow = ? AND tid = ? AND oid = ? GROUP BY state',
      key.flow,
      key.tid,
      key.oid,
    )
    for (const row of rows) counts[row['state'] as MessageState] = Number(row['n'])
    return counts
  }

  steps(messageRow: number): StepRow[] {
    return this.#all('SELECT * FROM steps WHERE message = ? ORDER BY rowid', messageRow).map(readStepRow)
  }

  step(id: string): StepRow | undefined {
    const row = this.#get('SELECT * FROM steps WHERE id = ?', id)
    return row && readStepRow(row)
  }

  findSteps(idPrefix: string): ReturnType<Ledger['findSteps']> {
    return this.#all(
      `SELECT s.*, m.flow, m.tid, m.oid, m.message_id FROM steps s JOIN messages m ON m.id = s.message
       WHERE substr(s.id, 1, ?) = ? LIMIT 2`,
      idPrefix.length,
      idPrefix,
    ).map((row) => ({
      ...readStepRow(row),
      key: { flow: String(row['flow']), tid: String(row['tid']), oid: String(row['oid']) },
      messageId: String(row['message_id']),
    }))
  }

  intend(step: NewStep): StepRow {
    this.#run(
      `INSERT INTO steps (id, message, name, occurrence, kind, args_hash, state, before_image, address, run_id, intended_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, 'intent', ?, ?, ?, ?)`,
      step.id,
      step.messageRow,
      step.name,
      step.occurrence,
      step.kind,
      step.argsHash,
      json(step.before),
      step.address ?? null,
      step.runId,
      step.nowMs,
    )
    return this.step(step.id)!
  }

  changeStep(id: string, change: StepChange): StepRow {
    const columns: [string, SQLInputValue | undefined][] = [
      ['state', change.state],
      ['before_image', change.before === undefined ? undefined : json(change.before)],
      ['result', change.result === undefined ? undefined : json(change.result)],
      ['draft_id', change.draftId],
      ['draft_change_key', change.draftChangeKey],
      ['doubt_since_ms', change.doubtSinceMs],
      ['sends', change.sends],
      ['ended_at_ms', change.endedAtMs],
    ]
    const set = columns.filter((column): column is [string, SQLInputValue] => column[1] !== undefined)
    const sql = `UPDATE steps SET ${set.map(([name]) => `${name} = ?`).join(', ')} WHERE id = ?`
    this.#run(sql, ...set.map(([, value]) => value), id)
    return this.step(id)!
  }

  settleStep(id: string, change: StepChange, reopen: { row: number; nowMs: number }): void {
    guarded(this.#file, () =>
      inTransaction(this.#database, () => {
        this.changeStep(id, change)
        const sql = `UPDATE messages SET state = 'open', reason = NULL, changed_at_ms = ? WHERE id = ?`
        this.#run(sql, reopen.nowMs, reopen.row)
      }),
    )
  }

  countReplies(owner: { tid: string; oid: string; address: string; sinceMs: number }): number {
    const row = this.#get(
      `SELECT count(*) AS n FROM steps s JOIN messages m ON m.id = s.message
       WHERE s.address = ? AND s.intended_at_ms >= ? AND m.tid = ? AND m.oid = ?`,
      owner.address,
      owner.sinceMs,
      owner.tid,
      owner.oid,
    )
    return Number(row?.['n'] ?? 0)
  }

  reservePath(path: string, step: string, attachmentId: string): boolean {
    const changes = this.#run(
      'INSERT INTO files (path_key, path, step, attachment_id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
      path.normalize('NFC').toLowerCase(),
      path,
      step,
      attachmentId,
    )
    return changes === 1
  }

  reservedPath(step: string, attachmentId: string): string | undefined {
    const row = this.#get('SELECT path FROM files WHERE step = ? AND attachment_id = ?', step, attachmentId)
    return row && String(row['path'])
  }

  close(): void {
    this.#prepared.clear()
    if (this.#database.isOpen) this.#database.close()
  }

  #statement(sql: string): ReturnType<DatabaseSync['prepare']> {
    const known = this.#prepared.get(sql)
    if (known !== undefined) return known
    const statement = this.#database.prepare(sql)
    this.#prepared.set(sql, statement)
    return statement
  }

  #run(sql: string, ...values: SQLInputValue[]): number {
    return guarded(this.#file, () => Number(this.#statement(sql).run(...values).changes))
  }

  #get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return guarded(this.#file, () => this.#statement(sql).get(...values) as Row | undefined)
  }

  #all(sql: string, ...values: SQLInputValue[]): Row[] {
    return guarded(this.#file, () => this.#statement(sql).all(...values) as Row[])
  }
}

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value)
}

function parse(text: string | number | null | undefined): unknown {
  return typeof text === 'string' ? (JSON.parse(text) as unknown) : undefined
}

function optionalNumber(value: string | number | null | undefined): number | undefined {
  return value === null || value === undefined ? undefined : Number(value)
}

function optionalText(value: string | number | null | undefined): string | undefined {
  return value === null || value === undefined ? undefined : String(value)
}

function readMessageRow(row: Row): MessageRow {
  return {
    row: Number(row['id']),
    messageId: String(row['message_id']),
    generation: Number(row['generation']),
    state: row['state'] as MessageState,
    reason: optionalText(row['reason']),
    subject: String(row['subject']),
    sender: String(row['sender']),
    firstSeen: parse(row['first_seen']) as FirstSeen,
    attempts: Number(row['attempts']),
    isPutAside: row['put_aside'] === 1,
    runId: String(row['run_id']),
    openedAtMs: Number(row['opened_at_ms']),
    changedAtMs: Number(row['changed_at_ms']),
  }
}

function readStepRow(row: Row): StepRow {
  return {
    id: String(row['id']),
    messageRow: Number(row['message']),
    name: String(row['name']),
    occurrence: Number(row['occurrence']),
    kind: row['kind'] as StepKind,
    argsHash: String(row['args_hash']),
    state: row['state'] as StepState,
    before: parse(row['before_image']),
    result: parse(row['result']),
    draftId: optionalText(row['draft_id']),
    draftChangeKey: optionalText(row['draft_change_key']),
    doubtSinceMs: optionalNumber(row['doubt_since_ms']),
    sends: Number(row['sends']),
    address: optionalText(row['address']),
    intendedAtMs: Number(row['intended_at_ms']),
    endedAtMs: optionalNumber(row['ended_at_ms']),
  }
}
