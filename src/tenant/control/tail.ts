// Reading on in what grows: a list from a `sequence` on, and a live tail as one JSON object a line (NDJSON).
import type { ControlCall, QueryValue } from './operation.ts'

export interface Row {
  readonly sequence: number
}
/** Rows after a sequence, oldest first; of more than `limit` the newest. */
export type ReadAfter<One extends Row> = (after: number, limit: number) => readonly One[]

const usualRows = 100
const mostRows = 1_000
/** Real time: the tenant's clock may stand still while things happen. */
const lookEveryMs = 100

/** What the API may be asked about every list that grows. */
export const tailQuery = {
  after: { type: 'integer', about: 'Only what came after this `sequence`.' },
  limit: { type: 'integer', about: `At most so many, the newest; ${usualRows} if not given.` },
} as const satisfies Record<string, QueryValue>

export const liveQuery = {
  after: { type: 'integer', about: 'Begin after this `sequence`; with what comes next if not given.' },
  forMs: { type: 'integer', about: 'End by itself after so many real milliseconds.' },
} as const satisfies Record<string, QueryValue>

export function readTail<One extends Row>(call: ControlCall, read: ReadAfter<One>): One[] {
  return [...read(call.integer('after') ?? 0, Math.min(call.integer('limit') ?? usualRows, mostRows))]
}

/** Ends when its reader goes, when the tenant ends, and after `forMs`. */
export function followTail(call: ControlCall, read: ReadAfter<Row>): Response {
  let after = call.integer('after') ?? read(0, 1).at(-1)?.sequence ?? 0
  const endsAt = performance.now() + (call.integer('forMs') ?? Infinity)
  const encoder = new TextEncoder()
  let timer: NodeJS.Timeout | undefined
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const look = (): void => {
        const { db } = call.parts.context
        if (!db.isOpen) return controller.close()
        // What is not on the disk yet is not told: its commit comes in a moment.
        if (db.isTransaction) return void (timer = setTimeout(look, 1).unref())
        const rows = read(after, mostRows)
        after = rows.at(-1)?.sequence ?? after
        for (const row of rows) controller.enqueue(encoder.encode(`${JSON.stringify(row)}\n`))
        const leftMs = endsAt - performance.now()
        if (leftMs <= 0) return controller.close()
        timer = setTimeout(look, Math.min(lookEveryMs, leftMs)).unref()
      }
      // An empty line tells a reader at once that it is heard.
      controller.enqueue(encoder.encode('\n'))
      look()
    },
    cancel: () => clearTimeout(timer),
  })
  return new Response(body, {
    headers: { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' },
  })
}
