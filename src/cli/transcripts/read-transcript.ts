/** One command with what a person sees. `…` stands for any text within a line, `...` alone for any lines. */
export interface Transcript {
  readonly title: string
  /** Lines before the command: what is so when it is typed. */
  readonly given: readonly string[]
  readonly command: string
  readonly exit: number
  readonly stdout: readonly string[]
  readonly stderr: readonly string[]
}

export function readTranscript(text: string): Transcript {
  const lines = text.trimEnd().split('\n')
  const at = lines.findIndex((line) => line.startsWith('$ '))
  const parts = { stdout: [] as string[], stderr: [] as string[] }
  let part: 'stdout' | 'stderr' | undefined
  for (const line of lines.slice(at + 2)) {
    if (line === 'stdout' || line === 'stderr') part = line
    else if (part && line.startsWith('  ')) parts[part].push(line.slice(2))
    else if (line !== 'stdout (empty)' && line !== 'stderr (empty)')
      throw new TypeError(`not a transcript line: ${line}`)
  }
  return {
    title: lines[0]!.replace(/^# /, ''),
    given: lines.slice(1, at),
    command: lines[at]!.slice(2),
    exit: Number(/^exit (\d+)$/.exec(lines[at + 1] ?? '')![1]),
    ...parts,
  }
}

/** A pattern that matches exactly what the lines allow. */
export function patternOf(lines: readonly string[]): RegExp {
  const escaped = lines.map((line) =>
    line === '...'
      ? '(?:.*\\n)*?'
      : `${line
          .split('…')
          .map((text) => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
          .join('[^\\n]*')}\\n`,
  )
  return new RegExp(`^${escaped.join('')}$`)
}
