// HTML out of text that strangers wrote: everything that is not of this template is text, whatever it holds.

/** A piece of HTML that was made here. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

export type Piece = string | number | Html | readonly Piece[] | undefined | false

/** `markup\`<p>${name}</p>\``: values are escaped, pieces of HTML stand as they are, lists are joined. */
export function markup(parts: TemplateStringsArray, ...values: readonly Piece[]): Html {
  return new Html(
    parts.map((part, index) => part + (index < values.length ? written(values[index]) : '')).join(''),
  )
}

function written(value: Piece): string {
  if (value === undefined || value === false) return ''
  if (value instanceof Html) return value.text
  if (typeof value === 'object') return value.map(written).join('')
  return escapeHtml(String(value))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Marks that hide or turn the writing are shown by their number: a name must look like what it is. */
export function escapeHtml(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (char) =>
      char === '\n' ? char : `\\u{${char.codePointAt(0)!.toString(16)}}`,
    )
    .replace(/[&<>"']/g, (char) => entities[char]!)
}

/** A name that somebody chose, kept apart from the direction of the writing around it. */
export function name(text: string): Html {
  return markup`<bdi>${text}</bdi>`
}
