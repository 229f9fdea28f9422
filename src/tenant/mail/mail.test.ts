import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import test from 'node:test'
import { createFakeTenant, eml } from './fake-context.ts'

async function withMessage() {
  const tenant = createFakeTenant()
  const { ids } = await tenant.mail.importMessages('bot', 'Inbox', eml({}), 'rfc822')
  return { tenant, id: ids[0]! }
}

test('the ordinary id dies on a move, the immutable id stays', async () => {
  const { tenant, id } = await withMessage()
  const ordinary = (await tenant.call('GET', `/me/messages/${id}`)).body.id
  assert.notEqual(ordinary, id)
  const moved = await tenant.call('POST', `/me/messages/${ordinary}/move`, {
    body: { destinationId: 'ARCHIVE' },
  })
  assert.equal(moved.status, 201)
  assert.notEqual(moved.body.id, ordinary)
  assert.equal((await tenant.call('GET', `/me/messages/${ordinary}`)).status, 404)
  assert.equal((await tenant.call('GET', `/me/messages/${id}`, { immutable: true })).body.id, id)
  assert.equal((await tenant.call('GET', '/me/messages/nonsense')).body.error.code, 'ErrorInvalidIdMalformed')
  const copy = await tenant.call('POST', `/me/messages/${id}/copy`, {
    body: { DestinationId: 'inbox' },
    immutable: true,
  })
  assert.notEqual(copy.body.id, id)
})

test('PATCH with a stale If-Match is 412 and changes nothing; received mail keeps its subject', async () => {
  const { tenant, id } = await withMessage()
  const path = `/me/messages/${id}`
  const { headers } = await tenant.call('GET', path)
  const etag = headers.get('etag')!
  const first = await tenant.call('PATCH', path, {
    body: { isRead: true, categories: ['A'] },
    headers: { 'if-match': etag },
  })
  assert.deepEqual([first.status, first.body.isRead, first.body.categories], [200, true, ['A']])
  const stale = await tenant.call('PATCH', path, { body: { isRead: false }, headers: { 'if-match': etag } })
  assert.deepEqual([stale.status, stale.body.error.code], [412, 'ErrorIrresolvableConflict'])
  const subject = await tenant.call('PATCH', path, { body: { subject: 'x' } })
  assert.deepEqual([subject.status, subject.body.error.code], [400, 'ErrorInvalidPropertySet'])
  assert.equal((await tenant.call('PATCH', path, { body: { madeUp: 1 } })).body.error.code, 'RequestBodyRead')
  assert.equal((await tenant.call('PATCH', path, { body: '[1]' })).status, 400)
  assert.equal((await tenant.call('PATCH', path, { body: '{' })).status, 400)
})

test('folders: names in any case, children, path forms, duplicates 409, delete to Deleted Items', async () => {
  const { tenant } = await withMessage()
  const made = await tenant.call('POST', "/me/mailFolders('Inbox')/childFolders", {
    body: { displayName: 'Booked' },
  })
  assert.equal(made.status, 201)
  const again = await tenant.call('POST', '/me/mailfolders/INBOX/childfolders', {
    body: { displayName: 'bOOKED' },
  })
  assert.deepEqual([again.status, again.body.error.code], [409, 'ErrorFolderExists'])
  const found = await tenant.call('GET', "/me/mailFolders/inbox/childFolders?$filter=displayName eq 'booked'")
  assert.equal(found.body.value[0].id, made.body.id)
  const root = await tenant.call('GET', '/me/mailFolders?$top=100')
  assert.deepEqual(
    root.body.value.map((one: any) => one.displayName),
    [
      'Archive',
      'Conversation History',
      'Deleted Items',
      'Drafts',
      'Inbox',
      'Junk Email',
      'Outbox',
      'Sent Items',
    ],
  )
  const inbox = await tenant.call('GET', '/users/bot@contoso.example/mailFolders/inbox')
  assert.deepEqual(
    [inbox.body.totalItemCount, inbox.body.unreadItemCount, inbox.body.childFolderCount],
    [1, 1, 1],
  )
  assert.equal(
    (await tenant.call('DELETE', '/me/mailFolders/inbox')).body.error.code,
    'ErrorDeleteDistinguishedFolder',
  )
  assert.equal((await tenant.call('DELETE', `/me/mailFolders/${made.body.id}`)).status, 204)
  const bin = await tenant.call('GET', '/me/mailFolders/deleteditems/childFolders')
  assert.equal(bin.body.value[0].id, made.body.id)
  assert.equal(
    (await tenant.call('GET', '/me/mailFolders/nosuch')).body.error.code,
    'ErrorInvalidIdMalformed',
  )
})

