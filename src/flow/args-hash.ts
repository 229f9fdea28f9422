import { createHash } from 'node:crypto'

/** A step's key: the same for the same step of the same message, for ever. 32 hexadecimal digits. */
export function stepKey(parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)
}

/** What a step was asked to do, as one short text to compare. The order of an object's keys does not count. */
export function hashArguments(kind: string, given: unknown): string {
  const plain = JSON.stringify([kind, given], (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : value,
  )
  return createHash('sha256').update(plain).digest('hex').slice(0, 32)
}
