import { connect } from '../connect.ts'
import { parseMoment } from '../duration.ts'
import type { Invocation } from '../invocation.ts'
import { fit } from '../output.ts'

export interface MailListFlags {
  readonly folder?: string
  readonly top?: number
  readonly unread?: boolean
  readonly since?: string
  readonly mailbox?: string
}

export async function run(invocation: Invocation<MailListFlags>): Promise<void> {
  const { flags, output, signal } = invocation
  const since = flags.since === undefined ? undefined : parseMoment(flags.since, Date.now())
  const connection = await connect(invocation)
  try {
    const mailbox = await connection.openMailbox(flags.mailbox)
    const filter = { ...(flags.unread && { unread: true }), ...(since && { since }) }
    let count = 0
    const top = flags.top ?? 25
    for await (const message of mailbox.listMessages({
      folder: flags.folder ?? 'inbox',
      filter,
      top,
      pageSize: Math.min(top, 100),
      signal,
    })) {
      count++
      output.record(message)
      const mark = message.isRead ? ' ' : '*'
      const clip = message.hasAttachments ? '+' : ' '
      const from = message.from?.address ?? ''
      const at = message.receivedDateTime.slice(0, 16).replace('T', ' ')
      output.say(
        `${mark}${clip} ${at}  ${fit(from, 30)} ${fit(message.subject, 48)}  ${output.dim(message.id)}`,
      )
    }
    if (count === 0) output.note(`no messages in ${flags.folder ?? 'Inbox'} of ${connection.username}`)
  } finally {
    connection.close()
  }
}
