import assert from 'node:assert/strict'
import { test } from 'node:test'
import { oneLine, safeJson, stripEscapes } from './strip-escapes.ts'

const hostile: readonly [string, string, string][] = [
  ['colours', '\u001b[31mred\u001b[0m', 'red'],
  ['a cursor that moves up and erases', 'a\u001b[2A\u001b[2Kb', 'ab'],
  ['a window title', '\u001b]0;owned\u0007text', 'text'],
  ['a clipboard write', '\u001b]52;c;ZXZpbA==\u001b\\text', 'text'],
  ['a hyperlink', '\u001b]8;;https://evil.example\u001b\\click\u001b]8;;\u001b\\', 'click'],
  ['C1 forms of the same', '\u009b31mred\u009d0;owned\u009c', 'red'],
  ['a device query', 'a\u001bP+q544e\u001b\\b\u001b[c', 'ab'],
  ['text turned around', 'invoice\u202efdp.exe', 'invoicefdp.exe'],
  ['a lone escape at the end', 'text\u001b', 'text'],
  ['an unfinished title', 'text\u001b]0;never ended', 'text'],
  ['backspaces and a bell', 'ab\b\bcd\u0007', 'abcd'],
]

for (const [what, given, expected] of hostile)
  test(`${what}: only the text is left`, () => assert.equal(stripEscapes(given), expected))

test('whatever bytes come, no control character but line feed and tab is left', () => {
  for (let round = 0; round < 2_000; round++) {
    const text = Array.from({ length: 40 }, () => String.fromCharCode(Math.floor(Math.random() * 0xa8))).join(
      '',
    )
    // oxlint-disable-next-line no-control-regex
    assert.doesNotMatch(stripEscapes(text), /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/)
  }
})

test('ordinary text of any script stays as it is', () => {
  const text = 'Rechnung über 49,80 €\n請求書\tالفاتورة 🧾'
  assert.equal(stripEscapes(text), text)
  assert.equal(oneLine('a\r\n b\tc'), 'a  b c')
})

test('JSON of hostile text is safe on a terminal and loses nothing', () => {
  for (const [, given] of hostile) {
    const json = safeJson({ given })
    // oxlint-disable-next-line no-control-regex
    assert.doesNotMatch(json, /[\u0000-\u001f\u007f-\u009f\u202e]/)
    assert.deepEqual(JSON.parse(json), { given })
  }
})