test('lists page by nextLink on their own origin, select, count and expand', async () => {
  const tenant = createFakeTenant()
  for (let number = 0; number < 12; number++)
    await tenant.mail.importMessages(
      'bot',
      'Inbox',
      eml({ subject: `m${number}`, id: `<${number}@x>` }),
      'rfc822',
    )
  const first = await tenant.call('GET', '/me/messages?%24select=Subject&$count=true')
  assert.equal(first.body.value.length, 10)
  assert.equal(first.body['@odata.count'], 12)
  assert.deepEqual(Object.keys(first.body.value[0]).toSorted(), ['@odata.etag', 'id', 'subject'])
  assert.match(
    first.body['@odata.nextLink'],
    /^http:\/\/127\.0\.0\.1:4365\/v1\.0\/me\/messages\?\$select=Subject&\$count=true&\$skip=10$/,
  )
  const second = await tenant.call('GET', first.body['@odata.nextLink'])
  assert.deepEqual([second.body.value.length, second.body['@odata.nextLink']], [2, undefined])
  for (const bad of [
    '$top=0',
    '$top=1001',
    '$top=x',
    '$skip=-1',
    '$select=nope',
    '$expand=nope',
    '$orderby=nope',
    '$what=1',
  ])
    assert.equal((await tenant.call('GET', `/me/messages?${bad}`)).status, 400, bad)
  assert.equal((await tenant.call('GET', '/me/messages?$search="x"')).status, 501)
  assert.equal((await tenant.call('GET', '/me/mailFolders/inbox/messages/delta')).status, 501)
  assert.equal(Buffer.from((await tenant.call('GET', '/me/messages/$count')).bytes).toString(), '12')
})

test('extended properties are written, expanded and found, whatever the case of their id', async () => {
  const tenant = createFakeTenant()
  const id = 'String {6F3A1C0E-6c0b-4d0e-9d3b-1e7a4c9b2f10} Name letterlockStep'
  const made = await tenant.call('POST', '/me/messages', {
    body: { subject: 'd', singleValueExtendedProperties: [{ id, value: 's1' }] },
  })
  const query = `$expand=singleValueExtendedProperties($filter=id eq '${id.toLowerCase().replace('name letterlockstep', 'name letterlockStep')}')`
  const got = await tenant.call('GET', `/me/messages/${made.body.id}?${query}`)
  assert.equal(got.body.singleValueExtendedProperties[0].value, 's1')
  const found = await tenant.call(
    'GET',
    `/me/mailFolders/drafts/messages?$filter=singleValueExtendedProperties/any(ep:ep/id eq '${id}' and ep/value eq 's1')&$select=id`,
  )
  assert.equal(found.body.value.length, 1)
})

test('HTML loses its scripts unless unsafe HTML is preferred; text is preferred by header', async () => {
  const tenant = createFakeTenant()
  const html =
    '<html><body onload="x()"><script>evil()</script><p style="color:red">Total&nbsp;5</p></body></html>'
  const { ids } = await tenant.mail.importMessages(
    'bot',
    'Inbox',
    eml({ more: 'Content-Type: text/html', body: html }),
    'rfc822',
  )
  const read = async (prefer: string) =>
    (await tenant.call('GET', `/me/messages/${ids[0]}`, { headers: { prefer } })).body
  const safe = (await read('x=1')).body.content
  assert.doesNotMatch(safe, /evil|onload/)
  assert.match(safe, /<p style="color:red">Total&nbsp;5<\/p>/)
  assert.match((await read('outlook.allow-unsafe-html')).body.content, /evil\(\)/)
  const text = await read('outlook.body-content-type="text", IdType="ImmutableId"')
  assert.deepEqual([text.body.contentType, text.id], ['text', ids[0]])
  assert.equal(text.body.content.trim().replace('\u00a0', ' '), 'Total 5')
})

