import assert from 'node:assert/strict'
import { test } from 'node:test'
import { numberedName, safeFileName, safeFolders } from './safe-name.ts'

const cases: [string, string][] = [
  ['invoice.pdf', 'invoice.pdf'],
  ['../../etc/passwd', 'passwd'],
  ['..\\..\\Windows\\win.ini', 'win.ini'],
  ['/', 'attachment'],
  ['', 'attachment'],
  ['..', 'attachment'],
  ['. . .', 'attachment'],
  ['CON', '_CON'],
  ['con.pdf', '_con.pdf'],
  ['NUL.tar.gz', '_NUL.tar.gz'],
  ['COM¹.txt', '_COM¹.txt'],
  ['aux .txt', '_aux .txt'],
  ['CONOUT$', '_CONOUT$'],
  ['console.txt', 'console.txt'],
  ['a\0b\r\n\u001b[31mc.pdf', 'ab[31mc.pdf'],
  ['invoice\u202efdp.exe', 'invoicefdp.exe'],
  ['zero\u200bwidth\ufeff.pdf', 'zerowidth.pdf'],
  ['a:b|c?d*e<f>g"h.pdf', 'a_b_c_d_e_f_g_h.pdf'],
  ['report.pdf. . ', 'report.pdf'],
  ['.htaccess', 'htaccess'],
  ['-rf.pdf', '_-rf.pdf'],
  ['Rechnung März.pdf', 'Rechnung März.pdf'],
  ['Ma\u0308rz.pdf', 'März.pdf'],
  ['C:\\temp\\x.pdf', 'x.pdf'],
  ['x.pdf/', 'x.pdf'],
]

for (const [given, wanted] of cases) {
  test(`${JSON.stringify(given)} is saved as ${JSON.stringify(wanted)}`, () => {
    assert.equal(safeFileName(given), wanted)
  })
}

test('an over-long name is cut between characters and keeps its extension', () => {
  const name = safeFileName(`${'👩‍👩‍👧‍👦é漢'.repeat(200)}.pdf`)
  assert.ok(Buffer.byteLength(name) <= 180)
  assert.match(name, /\.pdf$/)
  assert.ok(name.isWellFormed())
})

test('a folder path cannot leave the files folder', () => {
  assert.deepEqual(safeFolders('../../a/./b//..\\c'), ['a', 'b', 'c'])
  assert.deepEqual(safeFolders('/'), [])
})

test('a second file of that name is numbered before the extension', () => {
  assert.equal(numberedName('a.b.pdf', 2), 'a.b (2).pdf')
  assert.equal(numberedName('a', 3), 'a (3)')
})

test('any name at all becomes one plain, short name that stays as it is', () => {
  const pieces = [
    ...'/\\.:*?"<>| \t\n\0-_aZ9é漢',
    '\u202e',
    '\u200d',
    '\ud800',
    '\u0338',
    '\u0308',
    '👩',
    '..',
    'CON',
    'nul',
    'LPT1',
    '.pdf',
    '\u2028',
    '\ue000',
    'x'.repeat(99),
  ]
  let seed = 7
  const draw = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  for (let turn = 0; turn < 20_000; turn += 1) {
    const given = Array.from({ length: draw(12) }, () => pieces[draw(pieces.length)]!).join('')
    const name = safeFileName(given)
    const why = JSON.stringify({ given, name })
    assert.ok(name !== '' && name !== '.' && name !== '..', why)
    assert.ok(Buffer.byteLength(name) <= 180, why)
    assert.doesNotMatch(name, /[/\\:*?"<>|\p{Cc}\p{Cf}\p{Cs}]|^[.\s-]|[.\s]$/u, why)
    assert.doesNotMatch(name, /^(con|prn|aux|nul|com[0-9]|lpt[0-9])\s*(\.|$)/i, why)
    assert.equal(safeFileName(name), name, why)
  }
})
