// The flow that is killed: every kind of effect once, on every unread message of the Inbox.
import { defineFlow } from '../../src/flow/index.ts'

export default defineFlow({
  name: 'chaos',
  mailbox: 'invoice.bot@contoso.example',
  signInAs: 'invoice.bot@contoso.example',
  where: { folder: 'Inbox', unread: true },
  async each(message, step) {
    await step.saveAttachments('save', { to: 'saved' })
    await step.reply('thanks', { text: `Received: ${message.subject}` })
    await step.categorise('mark', ['Booked'])
    await step.move('file', 'Inbox/Booked')
  },
  onFailure: { attempts: 4 },
})
