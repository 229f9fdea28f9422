import assert from 'node:assert/strict'
import test from 'node:test'
import { createFakeTenant, eml } from './fake-context.ts'

const draft = (to: string, more: object = {}): object => ({
  subject: 'Hello',
  body: { contentType: 'Text', content: 'Hi' },
  toRecipients: [{ emailAddress: { address: to } }],
  ...more,
})

test('an accepted draft stays visible unchanged, is then not found, and then is in Sent Items under the same immutable id', async () => {
  const tenant = createFakeTenant({ sendVisibleMs: 1000, sendHiddenMs: 2000 })
  const made = await tenant.call('POST', '/me/messages', {
    body: draft('ada@contoso.example'),
    immutable: true,
  })
  const path = `/me/messages/${made.body.id}`
  const look = () => tenant.call('GET', path, { immutable: true })
  assert.equal((await tenant.call('POST', `${path}/send`)).status, 202)
  assert.deepEqual((await look()).body, made.body)
  assert.equal(tenant.mail.inspect('ada', 'Inbox').length, 1)
  tenant.advance(999)
  assert.equal((await look()).body.isDraft, true)
  tenant.advance(1)
  assert.equal((await look()).body.error.code, 'ErrorItemNotFound')
  assert.equal((await tenant.call('GET', '/me/mailFolders/drafts/messages')).body.value.length, 0)
  assert.equal((await tenant.call('POST', `${path}/send`)).status, 404)
  tenant.advance(2000)
  const sent = (await look()).body
  const sentItems = await tenant.call('GET', '/me/mailFolders/sentitems')
  assert.deepEqual([sent.isDraft, sent.id, sent.parentFolderId], [false, made.body.id, sentItems.body.id])
  assert.equal(sent.from.emailAddress.address, 'bot@contoso.example')
  assert.equal(sent.internetMessageId, made.body.internetMessageId)
  assert.equal((await tenant.call('POST', `${path}/send`)).status, 400)
})

test('a second send while the draft is visible delivers a second copy', async () => {
  const tenant = createFakeTenant({ sendVisibleMs: 1000 })
  const made = await tenant.call('POST', '/me/messages', { body: draft('ada@contoso.example') })
  for (const _ of [1, 2])
    assert.equal((await tenant.call('POST', `/me/messages/${made.body.id}/send`)).status, 202)
  const copies = tenant.mail.inspect('ada', 'Inbox') as { internetMessageId: string }[]
  assert.deepEqual(
    copies.map((copy) => copy.internetMessageId),
    [made.body.internetMessageId, made.body.internetMessageId],
  )
})

test('a reply is threaded, quotes the original, and its copy keeps the headers', async () => {
  const tenant = createFakeTenant({ sendVisibleMs: 0, sendHiddenMs: 0 })
  const { ids } = await tenant.mail.importMessages(
    'bot',
    'Inbox',
    eml({
      more: 'References: <0@supplier.example>\r\nCc: ada@contoso.example',
      from: 'Grace <grace@contoso.example>',
    }),
    'rfc822',
  )
  const reply = await tenant.call('POST', `/me/messages/${ids[0]}/createReplyAll`, { immutable: true })
  assert.equal(reply.status, 201)
  assert.equal(reply.body.subject, 'RE: Invoice 1')
  assert.deepEqual(reply.body.toRecipients[0].emailAddress.address, 'grace@contoso.example')
  assert.deepEqual(
    reply.body.ccRecipients.map((one: any) => one.emailAddress.address),
    ['ada@contoso.example'],
  )
  assert.match(reply.body.body.content, /<b>From:<\/b>.*Please find it attached/s)
  await tenant.call('PATCH', `/me/messages/${reply.body.id}`, {
    body: {
      body: { contentType: 'text', content: 'Booked' },
      singleValueExtendedProperties: [
        { id: 'String {00020386-0000-0000-C000-000000000046} Name X-Own', value: 'yes' },
      ],
    },
  })
  await tenant.call('POST', `/me/messages/${reply.body.id}/send`)
  const [copy] = tenant.mail.inspect('grace', 'Inbox') as any[]
  assert.equal(copy.inReplyTo, '<1@supplier.example>')
  assert.equal(copy.headers.References, '<0@supplier.example> <1@supplier.example>')
  assert.equal(copy.headers['X-Own'], 'yes')
  const list = await tenant.call('GET', '/me/mailFolders/inbox/messages?$select=id,internetMessageHeaders', {
    as: 'grace',
  })
  assert.ok(list.body.value[0].internetMessageHeaders.some((one: any) => one.name === 'In-Reply-To'))
})

