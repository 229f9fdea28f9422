import type { SQLInputValue } from 'node:sqlite'
import { badRequest, fail } from './failures.ts'
import { filterPaths, invalidNodes, tooComplex } from './filter.ts'
import type { Comparison, Filter, Literal } from './filter.ts'
import type { OrderBy } from './query.ts'
import { normaliseExtendedId } from './store.ts'

export interface Sql {
  text: string
  values: SQLInputValue[]
}
type Kind = 'text' | 'exact' | 'boolean' | 'date' | 'folder'

/** Message properties that Exchange filters and sorts on, and where they are kept. */
const columns: ReadonlyMap<string, { column: string; kind: Kind }> = new Map([
  ['subject', { column: 'm.subject_key', kind: 'text' }],
  ['bodypreview', { column: 'm.preview', kind: 'exact' }],
  ['from/emailaddress/address', { column: 'm.from_key', kind: 'text' }],
  ['from/emailaddress/name', { column: 'm.from_name_key', kind: 'text' }],
  [
    'sender/emailaddress/address',
    { column: "lower(m.sender_json ->> '$.emailAddress.address')", kind: 'text' },
  ],
  ['sender/emailaddress/name', { column: "lower(m.sender_json ->> '$.emailAddress.name')", kind: 'text' }],
  ['receiveddatetime', { column: 'm.received_ms', kind: 'date' }],
  ['sentdatetime', { column: 'm.sent_ms', kind: 'date' }],
  ['createddatetime', { column: 'm.created_ms', kind: 'date' }],
  ['lastmodifieddatetime', { column: 'm.modified_ms', kind: 'date' }],
  ['isread', { column: 'm.is_read', kind: 'boolean' }],
  ['isdraft', { column: 'm.is_draft', kind: 'boolean' }],
  ['hasattachments', { column: 'm.has_attachments', kind: 'boolean' }],
  ['isreadreceiptrequested', { column: 'm.read_receipt', kind: 'boolean' }],
  ['isdeliveryreceiptrequested', { column: 'm.delivery_receipt', kind: 'boolean' }],
  ['importance', { column: 'm.importance', kind: 'text' }],
  ['inferenceclassification', { column: 'm.inference', kind: 'text' }],
  ['flag/flagstatus', { column: 'lower(m.flag_status)', kind: 'text' }],
  ['internetmessageid', { column: 'm.internet_message_id', kind: 'exact' }],
  ['conversationid', { column: 'm.conversation_id', kind: 'exact' }],
  ['changekey', { column: 'm.change_key', kind: 'exact' }],
  ['parentfolderid', { column: 'm.folder', kind: 'folder' }],
])
const operators: Record<Comparison, string> = { eq: '=', ne: '<>', gt: '>', ge: '>=', lt: '<', le: '<=' }
const collections = new Set([
  'torecipients',
  'ccrecipients',
  'bccrecipients',
  'replyto',
  'attachments',
  'multivalueextendedproperties',
])

