import { isTerminal, writeNow } from './standard-streams.ts'
import { oneLine, safeJson, stripEscapes } from './strip-escapes.ts'

/** All that the command says. Data on stdout, everything else on stderr; whatever goes out is stripped of escapes. */
export interface Output {
  readonly json: boolean
  readonly quiet: boolean
  /** A person may be asked, and something may move on the screen. */
  readonly terminal: boolean
  /** For people: stdout, nothing with `--json`. */
  say(text: string): void
  /** For programs: one line of JSON on stdout, only with `--json`. */
  record(value: object): void
  /** On the way: stderr, nothing with `--quiet`. */
  note(text: string): void
  /** Always on stderr. */
  warn(text: string): void
  bold(text: string): string
  dim(text: string): string
  /** Green, red and yellow: what is added, taken away, changed. Never the only sign of it. */
  added(text: string): string
  removed(text: string): string
  changed(text: string): string
}

export interface OutputOptions {
  readonly json?: boolean | undefined
  readonly quiet?: boolean | undefined
}

export function createOutput(options: OutputOptions): Output {
  const json = options.json === true
  const quiet = options.quiet === true
  const out = (text: string): void => writeNow(1, text)
  const err = (text: string): void => writeNow(2, text)
  const noColor = process.env['NO_COLOR'] !== undefined && process.env['NO_COLOR'] !== ''
  const colors = !noColor && process.env['TERM'] !== 'dumb' && isTerminal(1)
  const styled = (mark: string) => (text: string) => (colors ? `${mark}${text}\u0003` : text)
  return {
    json,
    quiet,
    get terminal() {
      return isTerminal(0) && isTerminal(2)
    },
    say: (text) => json || out(`${keepOurs(text)}\n`),
    record: (value) => json && out(`${safeJson(value)}\n`),
    note: (text) => quiet || err(`${stripEscapes(text)}\n`),
    warn: (text) => err(`${stripEscapes(text)}\n`),
    bold: styled('\u0001'),
    dim: styled('\u0002'),
    added: styled('\u0004'),
    removed: styled('\u0005'),
    changed: styled('\u0006'),
  }
}

const marks: Readonly<Record<string, string>> = {
  '\u0001': '\u001b[1m',
  '\u0002': '\u001b[2m',
  '\u0003': '\u001b[0m',
  '\u0004': '\u001b[32m',
  '\u0005': '\u001b[31m',
  '\u0006': '\u001b[33m',
}

/** Our own styles are marked until the rest is stripped. A mark from elsewhere can at worst make text bold or green. */
function keepOurs(text: string): string {
  return (
    text
      // oxlint-disable-next-line no-control-regex
      .split(/([\u0001-\u0006])/)
      .map((part) => marks[part] ?? stripEscapes(part))
      .join('')
  )
}

/** Cuts to a width in characters, for tables. */
export function fit(text: string, width: number): string {
  const chars = [...oneLine(text)]
  if (chars.length > width) return `${chars.slice(0, width - 1).join('')}…`
  return chars.join('').padEnd(width)
}
