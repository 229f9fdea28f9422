import type { Clock } from '../../src/facts/clock.ts'

/** A clock that stood at `atMs` when the real one stood at `realMs`, and runs `rate` times as fast. */
export interface ScaledClockInput {
  readonly atMs: number
  readonly realMs: number
  readonly rate: number
}

export interface WorkerInput {
  readonly home: string
  readonly clock: ScaledClockInput
  readonly onDoubt: 'resend' | 'hold'
}

export function scaledClock({ atMs, realMs, rate }: ScaledClockInput): Clock {
  return {
    nowMs: () => Math.round(atMs + (Date.now() - realMs) * rate),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const stop = (): void => {
          clearTimeout(timer)
          reject(signal!.reason)
        }
        const timer = setTimeout(() => {
          signal?.removeEventListener('abort', stop)
          resolve()
        }, ms / rate)
        signal?.addEventListener('abort', stop, { once: true })
      }),
  }
}