test('an upload session takes a large file in order, and the attachment holds its bytes', async () => {
  const tenant = createFakeTenant()
  const file = randomBytes(5_000_000)
  const made = await tenant.call('POST', '/me/messages', { body: { subject: 'big' }, immutable: true })
  const small = await tenant.call('POST', `/me/messages/${made.body.id}/attachments/createUploadSession`, {
    body: { AttachmentItem: { attachmentType: 'file', name: 'x', size: 10 } },
  })
  assert.equal(small.body.error.code, 'ErrorAttachmentSizeShouldNotBeLessThanMinimumSize')
  const session = await tenant.call('POST', `/me/messages/${made.body.id}/attachments/createUploadSession`, {
    body: { AttachmentItem: { attachmentType: 'file', name: 'big.bin', size: file.length } },
  })
  assert.deepEqual([session.status, session.body.nextExpectedRanges], [201, ['0-']])
  const put = (start: number, end: number) =>
    tenant.call('PUT', session.body.uploadUrl, {
      body: file.subarray(start, end),
      headers: {
        'content-range': `bytes ${start}-${end - 1}/${file.length}`,
        'content-type': 'application/octet-stream',
        authorization: '',
      },
    })
  assert.equal((await put(2_000_000, 4_000_000)).status, 416)
  assert.deepEqual((await put(0, 2_000_000)).body.nextExpectedRanges, ['2000000'])
  assert.equal((await put(2_000_000, 4_000_000)).status, 200)
  const last = await put(4_000_000, 5_000_000)
  assert.equal(last.status, 201)
  const attachment = decodeURIComponent(/Attachments\('(.+)'\)$/.exec(last.headers.get('location')!)![1]!)
  assert.deepEqual(
    Buffer.from(
      (await tenant.call('GET', `/me/messages/${made.body.id}/attachments/${attachment}/$value`)).bytes,
    ),
    file,
  )
  assert.equal((await tenant.call('GET', `/me/messages/${made.body.id}`)).body.hasAttachments, true)
  assert.equal((await put(0, 1)).status, 404)
  assert.equal(
    (await tenant.call('DELETE', `/me/messages/${made.body.id}/attachments/${attachment}`)).status,
    204,
  )
  assert.equal((await tenant.call('GET', `/me/messages/${made.body.id}`)).body.hasAttachments, false)
})

test('scopes: read is not write, another mailbox needs Shared and Full Access, ReadBasic hides bodies', async () => {
  const { tenant, id } = await withMessage()
  assert.equal(
    (await tenant.call('PATCH', `/me/messages/${id}`, { body: {}, scopes: ['Mail.Read'] })).status,
    403,
  )
  assert.equal(
    (await tenant.call('POST', '/me/sendMail', { body: {}, scopes: ['Mail.ReadWrite'] })).status,
    403,
  )
  const basic = await tenant.call('GET', `/me/messages/${id}`, { scopes: ['Mail.ReadBasic'] })
  assert.deepEqual([basic.status, basic.body.body, basic.body.bodyPreview], [200, undefined, undefined])
  assert.equal(
    (await tenant.call('GET', `/me/messages/${id}/$value`, { scopes: ['Mail.ReadBasic'] })).status,
    403,
  )
  assert.equal((await tenant.call('GET', '/users/billing/messages')).status, 200)
  assert.equal(
    (await tenant.call('GET', '/users/billing/messages', { scopes: ['Mail.Read'] })).body.error.code,
    'ErrorAccessDenied',
  )
  assert.equal((await tenant.call('GET', '/users/billing/messages', { as: 'grace' })).status, 403)
  assert.equal((await tenant.call('GET', `/users/billing/messages/${id}`)).status, 404)
  assert.equal(
    (await tenant.call('GET', '/users/bot/messages', { app: true, scopes: ['Mail.Read'] })).status,
    200,
  )
  assert.equal((await tenant.call('GET', '/me/messages', { app: true, scopes: ['Mail.Read'] })).status, 400)
  assert.equal(
    (await tenant.call('GET', '/users/nobody/messages', { app: true, scopes: ['Mail.Read'] })).body.error
      .code,
    'MailboxNotEnabledForRESTAPI',
  )
  assert.equal(
    (await tenant.call('GET', '/users/who/messages', { app: true, scopes: ['Mail.Read'] })).body.error.code,
    'ErrorInvalidUser',
  )
})

