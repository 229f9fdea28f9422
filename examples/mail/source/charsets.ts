// Encodes text in the charsets that old mail uses. Node only decodes them, so each table is made by decoding.

/** Bytes of `text` as a latin1 string, one character a byte. Throws on a character the charset lacks. */
export function encode(charset: string, text: string): string {
  if (charset === 'utf-8') return Buffer.from(text, 'utf8').toString('latin1')
  return charset === 'iso-2022-jp' ? encodeJis(text) : encodeSingleByte(charset, text)
}

function encodeSingleByte(charset: string, text: string): string {
  const decoder = new TextDecoder(charset)
  const table = new Map<string, string>()
  for (let byte = 255; byte >= 0; byte--)
    table.set(decoder.decode(Uint8Array.of(byte)), String.fromCharCode(byte))
  return [...text].map((character) => lookUp(table, character, charset)).join('')
}

let jisTable: Map<string, string> | undefined

/** RFC 1468: ASCII by itself, JIS X 0208 between ESC $ B and ESC ( B. */
function encodeJis(text: string): string {
  jisTable ??= readJisTable()
  let out = ''
  let wide = false
  for (const character of text) {
    const isAscii = character < '\x80'
    if (isAscii === wide) {
      out += wide ? '\x1b(B' : '\x1b$B'
      wide = !wide
    }
    out += isAscii ? character : lookUp(jisTable, character, 'iso-2022-jp')
  }
  return wide ? `${out}\x1b(B` : out
}

function readJisTable(): Map<string, string> {
  const decoder = new TextDecoder('euc-jp')
  const table = new Map<string, string>()
  for (let row = 0x21; row <= 0x7e; row++)
    for (let cell = 0x21; cell <= 0x7e; cell++) {
      const character = decoder.decode(Uint8Array.of(row | 0x80, cell | 0x80))
      if (!table.has(character)) table.set(character, String.fromCharCode(row, cell))
    }
  return table
}

function lookUp(table: ReadonlyMap<string, string>, character: string, charset: string): string {
  const bytes = table.get(character)
  if (bytes === undefined) throw new RangeError(`${charset} has no ${character}`)
  return bytes
}
