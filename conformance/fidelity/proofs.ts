// Which test proves what: what passing tests saw (observe.ts), joined with the proofs that the page holds already.
import { existsSync, globSync, readFileSync } from 'node:fs'
import type { Answerable } from './answerable.ts'
import type { Observation } from './observe.ts'

const root = new URL('../..', import.meta.url)

export interface Proof {
  readonly file: string
  readonly title: string
}
/** By what is proved: `GET /me`, `AADSTS50011`, `403 ErrorAccessDenied`. */
export type Proofs = ReadonlyMap<string, Proof>

/** Reads what the test processes left in a folder: one file for each test file. */
export function readObserved(folder: string): (Proof & Observation)[] {
  return globSync('*.json', { cwd: folder })
    .map((name) => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as Observed)
    .flatMap(({ file, observations }) => observations.map((one) => ({ file, ...one })))
    .filter(isThere)
}
interface Observed {
  readonly file: string
  readonly observations: readonly Observation[]
}

/** One proof each: the one that is on the page already while its test exists, else the test that saw least besides. */
export function chooseProofs(
  answerable: Answerable,
  seen: readonly (Proof & Observation)[],
  kept: Proofs,
): Proofs {
  const patterns = answerable.routes.map((route) => ({ route, pattern: patternOf(route.path) }))
  const candidates = new Map<string, Proof[]>()
  const breadth = new Map<string, number>()
  for (const { file, title, kind, what } of seen) {
    const key = kind === 'aadsts' ? `AADSTS${what}` : kind === 'error' ? what : callOf(what, patterns)
    breadth.set(`${file} ${title}`, (breadth.get(`${file} ${title}`) ?? 0) + 1)
    if (key) candidates.set(key, [...(candidates.get(key) ?? []), { file, title }])
  }
  const score = ({ file, title }: Proof): string =>
    `${String(breadth.get(`${file} ${title}`)).padStart(6, '0')} ${file} ${title}`
  const chosen = [...candidates].map(([key, proofs]): [string, Proof] => {
    const best = proofs.toSorted((a, b) => (score(a) < score(b) ? -1 : 1))[0]!
    return [key, kept.get(key) ?? best]
  })
  return new Map([...kept, ...chosen])
}

/** Calls whose only answer is a refusal: nobody has a manager here, roles are Microsoft's, there is no icon. */
const refusing = new Set([
  'GET /me/manager',
  'GET /users/:id/manager',
  'POST /roleManagement/directory/roleDefinitions',
  'DELETE /roleManagement/directory/roleDefinitions/:id',
  'GET /favicon.ico',
])

/** The route a call went to; only what succeeded proves it. */
function callOf(
  what: string,
  patterns: readonly { route: { method: string; path: string }; pattern: RegExp }[],
): string | undefined {
  const [method, asked = '', status] = what.split(' ')
  const path = decoded(asked)
    .replace(/^\/(v1\.0|beta)(?=\/)/, '')
    .replace(/^\/users\/[^/]+(?=\/(messages|mailfolders|sendmail))/i, '/me')
  const fits = patterns.filter(({ route, pattern }) => route.method === method && pattern.test(path))
  const best = fits.toSorted((a, b) => a.route.path.split(':').length - b.route.path.split(':').length)[0]
  if (!best) return undefined
  const call = `${best.route.method} ${best.route.path}`
  return Number(status) < 400 || refusing.has(call) ? call : undefined
}

/** Hono's paths: `:name`, `:name{pattern}`, `:name?`. */
function patternOf(path: string): RegExp {
  const source = path
    .split(/(\/?:\w+(?:\{[^}]*\})?\??)/)
    .map((piece) => {
      const parameter = /^(\/?):\w+(?:\{([^}]*)\})?(\??)$/.exec(piece)
      if (!parameter) return piece.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
      const [, slash, pattern = '[^/]+', optional] = parameter
      return `(?:${slash}${pattern})${optional}`
    })
    .join('')
  return new RegExp(`^${source}/?$`, 'i')
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** Whether the test is still where it was: its file, and in it a title that can read so. */
export function isThere({ file, title }: Proof): boolean {
  const path = new URL(file, root)
  if (!existsSync(path)) return false
  const titles = readFileSync(path, 'utf8').matchAll(/\btest\(\s*(['"`])((?:\\.|(?!\1).)*)\1/gs)
  return [...titles].some(([, , text]) => {
    const source = text!
      .replaceAll(/\\(['"`])/g, '$1')
      .split(/\$\{[^}]*\}/)
      .map((piece) => piece.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    return new RegExp(`^${source.join('.*')}$`, 's').test(title)
  })
}
