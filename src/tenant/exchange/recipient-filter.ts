// RecipientRestrictionFilter: the text of a management scope, read into a question about a recipient.
// Source: "Filterable properties for the RecipientFilter parameter", New-ManagementScope. What is filterable there and not here answers by name.
import { CmdletFailure } from './failures.ts'
import { customAttributes, type Recipient } from './recipients.ts'

export interface FilterSubject {
  readonly recipient: Recipient
  /** Direct members alone, as Microsoft says of MemberOfGroup. */
  isMemberOf(distinguishedName: string): boolean
}
/** Long enough for any list of groups; short enough that nesting does not exhaust the stack. */
const maxFilterLength = 8_000

export type RecipientFilter = (subject: FilterSubject) => boolean

/** Filterable name → the attribute it is kept under. */
const details: Readonly<Record<string, string>> = {
  department: 'department',
  company: 'companyname',
  city: 'city',
  office: 'officelocation',
  title: 'jobtitle',
  firstname: 'givenname',
  lastname: 'surname',
  stateorprovince: 'state',
  ...Object.fromEntries(customAttributes.map((name) => [name.toLowerCase(), name.toLowerCase()])),
}
const own: Readonly<Record<string, (one: Recipient) => string>> = {
  alias: (one) => one.alias,
  displayname: (one) => one.displayName,
  name: (one) => one.name,
  primarysmtpaddress: (one) => one.primarySmtpAddress,
  recipienttypedetails: (one) => one.type,
  guid: (one) => one.id,
  externaldirectoryobjectid: (one) => one.id,
  distinguishedname: (one) => one.distinguishedName,
}

/** @throws {CmdletFailure} `filter-wrong`; `not-modelled` for a property or operator that is real and not answered here */
export function readRecipientFilter(text: string): RecipientFilter {
  if (text.length > maxFilterLength) throw wrong(text)
  const tokens = readTokens(text)
  let at = 0
  const next = (): Token | undefined => tokens[at]
  const isWord = (word: string): boolean => next()?.kind === 'word' && next()!.text!.toLowerCase() === word

  function either(): RecipientFilter {
    const parts = [both()]
    while (isWord('-or')) {
      at += 1
      parts.push(both())
    }
    return parts.length === 1 ? parts[0]! : (subject) => parts.some((part) => part(subject))
  }
  function both(): RecipientFilter {
    const parts = [single()]
    while (isWord('-and')) {
      at += 1
      parts.push(single())
    }
    return parts.length === 1 ? parts[0]! : (subject) => parts.every((part) => part(subject))
  }
  function single(): RecipientFilter {
    const token = next()
    if (isWord('-not') || token?.text === '!') {
      at += 1
      const inner = single()
      return (subject) => !inner(subject)
    }
    if (token?.kind === 'open') {
      at += 1
      const inner = either()
      if (next()?.kind !== 'close') throw wrong(text)
      at += 1
      return inner
    }
    const [name, operator, value] = tokens.slice(at, at + 3)
    if (name?.kind !== 'word' || operator?.kind !== 'word' || value?.kind !== 'value') throw wrong(text)
    at += 3
    return compare(name.text, operator.text.toLowerCase(), value.text)
  }

  const filter = either()
  if (at < tokens.length) throw wrong(text)
  return filter
}

function compare(name: string, operator: string, value: string | null): RecipientFilter {
  if (!['-eq', '-ne', '-like', '-notlike'].includes(operator))
    throw new CmdletFailure(
      'not-modelled',
      `The local tenant does not model the filter operator ${operator}.`,
    )
  const isNegative = operator === '-ne' || operator === '-notlike'
  const matches = operator.endsWith('like') ? like(value ?? '') : equal(value)
  const property = name.toLowerCase()
  if (property === 'memberofgroup') {
    if (operator.endsWith('like') || value === null)
      throw new CmdletFailure('filter-wrong', 'MemberOfGroup takes -eq or -ne and a distinguished name.')
    return (subject) => subject.isMemberOf(value) !== isNegative
  }
  const read = reader(property)
  if (!read)
    throw new CmdletFailure(
      'not-modelled',
      `The local tenant does not model the filter property ${name.slice(0, 64)}.`,
    )
  return ({ recipient }) => matches(read(recipient)) !== isNegative
}

function reader(property: string): ((one: Recipient) => string | undefined) | undefined {
  const detail = Object.hasOwn(details, property) ? details[property] : undefined
  if (detail !== undefined) return (one) => one.attributes.get(detail)
  return Object.hasOwn(own, property) ? own[property] : undefined
}

const equal = (value: string | null) => (held: string | undefined): boolean =>
  value === null ? (held ?? '') === '' : held?.toLowerCase() === value.toLowerCase() // prettier-ignore

function like(pattern: string): (held: string | undefined) => boolean {
  const parts = pattern.toLowerCase().split('*')
  return (held) => {
    // By hand, not by a regular expression: the pattern comes from outside, and this never backtracks.
    let rest = (held ?? '').toLowerCase()
    for (const [index, part] of parts.entries()) {
      const found = index === 0 ? (rest.startsWith(part) ? 0 : -1) : rest.indexOf(part)
      if (found < 0) return false
      if (index === parts.length - 1 && index > 0) return rest.endsWith(part)
      rest = rest.slice(found + part.length)
    }
    return rest === ''
  }
}

type Token =
  | { readonly kind: 'word' | 'open' | 'close'; readonly text: string }
  /** null: `$null`. */
  | { readonly kind: 'value'; readonly text: string | null }

function readTokens(text: string): Token[] {
  const tokens: Token[] = []
  const pattern = /\s*(?:(\()|(\))|'((?:[^']|'')*)'|"([^"]*)"|(\$\w+)|(!)|(-?[\w.]+))/y
  let end = 0
  while (text.slice(end).trim() !== '') {
    pattern.lastIndex = end
    const match = pattern.exec(text)
    if (!match) throw wrong(text)
    end = pattern.lastIndex
    const [, open, close, single, double, variable, not, word] = match
    if (open) tokens.push({ kind: 'open', text: open })
    else if (close) tokens.push({ kind: 'close', text: close })
    else if (single !== undefined || double !== undefined)
      tokens.push({ kind: 'value', text: single?.replaceAll("''", "'") ?? double! })
    else if (variable) tokens.push({ kind: 'value', text: variableValue(variable, text) })
    else tokens.push({ kind: 'word', text: (not ?? word)! })
  }
  return tokens
}

function variableValue(variable: string, text: string): string | null {
  const name = variable.toLowerCase()
  if (name === '$null') return null
  if (name === '$true' || name === '$false') return name.slice(1)
  throw wrong(text)
}

const wrong = (text: string): CmdletFailure =>
  new CmdletFailure('filter-wrong', `The filter "${text.slice(0, 200)}" cannot be read.`)
