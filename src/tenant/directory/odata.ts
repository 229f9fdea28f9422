// The part of OData the directory takes: $filter (eq, startswith, and), $select, $top, nextLink. entra.md section 8.1.
import type { Context } from 'hono'
import { GraphFailure } from '../context.ts'

type Row = Record<string, unknown>

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
}

export function answerItem(c: Context, set: string, row: object, shape: Shape = {}): Response {
  const chosen = select(row as Row, c.req.query('$select'), shape.defaults)
  return c.json(
    { '@odata.context': contextUrl(c, `${set}/$entity`), ...chosen },
    shape.status ?? 200,
    graphJson,
  )
}

/** `…/$count`: a bare number, for advanced queries alone. Graph "Advanced query capabilities". */
export function answerCount(c: Context, rows: readonly object[]): Response {
  if (c.req.header('consistencylevel')?.toLowerCase() !== 'eventual')
    throw new GraphFailure(400, 'Request_BadRequest', '$count is not currently supported.')
  const found = filter(rows as readonly Row[], c.req.query('$filter'))
  return c.text(String(found.length), 200, { 'odata-version': '4.0' })
}

export function contextUrl(c: Context, name: string): string {
  return `${origin(c)}${c.req.path.startsWith('/beta') ? '/beta' : '/v1.0'}/$metadata#${name}`
}

export function answerCollection(
  c: Context,
  set: string,
  rows: readonly object[],
  shape: Shape = {},
): Response {
  const found = filter(rows as readonly Row[], c.req.query('$filter'))
  if (
    c.req.query('$search') !== undefined &&
    c.req.header('consistencylevel')?.toLowerCase() !== 'eventual'
  ) {
    throw unsupported(
      "Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'",
    )
  }
  if (c.req.query('$search') !== undefined || c.req.query('$orderby') !== undefined)
    throw new GraphFailure(
      501,
      'NotImplemented',
      'The local tenant does not model $search and $orderby on directory objects yet.',
    )
  const topText = c.req.query('$top')
  const top = topText === undefined ? (shape.page ?? 100) : Number(topText)
  const most = Math.max(999, shape.page ?? 0)
  if (!Number.isInteger(top) || top < 1 || top > most)
    throw unsupported(`Invalid page size specified: '${topText}'. Must be between 1 and ${most} inclusive.`)
  const from = Number(c.req.query('$skiptoken') ?? 0)
  if (!Number.isInteger(from) || from < 0) throw unsupported('The skip token is not valid.')
  const next = new URL(c.req.url)
  next.searchParams.set('$skiptoken', String(from + top))
  return c.json(
    {
      '@odata.context': contextUrl(c, set),
      ...(c.req.query('$count') === 'true' ? { '@odata.count': found.length } : {}),
      ...(from + top < found.length ? { '@odata.nextLink': next.href } : {}),
      value: found.slice(from, from + top).map((row) => select(row, c.req.query('$select'), shape.defaults)),
    },
    200,
    graphJson,
  )
}

function select(row: Row, names: string | undefined, defaults: readonly string[] | undefined): Row {
  if (!names && !defaults) return row
  const list = names ? names.split(',') : defaults!
  const wanted = new Set(list.map((name) => name.trim().toLowerCase()))
  return Object.fromEntries(
    Object.entries(row).filter(
      ([name]) => name === 'id' || name.startsWith('@odata.') || wanted.has(name.toLowerCase()),
    ),
  )
}

function filter(rows: readonly Row[], text: string | undefined): readonly Row[] {
  if (text === undefined) return rows
  const tests = splitAnd(text).map(readTest)
  return rows.filter((row) => tests.every((passes) => passes(row)))
}

/** Splits at ` and ` outside quotes. */
function splitAnd(text: string): string[] {
  const parts = text.match(/(?:'(?:[^']|'')*'|(?! and )[\s\S])+/gi) ?? []
  return parts.map((part) => part.replace(/^ and /i, '').trim())
}

function readTest(text: string): (row: Row) => boolean {
  const eq = /^(\w+) (eq|ne) (?:'((?:[^']|'')*)'|(true|false|null))$/i.exec(text)
  if (eq) {
    const literal =
      eq[3] === undefined ? (JSON.parse(eq[4]!.toLowerCase()) as unknown) : eq[3].replaceAll("''", "'")
    const equal = (row: Row): boolean => same(valueOf(row, eq[1]!), literal)
    return eq[2]!.toLowerCase() === 'eq' ? equal : (row) => !equal(row)
  }
  const starts = /^startswith\((\w+), ?'((?:[^']|'')*)'\)$/i.exec(text)
  if (starts) {
    const prefix = starts[2]!.replaceAll("''", "'").toLowerCase()
    return (row) =>
      String(valueOf(row, starts[1]!) ?? '')
        .toLowerCase()
        .startsWith(prefix)
  }
  throw unsupported(`Unsupported or invalid query filter clause specified for property: '${text}'.`)
}

function valueOf(row: Row, name: string): unknown {
  const key = Object.keys(row).find((one) => one.toLowerCase() === name.toLowerCase())
  return key === undefined ? undefined : row[key]
}

function same(value: unknown, literal: unknown): boolean {
  if (typeof value === 'string' && typeof literal === 'string')
    return value.toLowerCase() === literal.toLowerCase()
  return (value ?? null) === literal
}

const origin = (c: Context): string => new URL(c.req.url).origin
const unsupported = (message: string): GraphFailure =>
  new GraphFailure(400, 'Request_UnsupportedQuery', message)