test('an unknown local recipient comes back as a non-delivery report, an outside one is counted as outbound', async () => {
  const tenant = createFakeTenant()
  const body = {
    message: draft('gone@contoso.example', {
      ccRecipients: [{ emailAddress: { address: 'x@outside.example' } }],
      bccRecipients: [{ emailAddress: { address: 'ada@contoso.onmicrosoft.com' } }],
      internetMessageHeaders: [{ name: 'x-letterlock-key', value: 'k9' }],
    }),
  }
  assert.equal((await tenant.call('POST', '/me/sendMail', { body })).status, 202)
  const [report] = tenant.mail.inspect('bot', 'Inbox') as any[]
  assert.equal(report.subject, 'Undeliverable: Hello')
  assert.equal(report.headers['Auto-Submitted'], 'auto-replied')
  const [out] = tenant.mail.outbound()
  assert.deepEqual([out!.to, out!.keyHeader], ['x@outside.example', 'k9'])
  const [copy] = tenant.mail.inspect('ada', 'Inbox') as any[]
  assert.deepEqual(copy.to, ['gone@contoso.example'])
})

test('sendMail takes MIME, comment with body is refused, no recipient is ErrorInvalidRecipients', async () => {
  const tenant = createFakeTenant()
  const mime = Buffer.from(eml({ to: 'ada@contoso.example', from: 'Forged <x@y.example>' })).toString(
    'base64',
  )
  const text = { 'content-type': 'text/plain' }
  assert.equal((await tenant.call('POST', '/me/sendMail', { body: mime, headers: text })).status, 202)
  assert.equal((tenant.mail.inspect('ada', 'Inbox') as any[])[0].from, 'bot@contoso.example')
  const bad = await tenant.call('POST', '/me/sendMail', { body: '%%%', headers: text })
  assert.equal(bad.body.error.code, 'ErrorMimeContentInvalidBase64String')
  const none = await tenant.call('POST', '/me/sendMail', { body: { message: { subject: 'x' } } })
  assert.equal(none.body.error.code, 'ErrorInvalidRecipients')
  const { ids } = await tenant.mail.importMessages('bot', 'Inbox', eml({}), 'rfc822')
  const both = await tenant.call('POST', `/me/messages/${ids[0]}/reply`, {
    body: { comment: 'a', message: { body: { contentType: 'text', content: 'b' } } },
  })
  assert.equal(both.status, 400)
  const reply = await tenant.call('POST', `/me/messages/${ids[0]}/reply`, {
    body: { comment: 'Thanks & bye' },
    scopes: ['Mail.Send'],
  })
  assert.equal(reply.status, 202)
  assert.equal(tenant.mail.outbound()[0]!.inReplyTo, '<1@supplier.example>')
  tenant.advance(10_000)
  const sent = await tenant.call('GET', '/me/mailFolders/sentitems/messages?$orderby=receivedDateTime desc')
  assert.match(sent.body.value[0].body.content, /Thanks &amp; bye/)
})

test('sending as another needs Full Access and the Shared scope', async () => {
  const tenant = createFakeTenant()
  const from = (address: string) => ({
    message: draft('ada@contoso.example', { from: { emailAddress: { address } } }),
  })
  assert.equal(
    (await tenant.call('POST', '/me/sendMail', { body: from('billing@contoso.example') })).status,
    202,
  )
  assert.equal((tenant.mail.inspect('ada', 'Inbox') as any[])[0].from, 'billing@contoso.example')
  const refused = await tenant.call('POST', '/me/sendMail', { body: from('grace@contoso.example') })
  assert.deepEqual([refused.status, refused.body.error.code], [403, 'ErrorSendAsDenied'])
  assert.equal(tenant.mail.inspect('bot', 'Drafts').length, 1, 'the refused send left no draft')
  const unshared = await tenant.call('POST', '/me/sendMail', {
    body: from('billing@contoso.example'),
    scopes: ['Mail.Send'],
  })
  assert.equal(unshared.body.error.code, 'ErrorSendAsDenied')
})

test('forward carries attachments; the recipient’s copy and its MIME hold the same bytes', async () => {
  const tenant = createFakeTenant({ sendVisibleMs: 0, sendHiddenMs: 0 })
  const made = await tenant.call('POST', '/me/messages', {
    body: draft('ada@contoso.example', {
      attachments: [
        {
          '@odata.type': '#microsoft.graph.fileAttachment',
          name: 'ä.pdf',
          contentType: 'application/pdf',
          contentBytes: Buffer.from('PDF!').toString('base64'),
        },
      ],
    }),
  })
  assert.equal(made.body.hasAttachments, true)
  const forward = await tenant.call('POST', `/me/messages/${made.body.id}/forward`, {
    body: { comment: 'fyi', toRecipients: [{ emailAddress: { address: 'grace@contoso.example' } }] },
  })
  assert.equal(forward.status, 202)
  const list = await tenant.call('GET', '/me/messages?$expand=attachments', { as: 'grace' })
  const [copy] = list.body.value
  assert.equal(Buffer.from(copy.attachments[0].contentBytes, 'base64').toString(), 'PDF!')
  const { default: PostalMime } = await import('postal-mime')
  const email = await PostalMime.parse(
    (await tenant.call('GET', `/me/messages/${copy.id}/$value`, { as: 'grace' })).bytes,
  )
  assert.equal(email.attachments[0]!.filename, 'ä.pdf')
  assert.equal(email.subject, 'FW: Hello')
  assert.equal(email.from!.address, 'bot@contoso.example')
})