/** Writes a filter as an SQL condition on `mail_messages m`. `folderNum` resolves the value of `parentFolderId`. */
export function filterToSql(filter: Filter, folderNum: (id: string) => number | undefined): Sql {
  const values: SQLInputValue[] = []
  const add = (value: SQLInputValue): string => {
    values.push(value)
    return '?'
  }
  const write = (node: Filter): string => {
    switch (node.kind) {
      case 'and':
        return `(${write(node.left)} AND ${write(node.right)})`
      case 'or':
        return `(${write(node.left)} OR ${write(node.right)})`
      case 'not':
        return `NOT coalesce(${write(node.inner)}, 0)`
      case 'bare': {
        const { column, kind } = columnOf(node.path)
        if (kind !== 'boolean')
          throw badRequest(`The $filter expression '${node.path}' must evaluate to a boolean value.`)
        return `${column} = 1`
      }
      case 'compare':
        return compare(node.path, node.operator, node.value)
      case 'in':
        return `(${node.values.map((value) => compare(node.path, 'eq', value)).join(' OR ')})`
      case 'call':
        return call(node)
      case 'any':
        return any(node)
    }
  }
  const compare = (path: string, operator: Comparison, value: Literal): string => {
    const { column, kind } = columnOf(path)
    if (value.type === 'null') {
      if (operator !== 'eq' && operator !== 'ne') throw incompatible(path)
      return `${column} IS ${operator === 'ne' ? 'NOT ' : ''}NULL`
    }
    if (kind === 'boolean') {
      if (value.type !== 'boolean') throw incompatible(path)
      return `${column} ${operators[operator]} ${add(Number(value.value))}`
    }
    if (kind === 'date') {
      if (value.type !== 'date') throw incompatible(path)
      return `${column} ${operators[operator]} ${add(value.value)}`
    }
    if (value.type !== 'string') throw incompatible(path)
    if (kind === 'folder') {
      if (operator !== 'eq' && operator !== 'ne') throw invalidNodes()
      return `${column} ${operators[operator]} ${add(folderNum(value.value) ?? -1)}`
    }
    const text = kind === 'text' ? value.value.toLowerCase() : value.value
    if (operator === 'ne') return `coalesce(${column}, '') <> ${add(text)}`
    return `${column} ${operators[operator]} ${add(text)}`
  }
  const call = (node: Extract<Filter, { kind: 'call' }>): string => {
    const { column, kind } = columnOf(node.path)
    if (kind !== 'text' && kind !== 'exact') throw invalidNodes()
    const text = kind === 'text' ? String(node.value.value).toLowerCase() : String(node.value.value)
    if (node.name === 'contains') return `instr(${column}, ${add(text)}) > 0`
    const prefix = add(text)
    return `substr(${column}, 1, length(${prefix})) = ${add(text)}`
  }
  const any = (node: Extract<Filter, { kind: 'any' }>): string => {
    const path = node.path.toLowerCase()
    if (path === 'categories') {
      if (!node.inner) return `m.categories_json <> '[]'`
      return `EXISTS (SELECT 1 FROM json_each(m.categories_json) c WHERE ${inCategories(node.inner, node.variable)})`
    }
    if (path === 'singlevalueextendedproperties') {
      if (!node.inner) throw invalidNodes()
      return `EXISTS (SELECT 1 FROM mail_extended e WHERE e.message = m.num AND ${inExtended(node.inner, node.variable)})`
    }
    if (collections.has(path)) throw invalidNodes()
    throw unknownProperty(node.path)
  }
  const inCategories = (node: Filter, variable: string): string => {
    if (node.kind === 'and' || node.kind === 'or')
      return `(${inCategories(node.left, variable)} ${node.kind} ${inCategories(node.right, variable)})`
    if (node.kind === 'not') return `NOT ${inCategories(node.inner, variable)}`
    if (node.kind === 'bare' || node.kind === 'any' || node.kind === 'in') throw invalidNodes()
    if (node.path.toLowerCase() !== variable.toLowerCase()) throw invalidNodes()
    if (node.value.type !== 'string') throw incompatible(node.path)
    const text = add(node.value.value)
    if (node.kind === 'compare') {
      if (node.operator !== 'eq' && node.operator !== 'ne') throw invalidNodes()
      return `c.value ${operators[node.operator]} ${text} COLLATE NOCASE`
    }
    return node.name === 'contains'
      ? `instr(lower(c.value), lower(${text})) > 0`
      : `substr(lower(c.value), 1, length(${text})) = lower(${add(node.value.value)})`
  }
  const inExtended = (node: Filter, variable: string): string => {
    if (node.kind === 'and' || node.kind === 'or')
      return `(${inExtended(node.left, variable)} ${node.kind} ${inExtended(node.right, variable)})`
    if (node.kind !== 'compare' && node.kind !== 'call') throw invalidNodes()
    if (node.value.type === 'null') throw invalidNodes()
    const path = node.path.toLowerCase()
    const text = String(node.value.value)
    if (path === `${variable.toLowerCase()}/id` && node.kind === 'compare' && node.operator === 'eq')
      return `e.id_key = ${add(normaliseExtendedId(text).toLowerCase())}`
    if (path !== `${variable.toLowerCase()}/value`) throw invalidNodes()
    if (node.kind === 'compare') return `e.value ${operators[node.operator]} ${add(text)}`
    return node.name === 'contains'
      ? `instr(e.value, ${add(text)}) > 0`
      : `substr(e.value, 1, length(${add(text)})) = ${add(text)}`
  }
  return { text: write(filter), values }
}

/**
 * Writes `$orderby`. Exchange's rule: with a filter, every sorted property must stand in the filter, in the same
 * order and ahead of the others; else 400 `InefficientFilter` (Graph, "List messages").
 */
export function orderToSql(orderBy: readonly OrderBy[], filter: Filter | undefined): string {
  if (orderBy.length === 0) return 'm.received_ms DESC, m.num DESC'
  if (filter) {
    const filtered = filterPaths(filter)
    if (orderBy.some((order, index) => filtered[index] !== order.path.toLowerCase())) throw tooComplex()
  }
  const terms = orderBy.map((order) => {
    const { column, kind } = columnOf(order.path)
    if (kind === 'folder') throw tooComplex()
    return `${column} ${order.descending ? 'DESC' : 'ASC'}`
  })
  return `${terms.join(', ')}, m.num ${orderBy[0]!.descending ? 'DESC' : 'ASC'}`
}

export function unknownProperty(name: string): Error {
  return badRequest(
    `Parsing OData Select and Expand failed: Could not find a property named '${name.slice(0, 100)}' on type 'microsoft.graph.message'.`,
  )
}

function columnOf(path: string): { column: string; kind: Kind } {
  const lower = path.toLowerCase()
  const found = columns.get(lower)
  if (found) return found
  if (collections.has(lower.split('/')[0]!) || lower.startsWith('body') || lower === 'categories')
    throw invalidNodes()
  if (lower.startsWith('singlevalueextendedproperties') || lower === 'id' || lower === 'weblink')
    throw invalidNodes()
  throw badRequest(
    `Could not find a property named '${path.slice(0, 100)}' on type 'microsoft.graph.message'.`,
  )
}
function incompatible(path: string): Error {
  return fail(
    400,
    'BadRequest',
    `A binary operator with incompatible types was detected. Found operand types incompatible with '${path.slice(0, 100)}'.`,
  )
}
