import { connect } from '../connect.ts'
import type { Invocation } from '../invocation.ts'
import { oneLine } from '../strip-escapes.ts'
import type { EmailAddress } from '../../mail/index.ts'

export async function run(invocation: Invocation<{ headers?: boolean; mailbox?: string }>): Promise<void> {
  const { flags, output, signal } = invocation
  const connection = await connect(invocation)
  try {
    const mailbox = await connection.openMailbox(flags.mailbox)
    const id = invocation.args[0]!
    const message = await mailbox.getMessage(id, { body: 'text', headers: flags.headers === true, signal })
    const attachments = message.hasAttachments ? await mailbox.listAttachments(id, { signal }) : []
    output.record({ ...message, attachments })
    const line = (name: string, value: string): void => {
      if (value !== '') output.say(`${output.bold(name.padEnd(9))} ${oneLine(value)}`)
    }
    line('From', people(message.from ? [message.from] : []))
    line('To', people(message.toRecipients))
    line('Cc', people(message.ccRecipients))
    line('Date', message.receivedDateTime)
    line('Subject', message.subject)
    line('Category', message.categories.join(', '))
    for (const one of attachments)
      line('Attached', `${one.name} (${one.contentType}, ${one.sizeBytes} bytes)`)
    for (const header of message.internetMessageHeaders ?? []) line(header.name, header.value)
    output.say('')
    output.say(message.body?.content ?? message.bodyPreview)
  } finally {
    connection.close()
  }
}

function people(list: readonly EmailAddress[]): string {
  return list
    .map((one) => (one.name && one.name !== one.address ? `${one.name} <${one.address}>` : one.address))
    .join(', ')
}
