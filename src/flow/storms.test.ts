import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeServer } from './fake-mailbox.fixture.ts'
import { answerAddress, whyNotToAnswer } from './storms.ts'

const own = new Set(['bot@contoso.example'])
type Given = Parameters<FakeServer['receive']>[0] & { headers?: Record<string, string>; sender?: never }

function why(given: Given): string | undefined {
  const { headers = {}, ...message } = given
  const server = new FakeServer()
  const list = Object.entries(headers).map(([name, value]) => ({ name, value }))
  return whyNotToAnswer(server.get(server.receive({ ...message, internetMessageHeaders: list })).message, own)
}

const from = (address: string) => ({ from: { address, name: '' } })

const refused: [string, Given, RegExp][] = [
  [
    'an automatic reply (RFC 3834 section 5)',
    { headers: { 'Auto-Submitted': 'auto-replied' } },
    /automatically/,
  ],
  [
    'Auto-Submitted with parameters',
    { headers: { 'auto-submitted': 'auto-generated; x=y' } },
    /automatically/,
  ],
  ['mail from a list (RFC 2919)', { headers: { 'List-Id': '<dev.example>' } }, /mailing list/],
  ['a newsletter (RFC 2369)', { headers: { 'List-Unsubscribe': '<mailto:x@y.example>' } }, /mailing list/],
  ['bulk mail', { headers: { Precedence: 'Bulk' } }, /bulk/],
  [
    'a message that asks for no automatic answer',
    { headers: { 'X-Auto-Response-Suppress': 'DR, OOF' } },
    /asks for no/,
  ],
  ['a delivery report', { headers: { 'Content-Type': 'multipart/report; x=y' } }, /delivery report/],
  ['an empty return path', { headers: { 'Return-Path': '<>' } }, /return path/],
  ['a message without a sender', { from: undefined }, /no sender/],
  ['an empty sender', from(''), /no sender/],
  ['its own mail', from('Bot@Contoso.example'), /itself/],
  [
    'mail that wants its answer sent to this mailbox',
    { replyTo: [{ address: 'bot@contoso.example', name: '' }] },
    /itself/,
  ],
  ['the mail system', from('MAILER-DAEMON@x.example'), /machine/],
  ['a list owner', from('owner-dev@x.example'), /machine/],
  ['a list request address', from('dev-request@x.example'), /machine/],
  ['an address that says no reply', from('no-reply@x.example'), /machine/],
]

for (const [title, given, reason] of refused) {
  test(`${title} is not answered`, () => assert.match(why(given) ?? '', reason))
}

const answered: [string, Given][] = [
  ['ordinary mail', {}],
  ['Auto-Submitted: no', { headers: { 'Auto-Submitted': 'no' } }],
  ['Precedence: first-class', { headers: { Precedence: 'first-class' } }],
  ['X-Auto-Response-Suppress: None', { headers: { 'X-Auto-Response-Suppress': 'None' } }],
  ['a person called Norreply', from('norreply.smith@x.example')],
]

for (const [title, given] of answered) {
  test(`${title} is answered`, () => assert.equal(why(given), undefined))
}

test('the answer goes to Reply-To, as Graph createReply sends it', () => {
  const server = new FakeServer()
  const id = server.receive({ replyTo: [{ address: 'Desk@x.example', name: '' }] })
  assert.equal(answerAddress(server.get(id).message), 'desk@x.example')
})
