import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openMailbox, type Mailbox } from '../mail/index.ts'
import { startMailTenant, type MailTenant } from '../mail/tenant.fixture.ts'
import { loadFlow } from './load-flow.ts'
import { runFlow, type RunSummary } from './run-flow.ts'

const bot = 'invoice.bot@contoso.example'
const dir = mkdtempSync(join(tmpdir(), 'letterlock-flow-'))
let org: MailTenant
let mailbox: Mailbox

before(async () => {
  org = await startMailTenant()
  mailbox = openMailbox(await org.graphFor(bot), 'me')
})
after(async () => {
  await org[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true, force: true })
})

const contents = new Map<string, string>()

function eml(o: { from: string; id: string; headers?: string[]; file?: string }): string {
  const bytes = randomBytes(500)
  if (o.file !== undefined) contents.set(o.id, createHash('sha256').update(bytes).digest('hex'))
  const top = [
    `From: <${o.from}>`,
    `To: ${bot}`,
    `Subject: Invoice ${o.id}`,
    `Message-ID: <${o.id}@mail.example>`,
    'Date: Mon, 05 Jan 2026 09:00:00 +0000',
    'MIME-Version: 1.0',
    ...(o.headers ?? []),
  ]
  if (o.file === undefined) return [...top, 'Content-Type: text/plain', '', 'Hello', ''].join('\r\n')
  const parts = [
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'See the file.',
    '--b',
    'Content-Type: application/pdf',
    `Content-Disposition: attachment; filename="${o.file}"`,
    'Content-Transfer-Encoding: base64',
    '',
    bytes.toString('base64').replaceAll(/(.{76})/g, '$1\r\n'),
    '--b--',
    '',
  ]
  return [...top, ...parts].join('\r\n')
}

async function run(): Promise<RunSummary> {
  const flow = await loadFlow(fileURLToPath(new URL('../../examples/invoices.flow.ts', import.meta.url)))
  return runFlow({
    flow,
    mailbox,
    accountKey: { tid: org.tenant.tenantId, oid: 'bot' },
    ledgerFile: join(dir, 'ledger.db'),
    filesDir: join(dir, 'files'),
    settleWaitMs: 3_000,
  })
}

test('invoices.flow.ts answers each invoice once although a third of all writes lose their answer', async () => {
  const people = ['ada@contoso.example', 'grace@contoso.example', 'admin@contoso.example']
  for (let n = 0; n < 9; n += 1) {
    const file = n === 4 ? '../../CON.pdf' : 'invoice.pdf'
    await org.importMail(bot, 'Inbox', eml({ from: people[n % 3]!, id: `i${n}`, file }))
  }
  await org.importMail(bot, 'Inbox', eml({ from: people[0]!, id: 'too-many', file: 'invoice.pdf' }))
  const list = { from: 'news@fabrikam.example', id: 'list', headers: ['List-Id: <news>'], file: 'news.pdf' }
  await org.importMail(bot, 'Inbox', eml(list))
  await org.importMail(bot, 'Inbox', eml({ from: 'eve@fabrikam.example', id: 'plain' }))
  const lost = { status: 504, phase: 'after-commit', rate: 0.33 }
  for (const match of ['POST /me/messages/*/send', 'POST /me/messages/*/move', 'PATCH /me/messages/**'])
    await org.control('POST', 'faults', { ...lost, match })
  // A lost createReply uses up one of the four attempts: three in all can fail no message.
  await org.control('POST', 'faults', { ...lost, match: 'POST /me/messages/*/createReply', times: 3 })
  const summary = await run()
  await org.control('DELETE', 'faults')
  assert.deepEqual(
    { ...summary, messages: summary.messages.filter(({ state }) => state === 'failed') },
    {
      ...summary,
      handled: 9,
      skipped: 3,
      failed: 0,
      doubtful: 0,
      inScope: 12,
      coverage: 'complete',
      messages: [],
    },
  )
  const answered = await Promise.all(people.map((person) => org.inbox(person)))
  const repliesTo = answered.flat().map(({ inReplyTo }) => String(inReplyTo))
  assert.deepEqual(
    repliesTo.sort(),
    Array.from({ length: 9 }, (_, n) => `<i${n}@mail.example>`),
  )
  assert.equal((await org.inbox(bot, 'Inbox')).length, 3)
  const saved = readdirSync(join(dir, 'files', 'invoices')).map((name) =>
    createHash('sha256')
      .update(readFileSync(join(dir, 'files', 'invoices', name)))
      .digest('hex'),
  )
  assert.deepEqual(saved.sort(), [...contents.values()].sort())
})

test('a second run handles nothing and repeats nothing', async () => {
  const summary = await run()
  assert.deepEqual([summary.inScope, summary.sentThisRun, summary.alreadyHandled], [0, 0, 3])
})

test('a reply says that a machine wrote it, and names the message it answers', async () => {
  const [reply] = await org.inbox('ada@contoso.example')
  assert.match(String(reply?.['subject']), /^RE: Invoice/)
  const headers = JSON.stringify(reply?.['headers']).toLowerCase()
  assert.match(headers, /auto-replied/)
})
