import { badRequest, fail } from './failures.ts'

/** A `$filter` of messages, parsed. Strings keep their case; property paths keep the case they were typed in. */
export type Filter =
  | { kind: 'and'; left: Filter; right: Filter }
  | { kind: 'or'; left: Filter; right: Filter }
  | { kind: 'not'; inner: Filter }
  | { kind: 'compare'; operator: Comparison; path: string; value: Literal }
  | { kind: 'in'; path: string; values: Literal[] }
  | { kind: 'call'; name: TextFunction; path: string; value: Literal }
  | { kind: 'any'; path: string; variable: string; inner: Filter | undefined }
  | { kind: 'bare'; path: string }
export type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le'
export type TextFunction = 'startswith' | 'contains' | 'endswith'
export type Literal =
  | { type: 'string'; value: string }
  | { type: 'number'; value: number }
  | { type: 'boolean'; value: boolean }
  | { type: 'date'; value: number }
  | { type: 'null'; value: null }

type Token = { type: 'word' | 'string' | 'punctuation' | 'end'; text: string; at: number }

/** What a service takes of the language, and how it refuses the rest. */
export interface Dialect {
  readonly functions: readonly TextFunction[]
  refused(): Error
  tooComplex(): Error
  syntax(text: string, at: number): Error
}

const maxNodes = 200
const maxDepth = 50
const comparisons = new Set(['eq', 'ne', 'gt', 'ge', 'lt', 'le'])

/**
 * Parses a `$filter` (OData 4.0 part 2, section 5.1.1); by default the part Exchange serves for messages.
 *
 * @throws {GraphFailure} 400 `BadRequest` for bad syntax, 400 `ErrorInvalidUrlQueryFilter` for what Exchange refuses
 */
export function parseFilter(text: string, dialect: Dialect = exchangeDialect): Filter {
  const tokens = tokenise(text, dialect)
  const syntax = (token: Token): Error => dialect.syntax(text, token.at)
  let at = 0
  let nodes = 0
  const peek = (): Token => tokens[at]!
  const isWord = (word: string): boolean => peek().type === 'word' && peek().text.toLowerCase() === word
  const take = (): Token => tokens[at++]!
  const expect = (punctuation: string): void => {
    const token = take()
    if (token.type !== 'punctuation' || token.text !== punctuation) throw syntax(token)
  }
  const count = (): void => {
    if (++nodes > maxNodes) throw dialect.tooComplex()
  }

  function either(depth: number): Filter {
    let left = both(depth)
    while (isWord('or')) {
      take()
      count()
      left = { kind: 'or', left, right: both(depth) }
    }
    return left
  }
  function both(depth: number): Filter {
    let left = unary(depth)
    while (isWord('and')) {
      take()
      count()
      left = { kind: 'and', left, right: unary(depth) }
    }
    return left
  }
  function unary(depth: number): Filter {
    if (depth > maxDepth) throw dialect.tooComplex()
    count()
    if (isWord('not')) {
      take()
      return { kind: 'not', inner: unary(depth + 1) }
    }
    if (peek().type === 'punctuation' && peek().text === '(') {
      take()
      const inner = either(depth + 1)
      expect(')')
      return inner
    }
    return term(depth)
  }
  function term(depth: number): Filter {
    const token = take()
    if (token.type !== 'word') throw syntax(token)
    const lower = token.text.toLowerCase()
    if (peek().text === '(' && peek().type === 'punctuation') {
      const known = dialect.functions.find((name) => name === lower)
      if (known) return call(known)
      if (lower === 'cast') return comparison(castPath(token))
      const any = /^(.+)\/(any|all)$/i.exec(token.text)
      if (any) return lambda(any[1]!, any[2]!.toLowerCase(), depth)
      throw dialect.refused()
    }
    return comparison(token.text)
  }
  function castPath(token: Token): string {
    expect('(')
    const path = take()
    if (path.type !== 'word') throw syntax(token)
    expect(',')
    take()
    expect(')')
    return path.text
  }
  function call(name: TextFunction): Filter {
    expect('(')
    const path = take()
    if (path.type !== 'word') throw syntax(path)
    const target = path.text.toLowerCase() === 'cast' ? castPath(path) : path.text
    expect(',')
    const value = literal()
    if (value.type !== 'string') throw syntax(path)
    expect(')')
    if (isWord('eq') || isWord('ne')) {
      const same = take().text.toLowerCase() === 'eq'
      const wanted = literal()
      if (wanted.type !== 'boolean') throw syntax(path)
      const inner: Filter = { kind: 'call', name, path: target, value }
      return wanted.value === same ? inner : { kind: 'not', inner }
    }
    return { kind: 'call', name, path: target, value }
  }
  function lambda(path: string, quantifier: string, depth: number): Filter {
    if (quantifier === 'all') throw dialect.refused()
    expect('(')
    if (peek().text === ')' && peek().type === 'punctuation') {
      take()
      return { kind: 'any', path, variable: '', inner: undefined }
    }
    const variable = take()
    if (variable.type !== 'word') throw syntax(variable)
    expect(':')
    const inner = either(depth + 1)
    expect(')')
    return { kind: 'any', path, variable: variable.text, inner }
  }
  function comparison(path: string): Filter {
    if (isWord('in')) {
      take()
      expect('(')
      const values = [literal()]
      while (peek().text === ',' && peek().type === 'punctuation') {
        take()
        values.push(literal())
      }
      expect(')')
      if (values.length > 15) throw dialect.tooComplex()
      return { kind: 'in', path, values }
    }
    if (peek().type === 'word' && comparisons.has(peek().text.toLowerCase())) {
      const operator = take().text.toLowerCase() as Comparison
      return { kind: 'compare', operator, path, value: literal() }
    }
    return { kind: 'bare', path }
  }
  function literal(): Literal {
    const token = take()
    if (token.type === 'string') return { type: 'string', value: token.text }
    if (token.type !== 'word') throw syntax(token)
    const value = readLiteral(token.text)
    if (!value) throw syntax(token)
    return value
  }

  const filter = either(0)
  if (peek().type !== 'end') throw syntax(peek())
  return filter
}

