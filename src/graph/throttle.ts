import { readFileSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { systemClock, type Clock } from '../facts/clock.ts'
import { mailLimits } from '../facts/limits.ts'
import type { Throttle, ThrottleCost, ThrottleTurn } from './contract.ts'
import { GraphError } from './graph-error.ts'

const dayMs = 86_400_000
const pollMs = 15
const recoverEveryMs = 30_000

const windows = [
  {
    kind: 'request',
    limit: mailLimits.requestsPerWindow,
    windowMs: mailLimits.requestWindowMs,
    bucketMs: 1_000,
  },
  { kind: 'send', limit: mailLimits.sendsPerMinute, windowMs: 60_000, bucketMs: 250 },
  { kind: 'recipient', limit: mailLimits.recipientsPerDay, windowMs: dayMs, bucketMs: 60_000 },
  {
    kind: 'upload',
    limit: mailLimits.uploadBytesPerWindow,
    windowMs: mailLimits.uploadWindowMs,
    bucketMs: 1_000,
  },
] as const

const schema = `
  CREATE TABLE IF NOT EXISTS place (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, places INTEGER NOT NULL,
    pid INTEGER NOT NULL, started TEXT NOT NULL, expires_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS place_key ON place (key);
  CREATE TABLE IF NOT EXISTS used (
    key TEXT NOT NULL, kind TEXT NOT NULL, bucket_at_ms INTEGER NOT NULL, amount INTEGER NOT NULL,
    PRIMARY KEY (key, kind, bucket_at_ms)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS slowed (
    key TEXT PRIMARY KEY, until_ms INTEGER NOT NULL, places INTEGER NOT NULL, since_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`

/**
 * Opens the throttle kept in `file`, shared by every process that opens it; with `undefined`, one for this process alone.
 * A place is freed by its holder, by its holder's death, or by its lease running out.
 *
 * @throws {GraphError} `graph/throttle-broken`
 */
export function openThrottle(file: string | undefined, o: { clock?: Clock } = {}): Throttle {
  return new SqliteThrottle(file ?? ':memory:', o.clock ?? systemClock)
}

type Answer = { placeId: number } | { waitFor: 'place' } | { waitFor: 'time'; ms: number }

class SqliteThrottle implements Throttle {
  readonly #db: DatabaseSync
  readonly #clock: Clock
  readonly #statements = new Map<string, StatementSync>()
  /** First come, first served within this process; reads do not queue behind a send that waits for its minute. */
  readonly #queues = new Map<string, Promise<unknown>>()
  readonly #freed = new EventTarget()
  #isClosed = false

  constructor(file: string, clock: Clock) {
    this.#clock = clock
    this.#db = openDatabase(file)
  }

  async take(
    key: string,
    o: { cost?: ThrottleCost; leaseMs?: number; signal?: AbortSignal } = {},
  ): Promise<ThrottleTurn> {
    const queue = `${(o.cost?.sends ?? 0) > 0 ? 'send' : 'other'} ${key}`
    const before = this.#queues.get(queue) ?? Promise.resolve()
    const turn = before.then(() => this.#waitForTurn(key, o))
    const settled = turn.catch(() => undefined)
    this.#queues.set(queue, settled)
    void settled.then(() => {
      if (this.#queues.get(queue) === settled) this.#queues.delete(queue)
    })
    return turn
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#db.close()
  }

  async #waitForTurn(
    key: string,
    o: { cost?: ThrottleCost; leaseMs?: number; signal?: AbortSignal },
  ): Promise<ThrottleTurn> {
    for (;;) {
      o.signal?.throwIfAborted()
      const answer = this.#transaction(() => this.#tryTake(key, o.cost ?? {}, o.leaseMs ?? 120_000))
      if ('placeId' in answer) return this.#turn(key, answer.placeId)
      if (answer.waitFor === 'time') await this.#clock.sleep(answer.ms, o.signal)
      else await this.#waitForPlace(o.signal)
    }
  }

  /** Other processes cannot wake us, so this looks again soon; real time, because what it waits for is real. */
  #waitForPlace(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.#freed.removeEventListener('freed', done)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, pollMs + Math.random() * pollMs)
      this.#freed.addEventListener('freed', done, { once: true })
      signal?.addEventListener('abort', done, { once: true })
    })
  }

  #tryTake(key: string, cost: ThrottleCost, leaseMs: number): Answer {
    const nowMs = this.#clock.nowMs()
    const slowed = this.#readSlowed(key, nowMs)
    if (slowed.waitMs > 0) return { waitFor: 'time', ms: Math.min(slowed.waitMs, 60_000) }
    const places = Math.min(cost.places ?? 1, mailLimits.concurrentRequests)
    if (this.#placesTaken(key, nowMs) + places > Math.max(slowed.places, places)) return { waitFor: 'place' }
    const amounts = {
      request: places,
      send: cost.sends ?? 0,
      recipient: cost.recipients ?? 0,
      upload: cost.uploadBytes ?? 0,
    }
    for (const window of windows) {
      const waitMs = this.#windowWaitMs(key, window, amounts[window.kind], nowMs)
      if (waitMs > 0) return { waitFor: 'time', ms: waitMs }
    }
    for (const window of windows) this.#use(key, window, amounts[window.kind], nowMs)
    const { lastInsertRowid } = this.#run(
      'INSERT INTO place (key, places, pid, started, expires_at_ms) VALUES (?, ?, ?, ?, ?)',
      [key, places, process.pid, ownStart, nowMs + leaseMs],
    )
    return { placeId: Number(lastInsertRowid) }
  }

  #placesTaken(key: string, nowMs: number): number {
    const rows = this.#all('SELECT id, places, pid, started, expires_at_ms FROM place WHERE key = ?', [key])
    let taken = 0
    for (const row of rows) {
      if (Number(row['expires_at_ms']) > nowMs && isAlive(Number(row['pid']), String(row['started']))) {
        taken += Number(row['places'])
      } else this.#run('DELETE FROM place WHERE id = ?', [Number(row['id'])])
    }
    return taken
  }

  #windowWaitMs(key: string, window: (typeof windows)[number], amount: number, nowMs: number): number {
    if (amount <= 0) return 0
    const { kind, limit, windowMs, bucketMs } = window
    // Rows from a future that never came (a clock set back) would block for ever: they go with the outlived ones.
    this.#run('DELETE FROM used WHERE key = ? AND kind = ? AND (bucket_at_ms <= ? OR bucket_at_ms > ?)', [
      key,
      kind,
      nowMs - windowMs - bucketMs,
      nowMs + bucketMs,
    ])
    const rows = this.#all(
      'SELECT bucket_at_ms, amount FROM used WHERE key = ? AND kind = ? ORDER BY bucket_at_ms',
      [key, kind],
    )
    let excess = rows.reduce((sum, row) => sum + Number(row['amount']), 0) + Math.min(amount, limit) - limit
    if (excess <= 0) return 0
    for (const row of rows) {
      excess -= Number(row['amount'])
      if (excess <= 0) return Math.max(1, Number(row['bucket_at_ms']) + bucketMs + windowMs - nowMs)
    }
    return windowMs
  }

  #use(key: string, window: (typeof windows)[number], amount: number, nowMs: number): void {
    if (amount <= 0) return
    this.#run(
      `INSERT INTO used (key, kind, bucket_at_ms, amount) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET amount = amount + excluded.amount`,
      [key, window.kind, nowMs - (nowMs % window.bucketMs), amount],
    )
  }

  #readSlowed(key: string, nowMs: number): { waitMs: number; places: number } {
    const row = this.#all('SELECT until_ms, places, since_ms FROM slowed WHERE key = ?', [key])[0]
    if (row === undefined) return { waitMs: 0, places: mailLimits.concurrentRequests }
    const recovered = Math.floor(Math.max(0, nowMs - Number(row['since_ms'])) / recoverEveryMs)
    return {
      waitMs: Number(row['until_ms']) - nowMs,
      places: Math.min(mailLimits.concurrentRequests, Number(row['places']) + recovered),
    }
  }

  #turn(key: string, placeId: number): ThrottleTurn {
    let isOver = false
    return {
      release: (outcome = {}) => {
        if (isOver || this.#isClosed) return
        isOver = true
        const { throttledForMs } = outcome
        try {
          this.#transaction(() => {
            this.#run('DELETE FROM place WHERE id = ?', [placeId])
            if (throttledForMs !== undefined) this.#slowDown(key, throttledForMs)
          })
        } catch {
          // The answer in hand is worth more than the place, which its lease will free.
        }
        this.#freed.dispatchEvent(new Event('freed'))
      },
    }
  }

  #slowDown(key: string, forMs: number): void {
    const nowMs = this.#clock.nowMs()
    const places = Math.max(1, Math.floor(this.#readSlowed(key, nowMs).places / 2))
    this.#run(
      `INSERT INTO slowed (key, until_ms, places, since_ms) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET until_ms = max(until_ms, excluded.until_ms), places = excluded.places, since_ms = excluded.since_ms`,
      [key, nowMs + forMs, places, nowMs],
    )
  }

  #transaction<T>(work: () => T): T {
    if (this.#isClosed)
      throw new GraphError('graph/throttle-broken', 'The throttle is closed', { recovery: 'report' })
    try {
      this.#db.exec('BEGIN IMMEDIATE')
      try {
        const result = work()
        this.#db.exec('COMMIT')
        return result
      } catch (error) {
        if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
        throw error
      }
    } catch (cause) {
      throw broken(cause)
    }
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? this.#db.prepare(sql)
    this.#statements.set(sql, known)
    return known
  }

  #run(sql: string, values: (string | number)[]): { lastInsertRowid: number | bigint } {
    return this.#statement(sql).run(...values)
  }

  #all(sql: string, values: (string | number)[]): Record<string, unknown>[] {
    return this.#statement(sql).all(...values)
  }
}

