/** One answered request; never a query, a body or a token. */
export interface LoggedRequest {
  /** Grows by one with each. */
  readonly sequence: number
  readonly atMs: number
  readonly method: string
  readonly path: string
  readonly status: number
  readonly elapsedMs: number
  readonly correlationId: string | null
}

export interface RequestLog {
  add(request: Omit<LoggedRequest, 'sequence'>): void
  /** Oldest first; of more than `limit` the newest. */
  after(sequence: number, limit: number): readonly LoggedRequest[]
}

/** Keeps the last 200 in memory. */
export function createRequestLog(): RequestLog {
  const kept: LoggedRequest[] = []
  let sequence = 0
  return {
    add(request) {
      kept.push({ sequence: ++sequence, ...request })
      if (kept.length > 200) kept.shift()
    },
    after: (last, limit) => kept.filter((one) => one.sequence > last).slice(-limit),
  }
}
