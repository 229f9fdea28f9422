import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { test } from 'node:test'
import PostalMime from 'postal-mime'
import type { Email } from 'postal-mime'
import { bytesOf, letters } from './make.ts'
import { makeLargeMessage } from './make-large.ts'

const folder = new URL('.', import.meta.url)
const parse = (bytes: Uint8Array): Promise<Email> =>
  PostalMime.parse(bytes, { forceRfc822Attachments: true, attachmentEncoding: 'arraybuffer' })
const pdfsOf = (email: Email): Buffer[] =>
  email.attachments
    .filter(({ filename }) => filename?.toLowerCase().endsWith('.pdf'))
    .map(({ content }) => Buffer.from(content as ArrayBuffer))

test('the committed files are what make.ts makes, byte for byte', () => {
  const committed = readdirSync(folder)
    .filter((name) => name.endsWith('.eml'))
    .sort()
  assert.deepEqual(committed, letters.map(({ file }) => file).sort())
  assert.ok(committed.length >= 40)
  for (const letter of letters)
    assert.ok(readFileSync(new URL(letter.file, folder)).equals(bytesOf(letter)), letter.file)
})

test('an independent parser finds 16 invoices that deserve a reply, with valid PDFs', async () => {
  const wanted = letters.filter(({ fate }) => fate === 'reply')
  assert.equal(wanted.length, 16)
  for (const letter of wanted) {
    const email = await parse(bytesOf(letter))
    assert.match(email.subject ?? '', /invoice|rechnung/i, letter.file)
    const pdfs = pdfsOf(email)
    assert.ok(pdfs.length > 0, letter.file)
    for (const pdf of pdfs) assertPdf(pdf, letter.file)
  }
})

test('what is not to be answered says so in its headers, or holds no PDF', async () => {
  for (const letter of letters) {
    const email = await parse(bytesOf(letter))
    const header = (key: string): string | undefined => email.headers.find((one) => one.key === key)?.value
    const mayBeAnswered =
      (header('auto-submitted') ?? 'no') === 'no' &&
      header('list-id') === undefined &&
      !/bulk|list|junk/.test(header('precedence') ?? '') &&
      email.from?.address !== undefined &&
      email.from.address !== 'invoice.bot@contoso.example'
    const isInvoice = /invoice|rechnung/i.test(email.subject ?? '') && pdfsOf(email).length > 0
    assert.equal(mayBeAnswered && isInvoice, letter.fate === 'reply', letter.file)
  }
})

test('no sender gets more than three replies, and all are 17 at most', async () => {
  const messages = letters.filter(({ fate }) => fate === 'reply').map(bytesOf)
  const counts = new Map<string, number>()
  for (const bytes of [...messages, makeLargeMessage()]) {
    const sender = (await parse(bytes)).from?.address ?? ''
    counts.set(sender, (counts.get(sender) ?? 0) + 1)
  }
  assert.ok(Math.max(...counts.values()) <= 3)
  assert.equal(
    [...counts.values()].reduce((sum, n) => sum + n, 0),
    17,
  )
})

test('odd charsets decode to what was meant', async () => {
  const subjectOf = async (part: string): Promise<string | undefined> =>
    (await parse(bytesOf(letters.find(({ file }) => file.includes(part))!))).subject
  assert.equal(await subjectOf('windows-1252'), 'Rechnung 4/2026 über 120 €')
  assert.equal(await subjectOf('iso-2022-jp'), '請求書 Invoice SD-118 の送付')
  assert.equal(await subjectOf('koi8-r'), 'Счёт (Invoice) 311 за хранение')
  assert.equal(await subjectOf('base64-emoji'), '🧾 Facture / Invoice FL-0093 – merci !')
})

test('hostile names arrive hostile', async () => {
  const namesOf = async (part: string): Promise<string[]> =>
    (await parse(bytesOf(letters.find(({ file }) => file.includes(part))!))).attachments.map(
      (one) => one.filename ?? '',
    )
  assert.ok((await namesOf('hostile-name-path')).includes('../../etc/passwd.pdf'))
  const odd = await namesOf('bidi-and-control')
  assert.ok(odd.some((name) => name.includes('\u202e')))
  assert.ok(odd.some((name) => name.includes('\u0007')))
  assert.ok(odd.some((name) => name.length > 300))
})

test('the large message holds a valid PDF of more than 12 MiB, the same each time', async () => {
  const bytes = makeLargeMessage()
  assert.ok(Buffer.from(bytes).equals(makeLargeMessage()))
  const pdfs = pdfsOf(await parse(bytes))
  assert.ok(pdfs[0] && pdfs[0].length > 12 * 1024 * 1024)
  assertPdf(pdfs[0], 'large')
})

/** ISO 32000-1, 7.5: header, end mark, and a cross-reference table whose every offset names its object. */
function assertPdf(pdf: Buffer, label: string): void {
  const raw = pdf.toString('latin1')
  assert.ok(raw.startsWith('%PDF-1.4\n'), label)
  const start = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(raw.slice(-64))?.[1])
  const rows = raw.slice(start).match(/^\d{10} 00000 n $/gm) ?? []
  assert.ok(rows.length >= 5, label)
  for (const [index, row] of rows.entries())
    assert.ok(raw.startsWith(`${index + 1} 0 obj\n`, Number(row.slice(0, 10))), label)
}
