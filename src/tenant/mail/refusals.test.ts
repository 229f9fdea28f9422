// What mail refuses, one mistake each, in Exchange's words. graph-mail.md sections 7, 8 and 10.
import assert from 'node:assert/strict'
import test from 'node:test'
import { createFakeTenant, eml } from './fake-context.ts'

type Fake = ReturnType<typeof createFakeTenant>
const refusal = async (
  tenant: Fake,
  method: string,
  path: string,
  body?: object,
): Promise<[number, string]> => {
  const answer = await tenant.call(method, path, body ? { body } : {})
  return [answer.status, answer.body?.error?.code]
}
const recipients = (many: number): object[] =>
  Array.from({ length: many }, (_, n) => ({ emailAddress: { address: `r${n}@supplier.example` } }))

test('a message to more than five hundred is refused', async () => {
  const message = { subject: 'x', toRecipients: recipients(501) }
  assert.deepEqual(await refusal(createFakeTenant(), 'POST', '/me/sendMail', { message }), [
    400,
    'ErrorExceededMaxRecipientLimit',
  ])
})

test('a message larger than the service sends is refused when it is sent', async () => {
  const tenant = createFakeTenant()
  const contentBytes = Buffer.alloc(2_900_000).toString('base64')
  const file = { '@odata.type': '#microsoft.graph.fileAttachment', name: 'a', contentBytes }
  const draft = await tenant.call('POST', '/me/messages', {
    body: { subject: 'x', toRecipients: recipients(1) },
  })
  const path = `/me/messages/${draft.body.id}`
  for (let count = 0; count < 40; count++) {
    const added = await tenant.call('POST', `${path}/attachments`, { body: file })
    if (added.status !== 201) break
  }
  assert.deepEqual(await refusal(tenant, 'POST', `${path}/send`), [413, 'ErrorMessageSizeExceeded'])
})

test('a flag that is due before it starts, and more than five headers, are refused', async () => {
  const tenant = createFakeTenant()
  const dueDateTime = { dateTime: '2026-01-01T00:00:00', timeZone: 'UTC' }
  const flag = { flagStatus: 'flagged', dueDateTime }
  assert.deepEqual(await refusal(tenant, 'POST', '/me/messages', { flag }), [400, 'ErrorInvalidArgument'])
  const internetMessageHeaders = Array.from({ length: 6 }, (_, n) => ({ name: `x-n${n}`, value: '1' }))
  assert.deepEqual(await refusal(tenant, 'POST', '/me/messages', { internetMessageHeaders }), [
    400,
    'InvalidInternetMessageHeaderCollection',
  ])
})

test('an attachment without a name or content, and one of more than 150 MB, are refused', async () => {
  const tenant = createFakeTenant()
  const { ids } = await tenant.mail.importMessages('bot', 'Drafts', eml({}), 'rfc822')
  const draft = await tenant.call('POST', '/me/messages', { body: { subject: 'x' } })
  assert.ok(ids[0])
  const path = `/me/messages/${draft.body.id}/attachments`
  const type = { '@odata.type': '#microsoft.graph.fileAttachment' }
  for (const body of [
    { ...type, contentBytes: 'eA==' },
    { ...type, name: 'a' },
  ])
    assert.deepEqual(await refusal(tenant, 'POST', path, body), [400, 'ErrorRequiredPropertyMissing'])
  const item = { AttachmentItem: { attachmentType: 'file', name: 'a', size: 151 * 1_024 * 1_024 } }
  assert.deepEqual(await refusal(tenant, 'POST', `${path}/createUploadSession`, item), [
    413,
    'ErrorAttachmentSizeLimitExceeded',
  ])
  const small = { AttachmentItem: { ...item.AttachmentItem, size: 4_000_000 } }
  const { uploadUrl } = (await tenant.call('POST', `${path}/createUploadSession`, { body: small })).body
  assert.deepEqual(await refusal(tenant, 'POST', uploadUrl), [405, 'ErrorMethodNotAllowed'])
})

test('a folder goes neither into itself nor below a folder that does not hold it', async () => {
  const tenant = createFakeTenant()
  const make = async (path: string, displayName: string): Promise<string> =>
    (await tenant.call('POST', path, { body: { displayName } })).body.id
  const outer = await make('/me/mailFolders', 'Outer')
  const inner = await make(`/me/mailFolders/${outer}/childFolders`, 'Inner')
  for (const name of ['move', 'copy'])
    assert.deepEqual(
      await refusal(tenant, 'POST', `/me/mailFolders/${outer}/${name}`, { destinationId: inner }),
      [400, 'ErrorMoveCopyFailed'],
    )
  const elsewhere = `/me/mailFolders/archive/childFolders/${inner}/messages`
  assert.deepEqual(await refusal(tenant, 'GET', elsewhere), [404, 'ErrorFolderNotFound'])
})
