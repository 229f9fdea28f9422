// Marks what has arrived, once for ever. Run: letterlock run examples/basic.flow.ts
import { defineFlow } from 'letterlock'

export default defineFlow({
  name: 'basic',
  mailbox: 'me',
  where: { folder: 'Inbox', unread: true },
  async each(message, step) {
    await step.categorise('mark', message.hasAttachments ? 'With files' : 'Seen')
  },
})
