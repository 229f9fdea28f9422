import { mailLimits } from '../facts/limits.ts'
import { callOf, messagePath, type MailboxAccess } from './access.ts'
import type { AttachmentInfo, CallOptions, NewAttachment } from './contract.ts'
import { MailError } from './mail-error.ts'

export async function listAttachments(
  access: MailboxAccess,
  id: string,
  o: CallOptions,
): Promise<AttachmentInfo[]> {
  const query = { $select: 'id,name,contentType,size,isInline' }
  const found: AttachmentInfo[] = []
  for await (const page of access.graph.pages(`${messagePath(access, id)}/attachments`, {
    ...callOf(o),
    query,
  })) {
    found.push(...page.map(readAttachment))
  }
  return found
}

export async function downloadAttachment(
  access: MailboxAccess,
  id: string,
  attachmentId: string,
  o: CallOptions,
): Promise<Uint8Array> {
  const path = `${messagePath(access, id)}/attachments/${encodeURIComponent(attachmentId)}/$value`
  return (await access.graph.request<Uint8Array>('GET', path, { ...callOf(o), bytes: true })).body
}

export async function uploadAttachment(
  access: MailboxAccess,
  draftId: string,
  attachment: NewAttachment,
  o: CallOptions,
): Promise<void> {
  const path = `${messagePath(access, draftId)}/attachments`
  const { bytes, ...about } = attachment
  if (bytes.length > mailLimits.attachmentMaxBytes) {
    throw new MailError(
      'mail/attachment-too-large',
      `${bytes.length} bytes are more than an attachment may have`,
    )
  }
  if (bytes.length >= mailLimits.uploadSessionFromBytes) return uploadInRanges(access, path, attachment, o)
  await access.graph.request('POST', path, {
    ...callOf(o),
    body: {
      '@odata.type': '#microsoft.graph.fileAttachment',
      ...about,
      contentBytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'),
    },
    cost: { uploadBytes: Math.ceil((bytes.length * 4) / 3) },
  })
}

/** Ranges go in order; each may be repeated, since the server says which byte it wants next. */
async function uploadInRanges(
  access: MailboxAccess,
  path: string,
  attachment: NewAttachment,
  o: CallOptions,
): Promise<void> {
  const { bytes, ...about } = attachment
  const session = await access.graph.request<{ uploadUrl?: unknown } | undefined>(
    'POST',
    `${path}/createUploadSession`,
    {
      ...callOf(o),
      body: { AttachmentItem: { attachmentType: 'file', ...about, size: bytes.length } },
      // A session left over holds nothing and runs out by itself.
      repeat: 'safe',
    },
  )
  const uploadUrl = session.body?.uploadUrl
  if (typeof uploadUrl !== 'string')
    throw new MailError('mail/reply-malformed', 'Graph sent an upload session without address')
  for (let from = 0; from < bytes.length;) {
    const range = {
      bytes: bytes.subarray(from, from + mailLimits.uploadChunkBytes),
      from,
      total: bytes.length,
    }
    const reply = await access.graph.upload(uploadUrl, range, o)
    if (reply.status === 201) return
    const next = nextExpected(reply.body)
    if (next === undefined || next <= from) {
      throw new MailError('mail/upload-lost', 'The upload session did not go on', {
        requestId: reply.requestId,
      })
    }
    from = next
  }
  throw new MailError('mail/upload-lost', 'The upload session never confirmed the attachment')
}

function nextExpected(body: unknown): number | undefined {
  const json = (body ?? {}) as { nextExpectedRanges?: unknown; NextExpectedRanges?: unknown }
  const ranges = json.nextExpectedRanges ?? json.NextExpectedRanges
  const first = Array.isArray(ranges) ? Number.parseInt(String(ranges[0]), 10) : Number.NaN
  return Number.isNaN(first) ? undefined : first
}

function readAttachment(json: unknown): AttachmentInfo {
  const row = json as Record<string, unknown>
  if (typeof row['id'] !== 'string')
    throw new MailError('mail/reply-malformed', 'Graph sent an attachment without an id')
  const kind = /itemAttachment$/i.test(String(row['@odata.type']))
    ? 'item'
    : /referenceAttachment$/i.test(String(row['@odata.type']))
      ? 'reference'
      : 'file'
  return {
    id: row['id'],
    kind,
    name: String(row['name'] ?? ''),
    contentType: String(row['contentType'] ?? 'application/octet-stream'),
    sizeBytes: Number(row['size'] ?? 0),
    isInline: row['isInline'] === true,
  }
}