/** The property paths a filter names, lower-case, in order of first use: what the order-by rule compares. */
export function filterPaths(filter: Filter): string[] {
  const found: string[] = []
  const walk = (node: Filter): void => {
    if (node.kind === 'and' || node.kind === 'or') {
      walk(node.left)
      walk(node.right)
    } else if (node.kind === 'not') walk(node.inner)
    else if (!found.includes(node.path.toLowerCase())) found.push(node.path.toLowerCase())
  }
  walk(filter)
  return found
}

export function invalidNodes(): Error {
  return fail(400, 'ErrorInvalidUrlQueryFilter', 'The query filter contains one or more invalid nodes.')
}
export function tooComplex(): Error {
  return fail(400, 'InefficientFilter', 'The restriction or sort order is too complex for this operation.')
}

const exchangeDialect: Dialect = {
  functions: ['startswith', 'contains'],
  refused: invalidNodes,
  tooComplex,
  syntax: syntaxError,
}

function readLiteral(text: string): Literal | undefined {
  const lower = text.toLowerCase()
  if (lower === 'true' || lower === 'false') return { type: 'boolean', value: lower === 'true' }
  if (lower === 'null') return { type: 'null', value: null }
  if (/^-?\d+(\.\d+)?$/.test(text)) return { type: 'number', value: Number(text) }
  if (/^\d{4}-\d\d-\d\d([Tt]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)?)?$/.test(text)) {
    const hasZone = /([Zz]|[+-]\d\d:\d\d)$/.test(text) && /[Tt]/.test(text)
    const trimmed = text.replace(/(\.\d{3})\d+/, '$1').toUpperCase()
    const value = Date.parse(hasZone || trimmed.length === 10 ? trimmed : `${trimmed}Z`)
    return Number.isNaN(value) ? undefined : { type: 'date', value }
  }
  return undefined
}

function tokenise(text: string, dialect: Dialect): Token[] {
  const tokens: Token[] = []
  const pattern = /\s+|'((?:[^']|'')*)'|([(),])|(:(?!\d))|([^\s'(),:]+(?::\d[^\s'(),:]*)*)/y
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex
    const match = pattern.exec(text)
    if (!match) throw dialect.syntax(text, at)
    if (match[1] !== undefined) tokens.push({ type: 'string', text: match[1].replaceAll("''", "'"), at })
    else if (match[2] || match[3]) tokens.push({ type: 'punctuation', text: match[2] ?? match[3]!, at })
    else if (match[4]) tokens.push({ type: 'word', text: match[4], at })
  }
  tokens.push({ type: 'end', text: '', at: text.length })
  return tokens
}

/** @throws {GraphFailure} 400 `BadRequest` */
export function syntaxError(text: string, at: number): Error {
  return badRequest(`Invalid filter clause: syntax error at position ${at} in '${shorten(text)}'.`)
}
function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
