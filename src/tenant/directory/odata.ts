// How the directory answers: $filter, $search, $orderby, $select, $expand, $top, $count, pages. entra.md section 8.1;
// Microsoft Graph "Advanced query capabilities on Microsoft Entra ID objects".
import type { Context } from 'hono'
import { GraphFailure } from '../context.ts'
import { readFilter, type Row, unsupported, valueAt } from './odata-filter.ts'
import { readSearch } from './odata-search.ts'
import { resourceType, type ResourceType } from './resource-types.ts'

const graphJson = {
  'content-type':
    'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8',
  'odata-version': '4.0',
  'cache-control': 'no-cache',
}

/** How a set is shown: what without $select, in what page, with what status. */
export interface Shape {
  readonly defaults?: readonly string[]
  /** Rows of a page when $top says nothing. Default 100. */
  readonly page?: number
  readonly status?: 200 | 201
  /** What `$expand` may fetch, by name: a list, or the one object there is. */
  readonly expand?: Readonly<Record<string, (row: Row) => readonly object[] | object>>
}

export function answerItem(c: Context, set: string, row: object, shape: Shape = {}): Response {
  const chosen = shown(row as Row, { shape, options: readOptions(c) })
  return c.json(
    { '@odata.context': contextUrl(c, `${set}${selected(c)}/$entity`), ...chosen },
    shape.status ?? 200,
    graphJson,
  )
}

/** `…/$count`: a bare number, for advanced queries alone. */
export function answerCount(c: Context, set: string, rows: readonly object[]): Response {
  if (!isEventual(c)) throw new GraphFailure(400, 'Request_BadRequest', '$count is not currently supported.')
  const found = findRows(rows as readonly Row[], { ...readOptions(c), advanced: true }, resourceType(set))
  return c.text(String(found.length), 200, { 'odata-version': '4.0' })
}

export function answerCollection(
  c: Context,
  set: string,
  rows: readonly object[],
  shape: Shape = {},
): Response {
  const options = readOptions(c)
  const type = resourceType(set)
  const found = findRows(rows as readonly Row[], options, type)
  const { top, from } = readPage(c, shape)
  const next = new URL(c.req.url)
  next.searchParams.set('$skiptoken', skipToken(from + top))
  const counted = options.count && (options.eventual || type.log)
  return c.json(
    {
      '@odata.context': contextUrl(c, `${set}${selected(c)}`),
      ...(counted ? { '@odata.count': found.length } : {}),
      ...(from + top < found.length ? { '@odata.nextLink': next.href } : {}),
      value: found.slice(from, from + top).map((row) => shown(row, { shape, options })),
    },
    200,
    graphJson,
  )
}

export function contextUrl(c: Context, name: string): string {
  const version = c.req.path.startsWith('/beta') ? '/beta' : '/v1.0'
  return `${new URL(c.req.url).origin}${version}/$metadata#${name}`
}

/** `users(id,displayName)`: a selection is part of the context. */
function selected(c: Context): string {
  const names = option(c, 'select')
  return names
    ? `(${names
        .split(',')
        .map((name) => name.trim())
        .join(',')})`
    : ''
}

interface Options {
  readonly filter: string | undefined
  readonly search: string | undefined
  readonly orderBy: string | undefined
  readonly select: string | undefined
  readonly expand: string | undefined
  readonly count: boolean
  readonly eventual: boolean
  readonly advanced: boolean
}

const taken = new Set([
  'filter',
  'search',
  'orderby',
  'select',
  'expand',
  'count',
  'top',
  'skiptoken',
  'format',
])

/** Names in any case, with or without `$`. @throws {GraphFailure} 400 for an option that the directory does not take */
function readOptions(c: Context): Options {
  for (const name of new URL(c.req.url).searchParams.keys()) {
    const plain = name.toLowerCase().replace(/^\$/, '')
    if (name.startsWith('$') && !taken.has(plain))
      throw plain === 'skip'
        ? new GraphFailure(400, 'Request_BadRequest', "'$skip' is not supported by the service.")
        : new GraphFailure(400, 'BadRequest', `The query parameter '${name.slice(0, 50)}' is not supported.`)
  }
  const count = option(c, 'count')?.toLowerCase() === 'true'
  const eventual = isEventual(c)
  return {
    filter: option(c, 'filter'),
    search: option(c, 'search'),
    orderBy: option(c, 'orderby'),
    select: option(c, 'select'),
    expand: option(c, 'expand'),
    count,
    eventual,
    advanced: count && eventual,
  }
}

function option(c: Context, name: string): string | undefined {
  for (const [key, value] of new URL(c.req.url).searchParams)
    if (key.toLowerCase() === `$${name}` || key.toLowerCase() === name) return value
  return undefined
}

