import { badRequest, fail, notModelled } from './failures.ts'
import { parseFilter } from './filter.ts'
import type { Filter } from './filter.ts'

export interface OrderBy {
  path: string
  descending: boolean
}
export interface Expansion {
  name: string
  options: Query
}
/** The OData options of a request, parsed but not yet checked against a type. */
export interface Query {
  select: string[] | undefined
  filter: Filter | undefined
  orderBy: OrderBy[]
  expand: Expansion[]
  top: number | undefined
  skip: number
  count: boolean
  includeHiddenFolders: boolean
}

/** Reads the options of a URL; names in any case, with or without `$`. Throws 400 as Graph does. */
export function parseQuery(search: URLSearchParams, settings: { ignoreFilter?: boolean } = {}): Query {
  const options: [string, string][] = []
  for (const [name, value] of search) {
    const option = name.toLowerCase()
    if (settings.ignoreFilter && option.endsWith('filter')) continue
    if (option.startsWith('$') || bareOptions.has(option)) options.push([option.replace(/^\$/, ''), value])
  }
  return readOptions(options)
}

function readOptions(options: readonly [string, string][]): Query {
  const query: Query = {
    select: undefined,
    filter: undefined,
    orderBy: [],
    expand: [],
    top: undefined,
    skip: 0,
    count: false,
    includeHiddenFolders: false,
  }
  const seen = new Set<string>()
  for (const [option, value] of options) {
    if (seen.has(option)) throw badRequest(`Query option '$${option}' was specified more than once.`)
    seen.add(option)
    if (option === 'select') query.select = names(value)
    else if (option === 'filter') query.filter = parseFilter(value)
    else if (option === 'orderby') query.orderBy = splitOutside(value, ',').map(readOrder)
    else if (option === 'expand') query.expand = splitOutside(value, ',').map(readExpansion)
    else if (option === 'top') query.top = readNumber('$top', value, { min: 1, max: 1000 })
    else if (option === 'skip') query.skip = readNumber('$skip', value, { min: 0, max: 2_000_000_000 })
    else if (option === 'count') query.count = readBoolean('$count', value)
    else if (option === 'includehiddenfolders') query.includeHiddenFolders = value.toLowerCase() === 'true'
    else if (option === 'search') throw notModelled('$search')
    else if (option === 'skiptoken' || option === 'deltatoken')
      throw fail(400, 'ErrorInvalidUrlQuery', `The ${option} is not one that this tenant gave out.`)
    else if (option !== 'format') throw badRequest(`The query parameter '$${option}' is not supported.`)
  }
  return query
}

const bareOptions = new Set([
  'select',
  'filter',
  'orderby',
  'expand',
  'top',
  'skip',
  'count',
  'search',
  'includehiddenfolders',
])

function names(value: string): string[] {
  const list = value
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  return list
}

function readOrder(text: string): OrderBy {
  const match = /^([\w./]+)(?:\s+(asc|desc))?$/i.exec(text.trim())
  if (!match) throw badRequest(`Syntax error in the order by clause '${text.slice(0, 100)}'.`)
  return { path: match[1]!, descending: match[2]?.toLowerCase() === 'desc' }
}

function readExpansion(text: string): Expansion {
  const match = /^([\w./]+)(?:\((.*)\))?$/s.exec(text.trim())
  if (!match) throw badRequest(`Parsing OData Select and Expand failed: '${text.slice(0, 100)}'.`)
  const options = splitOutside(match[2] ?? '', ';')
    .filter((option) => option.trim() !== '')
    .map((option): [string, string] => {
      const at = option.indexOf('=')
      if (at < 0) throw badRequest(`Parsing OData Select and Expand failed: '${option.slice(0, 100)}'.`)
      return [option.slice(0, at).trim().toLowerCase().replace(/^\$/, ''), option.slice(at + 1).trim()]
    })
  return { name: match[1]!.toLowerCase(), options: readOptions(options) }
}

function readNumber(name: string, value: string, range: { min: number; max: number }): number {
  const number = /^\d{1,12}$/.test(value.trim()) ? Number(value) : Number.NaN
  if (!(number >= range.min && number <= range.max))
    throw badRequest(
      `Invalid value '${value.slice(0, 40)}' for ${name} query option found. The ${name} query option requires an integer from ${range.min} to ${range.max}.`,
    )
  return number
}
function readBoolean(name: string, value: string): boolean {
  const lower = value.toLowerCase()
  if (lower !== 'true' && lower !== 'false')
    throw badRequest(`Invalid value '${value.slice(0, 40)}' for ${name} query option found.`)
  return lower === 'true'
}

/** Splits at a separator that is outside quotes and parentheses. */
function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = []
  let depth = 0
  let quoted = false
  let start = 0
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (char === "'") quoted = !quoted
    else if (quoted) continue
    else if (char === '(') depth++
    else if (char === ')') depth--
    else if (char === separator && depth === 0) {
      parts.push(text.slice(start, at))
      start = at + 1
    }
  }
  parts.push(text.slice(start))
  return parts
}
