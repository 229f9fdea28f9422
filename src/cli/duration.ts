import { CliError } from './cli-error.ts'

const unitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** Reads `90s`, `10m`, `2h`, `30d`, `250ms` as milliseconds. */
export function parseDuration(text: string): number {
  const found = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim())
  if (found) return Number(found[1]) * unitsMs[found[2]!]!
  throw new CliError('cli/usage', `"${text}" is not a duration`, {
    fix: 'write a number and a unit, such as 90s, 10m, 2h or 30d',
  })
}

/** Reads a date, or a duration as so long ago. */
export function parseMoment(text: string, nowMs: number): Date {
  if (/^\d+(\.\d+)?(ms|s|m|h|d)$/.test(text.trim())) return new Date(nowMs - parseDuration(text))
  const date = new Date(text)
  if (!Number.isNaN(date.getTime())) return date
  throw new CliError('cli/usage', `"${text}" is neither a date nor a duration`, {
    fix: 'write 2026-11-01, 2026-11-01T08:00:00Z, or how long ago: 30d',
  })
}
