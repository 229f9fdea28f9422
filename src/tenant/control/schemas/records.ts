// What happened: sessions, logs, mail.
import * as v from 'valibot'
import { about, count, text } from './words.ts'

const sequence = about(count, 'Hand it back as `after` to read on.')
const id = about(text, 'Names it; it is no secret and opens nothing.')

export const Session = v.variant('kind', [
  v.strictObject({
    kind: v.literal('browser'),
    id,
    user: text,
    signedInAt: text,
    secondFactorAt: v.nullable(v.string()),
    persistent: v.boolean(),
    usedAt: text,
  }),
  v.strictObject({
    kind: v.literal('refresh-token'),
    id,
    user: text,
    clientId: text,
    application: v.nullable(v.string()),
    scope: v.string(),
    issuedAt: text,
  }),
])

export const SignIn = v.looseObject({
  sequence,
  id: text,
  createdDateTime: text,
  appId: v.string(),
  status: v.looseObject({ errorCode: v.number() }),
})

export const DirectoryAudit = v.looseObject({
  sequence,
  id: text,
  activityDateTime: text,
  activityDisplayName: text,
})

export const LoggedRequest = v.strictObject({
  sequence,
  atMs: v.number(),
  method: text,
  path: v.string(),
  status: count,
  elapsedMs: count,
  correlationId: v.nullable(v.string()),
})

export const ImportReport = v.strictObject({
  imported: count,
  duplicates: count,
  failed: v.array(v.strictObject({ index: count, why: v.string() })),
  ids: v.array(text),
})

export const InspectedMessage = v.looseObject({ id: text, subject: v.nullable(v.string()) })

export const OutboundMessage = v.strictObject({
  from: v.string(),
  to: v.string(),
  subject: v.nullable(v.string()),
  internetMessageId: v.string(),
  inReplyTo: v.nullable(v.string()),
  acceptedAt: text,
  keyHeader: v.optional(v.string()),
})