function broken(cause: unknown): GraphError {
  const message = cause instanceof Error ? cause.message : 'unknown'
  return new GraphError('graph/throttle-broken', `The throttle's database cannot be used: ${message}`, {
    cause,
    fix: 'Stop other letterlock processes and delete throttle.db; it holds nothing that is missed.',
  })
}

/** Losing the newest rows to a power cut costs nothing here, so no commit waits for the disk. */
function openDatabase(file: string): DatabaseSync {
  for (let tries = 0; ; tries += 1) {
    try {
      const db = new DatabaseSync(file, { timeout: 5_000 })
      db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;')
      db.exec(schema)
      return db
    } catch (cause) {
      // Two processes that create the file at once: changing to WAL does not wait for the other by itself.
      if (tries >= 40 || !/locked|busy/i.test(String(cause))) throw broken(cause)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 25)
    }
  }
}

const ownStart = processStart(process.pid)

/** When that process started, as the kernel counts it: a pid alone may have been given to another. Linux only; else ''. */
function processStart(pid: number): string {
  if (process.platform !== 'linux') return ''
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

function isAlive(pid: number, started: string): boolean {
  if (pid === process.pid) return started === ownStart
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  if (started === '') return true
  const startNow = processStart(pid)
  return startNow === '' || startNow === started
}
