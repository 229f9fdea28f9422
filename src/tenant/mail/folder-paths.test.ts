// A message is reached below the mailbox and below each folder around it: the second half of Graph's paths. graph-mail.md section 1.
import assert from 'node:assert/strict'
import test from 'node:test'
import { createFakeTenant, eml } from './fake-context.ts'

async function withInbox() {
  const tenant = createFakeTenant()
  const { ids } = await tenant.mail.importMessages('bot', 'Inbox', eml({}), 'rfc822')
  const status = async (method: string, path: string, body?: object): Promise<number> =>
    (await tenant.call(method, path, { immutable: true, ...(body ? { body } : {}) })).status
  return { tenant, status, message: `/me/mailFolders/inbox/messages/${ids[0]!}` }
}

test('a message below a folder is read, listed, counted, changed, copied, moved and deleted', async () => {
  const { tenant, status, message } = await withInbox()
  const list = '/me/mailFolders/inbox/messages'
  assert.equal(await status('GET', list), 200)
  assert.equal(await status('GET', `${list}/$count`), 200)
  assert.equal(await status('GET', message), 200)
  assert.equal(await status('GET', `${message}/$value`), 200)
  assert.equal(await status('PATCH', message, { isRead: true }), 200)
  assert.equal(await status('POST', `${message}/copy`, { destinationId: 'archive' }), 201)
  assert.equal(await status('POST', `${message}/move`, { destinationId: 'archive' }), 201)
  assert.equal(await status('GET', message), 404, 'it is in another folder now')
  const made = await tenant.call('POST', list, { body: { subject: 'a draft' }, immutable: true })
  assert.equal(made.status, 201)
  assert.equal(await status('DELETE', `${list}/${made.body.id}`), 204)
  const other = await tenant.call('POST', list, { body: { subject: 'another' }, immutable: true })
  assert.equal(await status('POST', `${list}/${other.body.id}/permanentDelete`), 204)
})

test('replies, forwards and sending begin below a folder too', async () => {
  const { tenant, status, message } = await withInbox()
  const toRecipients = [{ emailAddress: { address: 'vendor@supplier.example' } }]
  for (const name of ['createReply', 'createReplyAll', 'createForward'])
    assert.equal(await status('POST', `${message}/${name}`), 201, name)
  assert.equal(await status('POST', `${message}/reply`, { comment: 'Thank you.' }), 202)
  assert.equal(await status('POST', `${message}/replyAll`, { comment: 'Thank you.' }), 202)
  assert.equal(await status('POST', `${message}/forward`, { comment: 'See below.', toRecipients }), 202)
  const drafts = '/me/mailFolders/drafts/messages'
  const draft = await tenant.call('POST', drafts, { body: { subject: 'Out', toRecipients }, immutable: true })
  assert.equal(await status('POST', `${drafts}/${draft.body.id}/send`), 202)
})

test('attachments are added, listed, counted, read and taken away below a folder', async () => {
  const { tenant } = await withInbox()
  const drafts = '/me/mailFolders/drafts/messages'
  const draft = await tenant.call('POST', drafts, { body: { subject: 'With a file' }, immutable: true })
  for (const message of [`${drafts}/${draft.body.id}`, `/me/messages/${draft.body.id}`]) {
    const call = (method: string, path: string, body?: object) =>
      tenant.call(method, `${message}/attachments${path}`, { immutable: true, ...(body ? { body } : {}) })
    const file = {
      '@odata.type': '#microsoft.graph.fileAttachment',
      name: 'a.txt',
      contentBytes: Buffer.from('hello').toString('base64'),
    }
    const added = await call('POST', '', file)
    assert.equal(added.status, 201)
    assert.equal((await call('GET', '')).body.value.length, 1)
    assert.equal(Buffer.from((await call('GET', '/$count')).bytes).toString(), '1')
    assert.equal((await call('GET', `/${added.body.id}`)).body.name, 'a.txt')
    const value = await call('GET', `/${added.body.id}/$value`)
    assert.equal(Buffer.from(value.bytes).toString(), 'hello')
    assert.equal((await call('DELETE', `/${added.body.id}`)).status, 204)
    const item = { AttachmentItem: { attachmentType: 'file', name: 'large.bin', size: 4_000_000 } }
    const session = await call('POST', '/createUploadSession', item)
    assert.equal(session.status, 201)
    const { uploadUrl } = session.body as { uploadUrl: string }
    assert.equal((await tenant.call('GET', uploadUrl)).status, 200)
    assert.equal((await tenant.call('DELETE', uploadUrl)).status, 204)
  }
})

test('folders are counted, renamed, copied, moved and deleted for ever', async () => {
  const tenant = createFakeTenant()
  const call = (method: string, path: string, body?: object) =>
    tenant.call(method, `/me/mailFolders${path}`, body ? { body } : {})
  const parent = (await call('POST', '', { displayName: 'Parent' })).body as { id: string }
  const child = (await call('POST', `/${parent.id}/childFolders`, { displayName: 'Child' })).body as {
    id: string
  }
  assert.match(Buffer.from((await call('GET', '/$count')).bytes).toString(), /^\d+$/)
  assert.equal(Buffer.from((await call('GET', `/${parent.id}/childFolders/$count`)).bytes).toString(), '1')
  assert.equal((await call('PATCH', `/${child.id}`, { displayName: 'Renamed' })).body.displayName, 'Renamed')
  assert.equal((await call('POST', `/${child.id}/copy`, { destinationId: 'inbox' })).status, 201)
  const moved = await call('POST', `/${child.id}/move`, { destinationId: 'archive' })
  assert.equal(moved.status, 201)
  assert.equal((await call('POST', `/${moved.body.id}/permanentDelete`)).status, 204)
  assert.equal((await call('DELETE', `/${parent.id}`)).status, 204)
})

test('a message is deleted for ever, answered to all and forwarded below the mailbox', async () => {
  const { status, message } = await withInbox()
  const plain = message.replace('/mailFolders/inbox', '')
  for (const name of ['createReply', 'createForward'])
    assert.equal(await status('POST', `${plain}/${name}`), 201)
  assert.equal(await status('POST', `${plain}/replyAll`, { comment: 'Thank you.' }), 202)
  assert.equal(await status('POST', `${plain}/permanentDelete`), 204)
  assert.equal(await status('GET', plain), 404)
})
