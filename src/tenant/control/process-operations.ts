// The process itself.
import { operation, type Operation } from './operation.ts'
import { clockOf } from './simulation-operations.ts'

export const processOperations: readonly Operation[] = [
  operation({
    id: 'getStatus',
    call: 'GET /status',
    does: 'Says where the tenant is, and how it is set',
    answer: 'Status',
    examples: [{}],
    serve: ({ c, parts }) => ({
      origin: new URL(c.req.url).origin,
      tenantId: parts.context.tenantId,
      pid: process.pid,
      dataDir: parts.dataDir,
      clock: clockOf(parts),
      users: parts.users.all().length,
      faults: parts.faults.list().length,
      settings: parts.context.settings.get(),
    }),
  }),
  operation({
    id: 'shutDown',
    call: 'POST /shutdown',
    does: 'Ends the process once this is answered; its data stays',
    ownerOnly: true,
    answer: 'Done',
    status: 202,
    examples: [{}],
    serve({ parts }) {
      setImmediate(() => parts.onShutdown())
      return { ok: true as const }
    },
  }),
]
