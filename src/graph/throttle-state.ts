// What the shared throttle knows of each mailbox, for people who ask why it is slow. Reads only.
import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { systemClock, type Clock } from '../facts/clock.ts'

export interface ThrottleState {
  /** Mailbox and client, as the throttle counts them together. */
  readonly key: string
  /** How long requests are held back from now, milliseconds; 0 when they go. */
  readonly waitMs: number
  /** How many may travel at once now; four when nothing was throttled lately. */
  readonly places: number
}

/** The mailboxes that Microsoft asked to go slower and that have not recovered; none when nothing was ever sent. */
export function readThrottleState(file: string, o: { clock?: Clock } = {}): ThrottleState[] {
  if (!existsSync(file)) return []
  const db = new DatabaseSync(file, { readOnly: true })
  try {
    const nowMs = (o.clock ?? systemClock).nowMs()
    const rows = db.prepare('SELECT key, until_ms, places FROM slowed ORDER BY key').all()
    return (rows as { key: string; until_ms: number; places: number }[]).map((row) => ({
      key: row.key,
      waitMs: Math.max(0, row.until_ms - nowMs),
      places: row.places,
    }))
  } finally {
    db.close()
  }
}
