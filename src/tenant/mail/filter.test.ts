import assert from 'node:assert/strict'
import test from 'node:test'
import { createFakeTenant, eml } from './fake-context.ts'
import { parseFilter } from './filter.ts'

async function mailbox() {
  const tenant = createFakeTenant()
  const add = (subject: string, hour: number, more: Parameters<typeof eml>[0] = {}): Promise<unknown> =>
    tenant.mail.importMessages(
      'bot',
      'Inbox',
      eml({
        subject,
        id: `<${subject.replaceAll(' ', '-')}@x.example>`,
        date: `Mon, 05 Jan 2026 0${hour}:00:00 +0000`,
        ...more,
      }),
      'rfc822',
    )
  await add('Invoice 1', 1)
  await add("O'Brien invoice", 2, { from: 'Pat O <pat@other.example>' })
  await add('Newsletter', 3, { more: 'Importance: high' })
  const list = await tenant.call('GET', '/me/messages?$select=subject')
  const [newsletter, brien] = list.body.value
  await tenant.call('PATCH', `/me/messages/${newsletter.id}`, {
    body: { isRead: true, categories: ['Red one', 'Blue'] },
  })
  await tenant.call('PATCH', `/me/messages/${brien.id}`, {
    body: {
      flag: { flagStatus: 'flagged' },
      singleValueExtendedProperties: [
        { id: 'String {6F3A1C0E-6C0B-4D0E-9D3B-1E7A4C9B2F10} Name key', value: 'k1' },
      ],
    },
  })
  const subjects = async (filter: string, more = ''): Promise<string[] | string> => {
    const { status, body } = await tenant.call(
      'GET',
      `/me/messages?$filter=${encodeURIComponent(filter)}${more}`,
    )
    return status === 200
      ? body.value.map((one: { subject: string }) => one.subject)
      : `${status} ${body.error.code}`
  }
  return { tenant, subjects, inbox: brien.parentFolderId }
}

test('filters answer as Graph documents them', async () => {
  const { subjects } = await mailbox()
  const cases: [string, string[] | string][] = [
    ['isRead eq false', ["O'Brien invoice", 'Invoice 1']],
    ['isRead', ['Newsletter']],
    ['not (isRead eq true)', ["O'Brien invoice", 'Invoice 1']],
    ["contains(subject,'INVOICE')", ["O'Brien invoice", 'Invoice 1']],
    ["startswith(subject,'o''b')", ["O'Brien invoice"]],
    ["subject eq 'newsletter'", ['Newsletter']],
    ["subject ne 'newsletter' and isRead eq false", ["O'Brien invoice", 'Invoice 1']],
    ["from/emailAddress/address eq 'PAT@other.example'", ["O'Brien invoice"]],
    ["(from/emailAddress/address eq 'x' or from/emailAddress/name eq 'pat o')", ["O'Brien invoice"]],
    [
      'receivedDateTime ge 2026-01-05T02:00:00Z and receivedDateTime lt 2026-01-05T03:00:00.000Z',
      ["O'Brien invoice"],
    ],
    ['ReceivedDateTime gt 2026-01-05', ['Newsletter', "O'Brien invoice", 'Invoice 1']],
    ["categories/any(c:c eq 'red one')", ['Newsletter']],
    ["categories/any(a:startswith(a,'bl'))", ['Newsletter']],
    ["importance eq 'high'", ['Newsletter']],
    ["flag/flagStatus eq 'flagged'", ["O'Brien invoice"]],
    ["internetMessageId eq '<Newsletter@x.example>'", ['Newsletter']],
    [
      "singleValueExtendedProperties/Any(ep: ep/id eq 'String {6f3a1c0e-6c0b-4d0e-9d3b-1e7a4c9b2f10} Name key' and ep/value eq 'k1')",
      ["O'Brien invoice"],
    ],
    ['hasAttachments eq true', []],
    ["isDraft eq false and importance eq 'normal'", ["O'Brien invoice", 'Invoice 1']],
    ["parentFolderId ne 'inbox'", []],
    ["endswith(subject,'x')", '400 ErrorInvalidUrlQueryFilter'],
    ["toRecipients/any(r:r/emailAddress/address eq 'x')", '400 ErrorInvalidUrlQueryFilter'],
    ["nonsense eq 'x'", '400 BadRequest'],
    ['isRead eq', '400 BadRequest'],
    ["isRead eq 'x'", '400 BadRequest'],
    ["subject eq 'unclosed", '400 BadRequest'],
  ]
  for (const [filter, expected] of cases) assert.deepEqual(await subjects(filter), expected, filter)
})

test('an orderby property that is not first in the filter is an InefficientFilter', async () => {
  const { subjects } = await mailbox()
  const order = '&$orderby=receivedDateTime%20asc'
  assert.equal(await subjects('isRead eq false', order), '400 InefficientFilter')
  assert.equal(
    await subjects('isRead eq false and receivedDateTime gt 1970-01-01', order),
    '400 InefficientFilter',
  )
  assert.deepEqual(
    await subjects('receivedDateTime gt 1970-01-01T00:00:00.000Z and isRead eq false', order),
    ['Invoice 1', "O'Brien invoice"],
  )
})

test('random text never breaks the filter parser', () => {
  const pieces = [
    'isRead',
    ' eq ',
    'true',
    '(',
    ')',
    "'a'",
    "'",
    'not ',
    ' and ',
    ' or ',
    'categories/any(c:',
    'contains(',
    ',',
    '2026-01-01',
    ':',
    '\0',
    '💥',
    ' in ',
  ]
  for (let round = 0; round < 3_000; round++) {
    let text = ''
    for (let length = Math.random() * 12; length > 0; length--)
      text += pieces[Math.floor(Math.random() * pieces.length)]
    try {
      parseFilter(text)
    } catch (error) {
      assert.equal((error as { status?: number }).status, 400, text)
    }
  }
  assert.throws(() => parseFilter('('.repeat(10_000)), { code: 'InefficientFilter' })
})
