import type { Clock } from '../facts/clock.ts'

/** A clock for tests: sleeping moves it at once, and `slept` tells how long each sleep would have been. */
export function createSimulatedClock(
  startMs = 1_800_000_000_000,
): Clock & { slept: number[]; advance(ms: number): void } {
  let nowMs = startMs
  const slept: number[] = []
  return {
    slept,
    nowMs: () => nowMs,
    advance: (ms) => {
      nowMs += ms
    },
    sleep: async (ms, signal) => {
      signal?.throwIfAborted()
      slept.push(ms)
      nowMs += ms
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}
