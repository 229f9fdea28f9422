/** Reads `Retry-After`: seconds, fractions too, or an HTTP date. Milliseconds from `nowMs`; undefined when unreadable. */
export function readRetryAfter(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined
  const trimmed = value.trim()
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Math.ceil(Number(trimmed) * 1_000)
  const dateMs = /[a-z]/i.test(trimmed) ? Date.parse(trimmed) : Number.NaN
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs)
}

const firstMs = 250
const longestMs = 20_000

/** Full jitter: anywhere between 0 and a bound that doubles with each failure, so that many callers do not return together. */
export function backoffMs(failures: number, random: () => number): number {
  return Math.floor(random() * Math.min(longestMs, firstMs * 2 ** failures))
}
