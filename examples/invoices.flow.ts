// Basic plus effects: saves invoices, answers their senders, files them. What must not be answered is skipped, with a reason.
import { defineFlow } from 'letterlock'

export default defineFlow({
  name: 'invoices', // its identity: what it handled stays handled, whatever is edited below
  mailbox: 'invoice.bot@contoso.example',
  signInAs: 'invoice.bot@contoso.example',
  where: { folder: 'Inbox', unread: true },
  async each(message, step) {
    const files = await step.saveAttachments('save', { to: 'invoices', only: '*.pdf' })
    if (files.length === 0) return step.skip('no PDF attached')
    const booking = await step.run('book', ({ key }) => ({ number: `B-${key.slice(0, 8).toUpperCase()}` }))
    await step.reply('thanks', { text: `Booked as ${booking.number}. Thank you.` })
    await step.categorise('mark', 'Booked')
    await step.move('file', 'Inbox/Booked')
  },
  onFailure: { attempts: 4, move: 'Inbox/Needs a person' },
})