const isEventual = (c: Context): boolean => c.req.header('consistencylevel')?.toLowerCase() === 'eventual'

function findRows(rows: readonly Row[], o: Options, type: ResourceType): readonly Row[] {
  let found = rows
  if (o.search !== undefined) {
    if (!o.eventual)
      throw unsupported(
        "Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'",
      )
    found = found.filter(readSearch(o.search, type))
  }
  if (o.filter !== undefined)
    found = found.filter(readFilter(o.filter, { type, advanced: o.advanced, known: knownNames(rows, type) }))
  if (o.orderBy === undefined) return found
  if ((o.filter ?? o.search) !== undefined && !o.advanced && !type.log)
    throw unsupported('Sorting not supported for current query.')
  return found.toSorted(readOrder(o.orderBy, knownNames(rows, type)))
}

function knownNames(rows: readonly Row[], type: ResourceType): ReadonlySet<string> {
  const names = [...(type.properties ?? []), ...(rows[0] ? Object.keys(rows[0]) : [])]
  return new Set(names.map((name) => name.toLowerCase()))
}

function readOrder(text: string, known: ReadonlySet<string>): (a: Row, b: Row) => number {
  const keys = text.split(',').map((part) => {
    const match = /^([\w/]+)(?:\s+(asc|desc))?$/i.exec(part.trim())
    if (!match || !known.has(match[1]!.split('/')[0]!.toLowerCase()))
      throw unsupported('Sorting not supported for current query.')
    return { path: match[1]!, sign: match[2]?.toLowerCase() === 'desc' ? -1 : 1 }
  })
  const at = (row: Row, path: string): string => {
    const value = valueAt(path, { row, variable: undefined, item: undefined })
    return typeof value === 'string' || typeof value === 'number' ? String(value).toLowerCase() : ''
  }
  return (a, b) => {
    for (const { path, sign } of keys) {
      const [left, right] = [at(a, path), at(b, path)]
      if (left !== right) return left < right ? -sign : sign
    }
    return 0
  }
}

function readPage(c: Context, shape: Shape): { top: number; from: number } {
  const text = option(c, 'top')
  const top = text === undefined ? (shape.page ?? 100) : Number(text)
  const most = Math.max(999, shape.page ?? 0)
  if (!Number.isInteger(top) || top < 1 || top > most)
    throw unsupported(
      `Invalid page size specified: '${text?.slice(0, 20)}'. Must be between 1 and ${most} inclusive.`,
    )
  const token = option(c, 'skiptoken')
  const from =
    token === undefined ? 0 : Number(Buffer.from(token, 'base64url').toString().replace(/^at:/, ''))
  if (!Number.isSafeInteger(from) || from < 0 || (token !== undefined && skipToken(from) !== token))
    throw new GraphFailure(
      400,
      'Directory_ExpiredPageToken',
      'The specified page token value has expired and can no longer be included in your request.',
    )
  return { top, from }
}

const skipToken = (from: number): string => Buffer.from(`at:${from}`).toString('base64url')

/** The row with what was selected, and what was expanded beside it. */
function shown(row: Row, o: { shape: Shape; options: Options }): Row {
  const expanded = o.options.expand === undefined ? {} : expand(row, o.options.expand, o.shape)
  const names = o.options.select?.split(',') ?? o.shape.defaults
  if (!names) return { ...row, ...expanded }
  const wanted = new Set(names.map((name) => name.trim().toLowerCase()))
  const keepsId = o.options.select === undefined || wanted.has('id')
  const kept = Object.entries(row).filter(
    ([name]) => (name === 'id' && keepsId) || name.startsWith('@odata.') || wanted.has(name.toLowerCase()),
  )
  return { ...Object.fromEntries(kept), ...expanded }
}

function expand(row: Row, text: string, shape: Shape): Row {
  const match = /^(\w+)(?:\(\$select=([\w,]+)\))?$/i.exec(text.trim())
  const known = Object.entries(shape.expand ?? {}).find(
    ([name]) => name.toLowerCase() === match?.[1]?.toLowerCase(),
  )
  if (!match || !known)
    throw new GraphFailure(
      400,
      'BadRequest',
      `Parsing OData Select and Expand failed: Could not find a property named '${(match?.[1] ?? text).slice(0, 100)}'.`,
    )
  const names = match[2]?.toLowerCase().split(',')
  const items = known[1](row)
  const pick = (item: object): object =>
    names
      ? Object.fromEntries(
          Object.entries(item).filter(([name]) => name.startsWith('@') || names.includes(name.toLowerCase())),
        )
      : item
  return { [known[0]]: Array.isArray(items) ? items.slice(0, 20).map(pick) : pick(items) }
}