test('a deleted message is gone by id and is found in Recoverable Items alone', async () => {
  const { tenant, id } = await withMessage()
  assert.equal((await tenant.call('DELETE', `/me/messages/${id}`)).status, 204)
  assert.equal((await tenant.call('GET', `/me/messages/${id}`)).status, 404)
  assert.equal((await tenant.call('GET', '/me/messages')).body.value.length, 0)
  const dumpster = '/me/mailFolders/recoverableitemsdeletions/messages'
  assert.equal((await tenant.call('GET', dumpster)).body.value.length, 1)
  assert.equal((await tenant.call('DELETE', `${dumpster}/${id}`)).body.error.code, 'ErrorCannotDeleteObject')
  assert.equal((await tenant.call('POST', `${dumpster}/${id}/permanentDelete`)).status, 204)
})

test('a batch runs its items, chains them, and names what failed', async () => {
  const { tenant, id } = await withMessage()
  const json = { 'Content-Type': 'application/json' }
  const { status, body } = await tenant.call('POST', '/$batch', {
    body: {
      requests: [
        { id: 'b', dependsOn: ['a'], method: 'GET', url: `/me/messages/${id}?$select=isRead` },
        { id: 'a', method: 'PATCH', url: `me/messages/${id}`, headers: json, body: { isRead: true } },
        { id: 'c', method: 'GET', url: '/me/messages/AAMknotthere00000000000000' },
        { id: 'd', dependsOn: ['c'], method: 'GET', url: '/me/messages' },
        {
          id: 'e',
          method: 'POST',
          url: '/me/sendMail',
          headers: { 'Content-Type': 'text/plain' },
          body: Buffer.from(eml({ to: 'ada@contoso.example' })).toString('base64'),
        },
        { id: 'f', method: 'GET', url: `/me/messages/${id}/$value` },
      ],
    },
  })
  assert.equal(status, 200)
  const by = new Map<string, any>(body.responses.map((one: any) => [one.id, one]))
  assert.deepEqual(
    ['a', 'b', 'c', 'd', 'e', 'f'].map((key) => by.get(key).status),
    [200, 200, 404, 424, 202, 200],
  )
  assert.equal(by.get('b').body.isRead, true)
  assert.match(Buffer.from(by.get('f').body, 'base64').toString(), /^From: Vendor/)
  for (const bad of [
    {},
    { requests: [{ id: '1' }] },
    { requests: [{ id: '1', method: 'GET', url: '/me', dependsOn: ['2'] }] },
    {
      requests: Array.from({ length: 21 }, (_, index) => ({
        id: `${index}`,
        method: 'GET',
        url: '/me/messages',
      })),
    },
  ])
    assert.equal((await tenant.call('POST', '/$batch', { body: bad })).status, 400)
})

test('odd requests get a 4xx or 501, never a 500', async () => {
  const { tenant, id } = await withMessage()
  const cases: [string, string, unknown?][] = [
    ['GET', '/me/messages/%ff'],
    ['GET', `/me/messages/${id}/nothing`],
    ['PUT', `/me/messages/${id}`, {}],
    ['POST', '/me/messages', { toRecipients: 'x' }],
    ['POST', '/me/messages', { toRecipients: [{}] }],
    ['POST', '/me/messages', { body: 5, subject: 5 }],
    ['POST', '/me/messages', { flag: { flagStatus: 'no' } }],
    ['POST', '/me/messages', { importance: 'urgent' }],
    ['POST', '/me/messages', { internetMessageHeaders: [{ name: 'Subject', value: 'x' }] }],
    ['POST', '/me/messages', { attachments: [{}] }],
    ['POST', '/me/messages', { singleValueExtendedProperties: [{ id: 'x', value: 'y' }] }],
    ['POST', '/me/messages', '{"a":'.repeat(5000)],
    ['POST', `/me/messages/${id}/move`, { destinationId: 7 }],
    ['POST', `/me/messages/${id}/move`, {}],
    ['POST', `/me/messages/${id}/attachments`, { name: 'x' }],
    ['POST', '/me/mailFolders', { displayName: '' }],
    ['GET', "/api/v2.0/Users('a')/Messages('b')/AttachmentSessions('c')"],
    ['PATCH', '/me/mailFolders/inbox', { displayName: 'x' }],
    ['GET', '/me/mailboxSettings'],
    ['POST', '/me/messages', 'x'.repeat(5_000_000)],
  ]
  for (const [method, path, body] of cases) {
    const { status } = await tenant.call(method, path, { body })
    assert.ok((status >= 400 && status < 500) || status === 501, `${method} ${path}: ${status}`)
  }
})
