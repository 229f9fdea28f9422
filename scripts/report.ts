// What the four long checks print: a table for people, one JSON object on the last line with --json (design §10).
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly peer?: string
  readonly peerValue?: number
  readonly ratio?: number
}

export interface Report {
  readonly ok: boolean
  readonly figures: readonly Figure[]
  readonly counts: Readonly<Record<string, number>>
}

/** Prints a report on stdout and sets the exit status: non-zero when a guarantee failed. */
export function printReport(title: string, report: Report): void {
  console.log(`\n${title}: ${report.ok ? 'ok' : 'FAILED'}`)
  for (const [name, count] of Object.entries(report.counts)) console.log(`  ${name.padEnd(40)} ${count}`)
  for (const figure of report.figures) {
    const peer =
      figure.peer === undefined ? '' : `   (${figure.peer}: ${figure.peerValue}, ratio ${figure.ratio})`
    console.log(`  ${figure.name.padEnd(40)} ${figure.value} ${figure.unit}${peer}`)
  }
  if (process.argv.includes('--json')) console.log(JSON.stringify(report))
  if (!report.ok) process.exitCode = 1
}

/** The middle value. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  if (sorted.length === 0) return NaN
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The value after `--name`, or the fallback. */
export function numberOption(name: string, fallback: number): number {
  const at = process.argv.indexOf(`--${name}`)
  const value = at === -1 ? fallback : Number(process.argv[at + 1])
  if (!Number.isFinite(value)) throw new TypeError(`--${name} takes a number`)
  return value
}

/** The names given before any flag: which of the checks to run. */
export function wantedNames(): string[] {
  const names: string[] = []
  for (const word of process.argv.slice(2)) {
    if (word.startsWith('--')) break
    names.push(word)
  }
  return names
}
