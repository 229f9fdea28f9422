// Finds error codes in a log of any program: AADSTS numbers, Graph's codes, our own. The log is a stranger's text.
import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { CliError } from '../cli-error.ts'
import { type Explanation, explain } from './explain.ts'

export interface LogFinding extends Explanation {
  readonly times: number
  readonly firstLine: number
  /** What Microsoft's support and the sign-in log go by. */
  readonly correlationId?: string
}

/** A line may be as long as a log likes; no code stands further in than this. */
const longestLine = 100_000
/** An error that is written over several lines has its ids below its number. */
const idsWithinLines = 5
const guid = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/i
/** `AADSTS50011`, `error_codes":[50011`, `"code":"ErrorItemNotFound"`, `(signin/timed-out)`, `ErrorItemNotFound:`. */
const candidates =
  /AADSTS\s?\d{4,8}|\berror_codes"?\s*[:=]\s*\[\s*(?<number>\d{4,8})|\bcode["']?\s*[:=]\s*["']?(?<named>[A-Za-z][\w-]{5,60})|\((?<own>[a-z]+\/[a-z-]+)\)|\b(?<bare>(?:Error|Request_|Authorization_|Authentication_|Mailbox|Invalid|Application)[A-Za-z_]{6,60})\b/g

/**
 * One finding for each code, in the order of their first appearance.
 *
 * @param source A file's path, or what is piped in.
 * @throws {CliError} `cli/file-unreadable`
 */
export async function readLog(source: string | Readable): Promise<LogFinding[]> {
  const found = new Map<string, LogFinding>()
  let line = 0
  let last: { code: string; line: number } | undefined
  for await (const text of linesOf(source)) {
    line++
    const correlationId = correlationOf(text)
    const withIds = (one: LogFinding): LogFinding =>
      one.correlationId === undefined && correlationId !== undefined ? { ...one, correlationId } : one
    for (const code of new Set(codesOf(text))) {
      const known = await explain(code)
      if (!known) continue
      const before = found.get(known.code) ?? { ...known, times: 0, firstLine: line }
      found.set(known.code, withIds({ ...before, times: before.times + 1 }))
      last = { code: known.code, line }
    }
    if (last && line > last.line && line - last.line < idsWithinLines)
      found.set(last.code, withIds(found.get(last.code)!))
  }
  return [...found.values()]
}

function* codesOf(text: string): Generator<string> {
  for (const { 0: whole, groups } of text.matchAll(candidates))
    yield groups?.['number'] ?? groups?.['named'] ?? groups?.['own'] ?? groups?.['bare'] ?? whole
}

function correlationOf(text: string): string | undefined {
  const at = text.search(/correlation.?id|client-request-id/i)
  return at === -1 ? undefined : guid.exec(text.slice(at, at + 120))?.[0]
}

/** What a line holds beyond the limit is read past, not kept. */
async function* linesOf(source: string | Readable): AsyncGenerator<string> {
  const input = typeof source === 'string' ? createReadStream(source) : source
  let rest = ''
  try {
    for await (const chunk of input.setEncoding('utf8')) {
      const [first = '', ...others] = String(chunk).split('\n')
      rest = (rest + first).slice(0, longestLine)
      for (const next of others) {
        yield rest
        rest = next.slice(0, longestLine)
      }
    }
  } catch (cause) {
    throw new CliError('cli/file-unreadable', `the log ${String(source)} cannot be read`, {
      cause,
      fix: 'name a file, or - for what is piped in',
    })
  }
  if (rest !== '') yield rest
}
