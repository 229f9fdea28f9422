// $filter on directory objects: read with the tenant's one parser, judged by the directory's rules, run over the rows.
// Microsoft Graph "Advanced query capabilities on Microsoft Entra ID objects".
import { GraphFailure } from '../context.ts'
import { type Dialect, type Filter, type Literal, parseFilter, syntaxError } from '../mail/filter.ts'
import type { ResourceType } from './resource-types.ts'

export type Row = Record<string, unknown>

export interface FilterOptions {
  readonly type: ResourceType
  /** `ConsistencyLevel: eventual` and `$count=true`. */
  readonly advanced: boolean
  /** Names that may be filtered by, lower-case. */
  readonly known: ReadonlySet<string>
}

export const unsupported = (message: string): GraphFailure =>
  new GraphFailure(400, 'Request_UnsupportedQuery', message)

const dialect: Dialect = {
  functions: ['startswith', 'endswith', 'contains'],
  refused: () => unsupported('Unsupported Query.'),
  tooComplex: () => unsupported('The filter of the query is too complex.'),
  syntax: syntaxError,
}

/** @throws {GraphFailure} 400 `BadRequest` for bad syntax, 400 `Request_UnsupportedQuery` for what needs an advanced query or is no property */
export function readFilter(text: string, o: FilterOptions): (row: Row) => boolean {
  const filter = parseFilter(text, dialect)
  check(filter, o, undefined)
  return (row) => holds(filter, { row, variable: undefined, item: undefined })
}

function check(filter: Filter, o: FilterOptions, variable: string | undefined): void {
  if (filter.kind === 'and' || filter.kind === 'or') {
    check(filter.left, o, variable)
    return check(filter.right, o, variable)
  }
  if (filter.kind === 'not') {
    needAdvanced(o, "Filter operator 'Not' is not supported.")
    return check(filter.inner, o, variable)
  }
  checkPath(filter.path, o, variable)
  if (filter.kind === 'any') {
    if (filter.inner) check(filter.inner, o, filter.variable.toLowerCase())
  } else if (filter.kind === 'compare') {
    if (filter.path.toLowerCase().endsWith('/$count'))
      needAdvanced(o, unsupportedProperty(filter.path, o.type.resource))
    if (filter.operator === 'ne') needAdvanced(o, "Filter operator 'NotEqualsMatch' is not supported.")
  } else if (filter.kind === 'call') {
    if (filter.name === 'contains' && !o.type.log)
      throw unsupported("Filter operator 'Contains' is not supported.")
    if (filter.name === 'endswith')
      needAdvanced(
        o,
        "Operator 'endsWith' is not supported because the 'ConsistencyLevel:eventual' header is missing.",
      )
  }
}

function needAdvanced(o: FilterOptions, message: string): void {
  if (!o.advanced && !o.type.log) throw unsupported(message)
}

function checkPath(path: string, o: FilterOptions, variable: string | undefined): void {
  const [first = ''] = path.toLowerCase().split('/')
  if (first !== variable && !o.known.has(first)) throw unsupported(unsupportedProperty(path, o.type.resource))
}

const unsupportedProperty = (path: string, resource: string): string =>
  `Unsupported or invalid query filter clause specified for property '${path.slice(0, 100)}' of resource '${resource}'.`

interface Scope {
  readonly row: Row
  readonly variable: string | undefined
  readonly item: unknown
}

function holds(filter: Filter, scope: Scope): boolean {
  switch (filter.kind) {
    case 'and':
      return holds(filter.left, scope) && holds(filter.right, scope)
    case 'or':
      return holds(filter.left, scope) || holds(filter.right, scope)
    case 'not':
      return !holds(filter.inner, scope)
    case 'bare':
      return valueAt(filter.path, scope) === true
    case 'in': {
      const value = valueAt(filter.path, scope)
      return filter.values.some((one) => compare(value, one) === 0)
    }
    case 'compare':
      return compares(valueAt(filter.path, scope), filter.operator, filter.value)
    case 'call': {
      const text = valueAt(filter.path, scope)
      if (typeof text !== 'string') return false
      const [whole, part] = [text.toLowerCase(), String(filter.value.value).toLowerCase()]
      if (filter.name === 'startswith') return whole.startsWith(part)
      return filter.name === 'endswith' ? whole.endsWith(part) : whole.includes(part)
    }
    case 'any': {
      const list = valueAt(filter.path, scope)
      if (!Array.isArray(list)) return false
      const { inner } = filter
      if (!inner) return list.length > 0
      return list.some((item) =>
        holds(inner, { row: scope.row, variable: filter.variable.toLowerCase(), item }),
      )
    }
  }
}

function compares(value: unknown, operator: string, literal: Literal): boolean {
  const order = compare(value, literal)
  if (operator === 'eq') return order === 0
  if (operator === 'ne') return order !== 0
  if (order === undefined) return false
  if (operator === 'gt') return order > 0
  if (operator === 'ge') return order >= 0
  return operator === 'lt' ? order < 0 : order <= 0
}

/** undefined: not comparable. Texts are compared without regard to case, as the directory does. */
function compare(value: unknown, literal: Literal): number | undefined {
  if (literal.type === 'null') return value === null || value === undefined ? 0 : undefined
  if (value === null || value === undefined) return undefined
  if (literal.type === 'date') {
    const at = typeof value === 'string' ? Date.parse(value) : Number.NaN
    return Number.isNaN(at) ? undefined : at - literal.value
  }
  if (literal.type === 'string' && typeof value === 'string') {
    const [left, right] = [value.toLowerCase(), literal.value.toLowerCase()]
    return left < right ? -1 : left > right ? 1 : 0
  }
  if (typeof value !== literal.type) return undefined
  return Number(value) - Number(literal.value)
}

/** Follows `web/redirectUris`, `x/keyId`, `owners/$count`; names in any letter case. */
export function valueAt(path: string, scope: Scope): unknown {
  const parts = path.split('/')
  const inside = scope.variable !== undefined && parts[0]!.toLowerCase() === scope.variable
  let value: unknown = inside ? scope.item : scope.row
  for (const part of inside ? parts.slice(1) : parts) {
    if (part.toLowerCase() === '$count') return Array.isArray(value) ? value.length : 0
    if (typeof value !== 'object' || value === null) return undefined
    const key = Object.keys(value).find((one) => one.toLowerCase() === part.toLowerCase())
    value = key === undefined ? undefined : (value as Row)[key]
  }
  return value
}
