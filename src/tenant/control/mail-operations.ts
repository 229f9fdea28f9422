// Mail for tests: put in as if it had arrived, looked at, counted where it left.
import { operation, type Operation, streaming } from './operation.ts'
import { findUser } from './user-operations.ts'

const ada = 'ada@contoso.example'

export const mailOperations: readonly Operation[] = [
  streaming({
    id: 'importMail',
    call: 'POST /import',
    does: 'Puts messages into a mailbox as if they had arrived; each is imported once',
    query: {
      user: { type: 'string', about: 'Whose mailbox: id or user principal name.' },
      folder: { type: 'string', about: 'Path of the folder; Inbox if not given.' },
    },
    media: ['message/rfc822', 'application/mbox', 'application/octet-stream'],
    answer: 'ImportReport',
    examples: [{ query: { user: ada } }],
    async serve({ c, parts, text }) {
      const user = findUser(parts, text('user') ?? '')
      const kind = c.req.header('content-type')?.startsWith('application/mbox') ? 'mbox' : 'rfc822'
      const bytes = new Uint8Array(await c.req.arrayBuffer())
      return parts.mail.importMessages(user.id, text('folder') ?? 'Inbox', bytes, kind)
    },
  }),
  operation({
    id: 'inspectMailbox',
    call: 'GET /mailboxes/:user/messages',
    does: 'Lists one folder, hidden ones too, for proofs',
    query: { folder: { type: 'string', about: 'Path of the folder; Inbox if not given.' } },
    answer: 'InspectedMessages',
    examples: [{ path: { user: ada } }],
    serve: ({ parts, param, text }) =>
      parts.mail.inspect(findUser(parts, param('user')).id, text('folder') ?? 'Inbox') as never,
  }),
  operation({
    id: 'listOutbound',
    call: 'GET /outbound',
    does: 'Lists every copy that left the organisation',
    answer: 'OutboundMessages',
    examples: [{}],
    serve: ({ parts }) => parts.mail.outbound(),
  }),
]
