// Makes docs/tour.svg from a real run: runs the tour on a fresh home, keeps when each line came, and draws a text cast.
// `node scripts/launch.cjs scripts/make-tour-picture.ts [--out FILE]`
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface CastLine {
  readonly text: string
  /** Milliseconds after the command was typed. */
  readonly atMs: number
}

const root = fileURLToPath(new URL('..', import.meta.url))
const columns = 100
const rows = 32
const lineHeight = 18
const characterWidth = 7.8
const padding = 16
const typedMs = 800
const restMs = 6000

/** Runs the tour as a person would without a terminal and returns every line with its time. */
export async function recordTour(): Promise<{ lines: CastLine[]; exitCode: number | null }> {
  const home = mkdtempSync(join(tmpdir(), 'letterlock-picture-'))
  const began = performance.now()
  try {
    const child = spawn(process.execPath, ['src/cli/main.ts', 'tour'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LETTERLOCK_HOME: home, LETTERLOCK_KEYCHAIN: 'off', NO_COLOR: '1' },
    })
    const lines: CastLine[] = []
    const collect = collector((text) =>
      lines.push({ text: withoutPlace(text, home), atMs: performance.now() - began }),
    )
    child.stdout.setEncoding('utf8').on('data', collect())
    child.stderr.setEncoding('utf8').on('data', collect())
    const [exitCode] = (await once(child, 'close')) as [number | null]
    return { lines, exitCode }
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

/** Draws the lines as an animated SVG; a viewer that asks for less motion sees the end at once. */
export function drawCast(command: string, lines: readonly CastLine[]): string {
  const shown = [
    { text: `$ ${command}`, atMs: 0 },
    ...lines.flatMap(({ text, atMs }) => wrap(text).map((piece) => ({ text: piece, atMs: atMs + typedMs }))),
  ]
  const totalMs = (shown.at(-1)?.atMs ?? 0) + restMs
  const percent = (ms: number): string => `${((ms / totalMs) * 100).toFixed(2)}%`
  const width = Math.ceil(columns * characterWidth + 2 * padding)
  const height = rows * lineHeight + 2 * padding + 24
  const scrolls = shown.slice(rows).map(({ atMs }, index) => ({ atMs, rows: index + 1 }))
  const frames = ['0%{transform:translateY(0)}', ...scrollFrames(scrolls, percent)].join('')
  const texts = shown.map(({ text, atMs }, index) => {
    const y = padding + 24 + (index + 1) * lineHeight - 5
    return `<text class="${classOf(text)}" style="animation-delay:${Math.round(atMs)}ms" x="${padding}" y="${y}" xml:space="preserve">${escapeXml(text)}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="t">
<title id="t">${escapeXml(command)}: ${escapeXml(lines.findLast(({ text }) => text.includes('replies for'))?.text.trim() ?? 'the tour')}</title>
<style>
text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#d6dbe1;opacity:0;animation:come 1ms linear forwards}
.command{fill:#fff;font-weight:600}.step{fill:#9fd0ff}.proof{fill:#8b949e}.killed{fill:#ffb454}.result{fill:#7ee787;font-weight:600}
.all{animation:scroll ${Math.round(totalMs)}ms step-end forwards}
@keyframes come{to{opacity:1}}
@keyframes scroll{${frames}}
@media (prefers-reduced-motion:reduce){text{animation:none;opacity:1}.all{animation:none;transform:translateY(${-scrolls.length * lineHeight}px)}}
</style>
<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
<circle cx="20" cy="18" r="6" fill="#ff5f57"/><circle cx="40" cy="18" r="6" fill="#febc2e"/><circle cx="60" cy="18" r="6" fill="#28c840"/>
<clipPath id="screen"><rect y="32" width="${width}" height="${height - 40}"/></clipPath>
<g clip-path="url(#screen)"><g class="all">
${texts.join('\n')}
</g></g>
</svg>
`
}

/** Lines that came at one instant scroll together. */
function scrollFrames(
  scrolls: readonly { atMs: number; rows: number }[],
  percent: (ms: number) => string,
): string[] {
  const byTime = new Map(scrolls.map(({ atMs, rows: count }) => [percent(atMs), count]))
  const frames = [...byTime].map(([at, count]) => `${at}{transform:translateY(${-count * lineHeight}px)}`)
  return scrolls.length === 0
    ? []
    : [...frames, `100%{transform:translateY(${-scrolls.length * lineHeight}px)}`]
}

function classOf(text: string): string {
  if (text.startsWith('$ ')) return 'command'
  if (/replies for/.test(text)) return 'result'
  if (/SIGKILL|killed/i.test(text)) return 'killed'
  if (/^\s{0,1}\d{1,2}\s{2}/.test(text)) return 'step'
  return /^\s{4,}/.test(text) ? 'proof' : 'line'
}

/** One reader a stream; a progress bar's earlier states (before a carriage return) are dropped. */
function collector(line: (text: string) => void): () => (chunk: string) => void {
  return () => {
    let rest = ''
    return (chunk) => {
      const parts = (rest + chunk).split('\n')
      rest = parts.pop() ?? ''
      for (const part of parts) line(withoutEscapes(part.replace(/\r$/, '').replace(/^.*\r/, '')))
    }
  }
}

function withoutEscapes(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what is taken out
  return text.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]|[\u0000-\u001f\u007f]/g, '')
}

/** A picture names no machine: the home is the clone's, as `npm start` would have it. */
function withoutPlace(text: string, home: string): string {
  return text
    .replaceAll(/(?:\.\.\/)+[^\s]*letterlock-picture-[^\s/]*/g, '.letterlock')
    .replaceAll(home, '.letterlock')
    .replaceAll(root, './')
}

function wrap(text: string): string[] {
  const pieces: string[] = []
  const indent = `${/^\s*/.exec(text)?.[0] ?? ''}  `
  let line = text
  while (line.length > columns) {
    const space = line.lastIndexOf(' ', columns)
    const at = space > indent.length ? space : columns
    pieces.push(line.slice(0, at))
    line = indent + line.slice(at).trimStart()
  }
  return [...pieces, line]
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

if (import.meta.main) {
  const at = process.argv.indexOf('--out')
  const out = at === -1 ? join(root, 'docs', 'tour.svg') : process.argv[at + 1]!
  const { lines, exitCode } = await recordTour()
  if (exitCode !== 0) {
    console.error(lines.map(({ text }) => text).join('\n'))
    console.error(`the tour ended with ${exitCode}; no picture was made`)
    process.exit(1)
  }
  const svg = drawCast('npm start', lines)
  if (svg.includes(tmpdir()) && tmpdir() !== '/')
    throw new Error('the picture names a folder of this machine')
  writeFileSync(out, svg)
  console.log(`${out}: ${lines.length} lines, ${(readFileSync(out).length / 1024).toFixed(0)} KB`)
}
