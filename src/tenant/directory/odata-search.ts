// $search on directory objects: "displayName:wiki" AND "description:one" OR …; words are matched by their beginnings.
// Microsoft Graph "Use the $search query parameter", directory object collections.
import { GraphFailure } from '../context.ts'
import { type Row, unsupported, valueAt } from './odata-filter.ts'
import type { ResourceType } from './resource-types.ts'

/** @throws {GraphFailure} 400 `BadRequest` for bad syntax, 400 `Request_UnsupportedQuery` for a property that is not searchable */
export function readSearch(text: string, type: ResourceType): (row: Row) => boolean {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|\(|\)|[^\s()"]+|"/g) ?? []
  let at = 0
  const either = (): ((row: Row) => boolean) => {
    const parts = [both()]
    while (tokens[at]?.toUpperCase() === 'OR') {
      at++
      parts.push(both())
    }
    return (row) => parts.some((one) => one(row))
  }
  const both = (): ((row: Row) => boolean) => {
    const parts = [term()]
    while (at < tokens.length && tokens[at] !== ')' && tokens[at]!.toUpperCase() !== 'OR') {
      if (tokens[at]!.toUpperCase() === 'AND') at++
      parts.push(term())
    }
    return (row) => parts.every((one) => one(row))
  }
  const term = (): ((row: Row) => boolean) => {
    const token = tokens[at++]
    if (token === '(') {
      const inner = either()
      if (tokens[at++] !== ')') throw syntax(text, text.length)
      return inner
    }
    if (token === undefined || !/^".+"$/s.test(token)) throw syntax(text, position(text, token))
    return clause(token.slice(1, -1).replace(/\\(.)/g, '$1'), type)
  }
  const matches = either()
  if (at < tokens.length) throw syntax(text, position(text, tokens[at]))
  return matches
}

function clause(text: string, type: ResourceType): (row: Row) => boolean {
  const colon = text.indexOf(':')
  if (colon < 1) throw unsupported(`Property name is missing in the search clause '${text.slice(0, 100)}'.`)
  const property = type.searchable?.find((one) => one.toLowerCase() === text.slice(0, colon).toLowerCase())
  if (!property)
    throw unsupported(
      `Unsupported property '${text.slice(0, colon)}' in the search of resource '${type.resource}'.`,
    )
  const wanted = text.slice(colon + 1)
  const byWord = property === 'displayName' || property === 'description'
  return (row) => {
    const value = valueAt(property, { row, variable: undefined, item: undefined })
    const texts = (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string')
    return texts.some((one) => (byWord ? hasWords(one, wanted) : startsWith(one, wanted)))
  }
}

/** Each wanted word begins a word of the text; words end at signs, and where lower case meets upper. */
function hasWords(text: string, wanted: string): boolean {
  const words = (from: string): string[] =>
    from
      .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .filter(Boolean)
  const present = [...words(text), ...text.toLowerCase().split(/\s+/)]
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .every((one) => present.some((word) => word.startsWith(one)))
}

const startsWith = (text: string, wanted: string): boolean =>
  text.toLowerCase().startsWith(wanted.toLowerCase())

/** Where Graph points when the quotes are missing: at the colon. */
function position(text: string, token: string | undefined): number {
  const from = token === undefined ? text.length : text.indexOf(token)
  const colon = text.indexOf(':', from)
  return colon < 0 ? from : colon
}

function syntax(text: string, at: number): GraphFailure {
  const message = `Syntax error: character '${text[at] ?? ''}' is not valid at position ${at} in '${text.slice(0, 200)}'.`
  return new GraphFailure(400, 'BadRequest', message)
}
