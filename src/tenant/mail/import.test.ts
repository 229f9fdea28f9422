import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import test from 'node:test'
import { createFakeTenant, eml } from './fake-context.ts'

test('an mbox is imported once, in order, and a second import changes nothing', async () => {
  const tenant = createFakeTenant()
  const mbox = Buffer.concat([
    Buffer.from('From a@b Mon Jan  5 08:00:00 2026\r\n'),
    eml({ subject: 'One', body: '>From the desk of\r\n' }),
    Buffer.from('\r\nFrom a@b Mon Jan  5 08:00:00 2026\n'),
    eml({ subject: 'Two', id: '<2@supplier.example>', body: 'x' }),
  ])
  const first = await tenant.mail.importMessages('bot', 'Inbox/Old', mbox, 'mbox')
  assert.deepEqual([first.imported, first.duplicates, first.failed], [2, 0, []])
  const second = await tenant.mail.importMessages('bot', 'Inbox/Old', mbox, 'mbox')
  assert.deepEqual([second.imported, second.duplicates, second.ids], [0, 2, first.ids])
  const { body } = await tenant.call('GET', `/me/messages/${first.ids[0]}`, {
    headers: { prefer: 'outlook.body-content-type="text"' },
  })
  assert.match(body.body.content, /^From the desk of/)
})

test('what is no message fails by name and does not stop the rest', async () => {
  const tenant = createFakeTenant()
  const report = await tenant.mail.importMessages(
    'bot',
    'Inbox',
    Buffer.from('From x\n\n\nFrom y\nSubject: ok\n\nhi\n'),
    'mbox',
  )
  assert.equal(report.imported, 1)
  assert.equal(report.failed.length, 1)
  assert.equal(report.failed[0]!.index, 0)
  assert.equal((await tenant.mail.importMessages('bot', 'Inbox', new Uint8Array(), 'mbox')).failed.length, 1)
})

test('a 12 MB attachment survives import, download and $value by SHA-256', async () => {
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer/index.js')
  const file = randomBytes(12 * 1024 * 1024)
  const bytes = await new MailComposer({
    from: 'a@b.example',
    to: 'bot@contoso.example',
    subject: 'Große Datei',
    text: 'x',
    attachments: [{ filename: '../../etc/passwd', content: file }],
  })
    .compile()
    .build()
  const tenant = createFakeTenant()
  const { ids } = await tenant.mail.importMessages('bot', 'Inbox', bytes, 'rfc822')
  const list = await tenant.call('GET', `/me/messages/${ids[0]}/attachments?$select=id,name,size`)
  const [attachment] = list.body.value
  assert.ok(attachment.size >= file.byteLength)
  assert.equal(attachment.contentBytes, undefined)
  const raw = await tenant.call('GET', `/me/messages/${ids[0]}/attachments/${attachment.id}/$value`)
  const sha = (data: Uint8Array) => createHash('sha256').update(data).digest('hex')
  assert.equal(sha(raw.bytes), sha(file))
  assert.equal(sha((await tenant.call('GET', `/me/messages/${ids[0]}/$value`)).bytes), sha(bytes))
})

test('a mailbox of 10,000 messages lists and filters quickly, and pages reach every message once', async () => {
  const tenant = createFakeTenant()
  const parts: Uint8Array[] = []
  for (let number = 0; number < 10_000; number++)
    parts.push(
      Buffer.from('From x\n'),
      eml({
        subject: `Message ${number}`,
        id: `<${number}@x.example>`,
        date: new Date(1_700_000_000_000 + Math.floor(number / 3) * 1000).toUTCString(),
      }),
      Buffer.from('\n'),
    )
  const report = await tenant.mail.importMessages('bot', 'Inbox', Buffer.concat(parts), 'mbox')
  assert.equal(report.imported, 10_000)
  // The quickest of five: the machine may be busy, the query is not.
  const timed = async (path: string): Promise<number> => {
    const times: number[] = []
    for (let round = 0; round < 5; round++) {
      const start = performance.now()
      await tenant.call('GET', path)
      times.push(performance.now() - start)
    }
    return Math.min(...times)
  }
  assert.ok((await timed('/me/mailFolders/inbox/messages?$top=25&$select=subject,isRead')) < 50)
  assert.ok(
    (await timed(
      '/me/messages?$filter=receivedDateTime gt 2023-11-14 and isRead eq false&$orderby=receivedDateTime&$top=25&$select=id',
    )) < 50,
  )
  const seen = new Set<string>()
  let next: string | undefined = '/me/mailFolders/inbox/messages?$top=1000&$select=id'
  while (next) {
    const { body }: { body: any } = await tenant.call('GET', next)
    for (const { id } of body.value) seen.add(id)
    next = body['@odata.nextLink']
  }
  assert.equal(seen.size, 10_000)
})
