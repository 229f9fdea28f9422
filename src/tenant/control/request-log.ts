/** One answered request; never a query, a body or a token. */
export interface LoggedRequest {
  readonly atMs: number
  readonly method: string
  readonly path: string
  readonly status: number
  readonly elapsedMs: number
  readonly correlationId: string | null
}

export interface RequestLog {
  add(request: LoggedRequest): void
  list(): readonly LoggedRequest[]
}

/** Keeps the last 200 in memory. */
export function createRequestLog(): RequestLog {
  const kept: LoggedRequest[] = []
  return {
    add(request) {
      kept.push(request)
      if (kept.length > 200) kept.shift()
    },
    list: () => kept,
  }
}
