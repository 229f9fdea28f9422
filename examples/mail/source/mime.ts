// Writes messages by hand, byte for byte, so that each keeps the shape (and the mistakes) of the program it imitates.
// Strings hold one byte a character (latin1) until `toBytes`.
import { encode } from './charsets.ts'

export interface Part {
  readonly headers: readonly string[]
  readonly body: string
}
export interface TextOptions {
  readonly type?: string
  readonly charset?: string
  /** What the header claims, when it differs from what the bytes are. */
  readonly label?: string
  readonly encoding?: '7bit' | '8bit' | 'quoted-printable' | 'base64'
}

/** A text part. */
export function text(content: string, options: TextOptions = {}): Part {
  const { type = 'text/plain', charset = 'utf-8', encoding = 'quoted-printable' } = options
  const bytes = encode(charset, content.replaceAll('\n', '\r\n'))
  return {
    headers: [
      `Content-Type: ${type}; charset=${options.label ?? charset}`,
      `Content-Transfer-Encoding: ${encoding}`,
    ],
    body: transfer(bytes, encoding),
  }
}

/** A base64 attachment; `name` is the parameter text after the semicolon, ready made, or a plain file name. */
export function file(
  content: Uint8Array | string,
  name: string | { readonly disposition: string; readonly type?: string },
  type = 'application/pdf',
): Part {
  const bytes = typeof content === 'string' ? content : Buffer.from(content).toString('latin1')
  const parameters =
    typeof name === 'string' ? { disposition: `filename="${name}"`, type: `name="${name}"` } : name
  return {
    headers: [
      `Content-Type: ${type}${parameters.type ? `;\r\n ${parameters.type}` : ''}`,
      `Content-Disposition: attachment;\r\n ${parameters.disposition}`,
      'Content-Transfer-Encoding: base64',
    ],
    body: transfer(bytes, 'base64'),
  }
}

/** A picture that the HTML shows by its Content-ID. */
export function inlineImage(content: Uint8Array, contentId: string, name: string): Part {
  return {
    headers: [
      `Content-Type: image/png; name="${name}"`,
      `Content-Disposition: inline; filename="${name}"`,
      `Content-ID: <${contentId}>`,
      'Content-Transfer-Encoding: base64',
    ],
    body: transfer(Buffer.from(content).toString('latin1'), 'base64'),
  }
}

/** A whole message inside a message. RFC 2046 5.2.1. */
export function nested(message: string): Part {
  return {
    headers: ['Content-Type: message/rfc822', 'Content-Disposition: attachment; filename="original.eml"'],
    body: message,
  }
}

export function multipart(subtype: string, boundary: string, parts: readonly Part[]): Part {
  const body = parts.map((part) => `--${boundary}\r\n${part.headers.join('\r\n')}\r\n\r\n${part.body}\r\n`)
  return {
    headers: [`Content-Type: multipart/${subtype}; boundary="${boundary}"`],
    body: `${body.join('')}--${boundary}--\r\n`,
  }
}

/** The message as a byte string: headers as given, then the part's. */
export function message(headers: readonly string[], part: Part): string {
  const all = [...headers, ...(part.headers.length > 0 ? ['MIME-Version: 1.0'] : []), ...part.headers]
  return `${all.map(fold).join('\r\n')}\r\n\r\n${part.body.endsWith('\r\n') ? part.body : `${part.body}\r\n`}`
}

export function toBytes(message: string): Uint8Array {
  return Buffer.from(message, 'latin1')
}

/** RFC 2047 encoded words, none longer than 75 characters. */
export function words(content: string, charset = 'utf-8', kind: 'B' | 'Q' = 'B'): string {
  const encoded: string[] = []
  for (let rest = [...content]; rest.length > 0;) {
    let take = Math.min(rest.length, 30)
    while (word(rest.slice(0, take).join(''), charset, kind).length > 75) take--
    encoded.push(word(rest.slice(0, take).join(''), charset, kind))
    rest = rest.slice(take)
  }
  return encoded.join(' ')
}

/** RFC 2231: name*=utf-8''percent-encoded. */
export function extendedName(name: string): { disposition: string; type: string } {
  const value = `utf-8''${encodeURIComponent(name).replaceAll(/['()*!]/g, percent)}`
  return { disposition: `filename*=${value}`, type: `name*=${value}` }
}

/** RFC 2231 continuations: the name in numbered pieces. */
export function continuedName(name: string, pieceLength = 40): { disposition: string } {
  const value = encodeURIComponent(name)
  const pieces = value.match(new RegExp(`(?:%[0-9A-F]{2}|.){1,${pieceLength}}`, 'g')) ?? []
  const rows = pieces.map((piece, index) => `filename*${index}*=${index === 0 ? "utf-8''" : ''}${piece}`)
  return { disposition: rows.join(';\r\n ') }
}

export function transfer(bytes: string, encoding: NonNullable<TextOptions['encoding']>): string {
  if (encoding === 'base64')
    return (
      Buffer.from(bytes, 'latin1')
        .toString('base64')
        .match(/.{1,76}/g) ?? []
    ).join('\r\n')
  return encoding === 'quoted-printable' ? quotedPrintable(bytes) : bytes
}

function quotedPrintable(bytes: string): string {
  return bytes
    .split('\r\n')
    .map((line) => {
      const safe = line.replaceAll(/[^\x21-\x3c\x3e-\x7e \t]/g, (c) => `=${hex(c)}`)
      const ended = safe.replace(/[ \t]$/, (c) => `=${hex(c)}`)
      return (ended.match(/(?:=[0-9A-F]{2}|[^=]){1,73}/g) ?? ['']).join('=\r\n')
    })
    .join('\r\n')
}

function word(content: string, charset: string, kind: 'B' | 'Q'): string {
  const bytes = encode(charset, content)
  const payload =
    kind === 'B'
      ? Buffer.from(bytes, 'latin1').toString('base64')
      : bytes.replaceAll(/[^A-Za-z0-9 !*+/-]/g, (c) => `=${hex(c)}`).replaceAll(' ', '_')
  return `=?${charset}?${kind}?${payload}?=`
}

/** RFC 5322 2.2.3, at spaces; a line without one stays long, as real ones do. */
function fold(header: string): string {
  if (header.length <= 78 || header.includes('\r\n')) return header
  const lines: string[] = []
  let line = ''
  for (const piece of header.split(/(?<=\S)(?= )/)) {
    if (line !== '' && line.length + piece.length > 76) {
      lines.push(line)
      line = ''
    }
    line += piece
  }
  return [...lines, line].join('\r\n')
}

const hex = (character: string): string => character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')
const percent = (character: string): string => `%${hex(character)}`
