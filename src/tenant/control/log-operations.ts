// Three logs that can be read on from where one was, and followed: requests, sign-ins, changes of the directory.
import { type ControlCall, operation, type Operation, streaming } from './operation.ts'
import { followTail, liveQuery, readTail, type ReadAfter, type Row, tailQuery } from './tail.ts'

const requests = ({ parts }: ControlCall) => parts.log.after
const audit =
  (log: 'signIns' | 'directoryAudits') =>
  ({ parts }: ControlCall): ReadAfter<Row & Record<string, unknown>> =>
  (after, limit) =>
    parts.directory.audit.after(log, after, limit)

const page = { query: tailQuery, examples: [{}, { query: { after: '0', limit: '10' } }] }
const live = { query: liveQuery, examples: [{ query: { after: '0', forMs: '1' } }] }
const media = 'application/x-ndjson'

export const logOperations: readonly Operation[] = [
  operation({
    id: 'listRequests',
    call: 'GET /log',
    does: 'Lists the last 200 answered requests, without queries, bodies and tokens',
    ...page,
    answer: 'LoggedRequests',
    serve: (call) => readTail(call, requests(call)),
  }),
  streaming({
    id: 'followRequests',
    call: 'GET /log/live',
    does: 'Sends each request as it is answered, one JSON object a line',
    ...live,
    answer: { media, line: 'LoggedRequest' },
    serve: (call) => followTail(call, requests(call)),
  }),
  operation({
    id: 'listSignIns',
    call: 'GET /sign-ins',
    does: 'Lists sign-ins, in Graph’s shape, with a sequence',
    ...page,
    answer: 'SignIns',
    serve: (call) => readTail(call, audit('signIns')(call)) as never,
  }),
  streaming({
    id: 'followSignIns',
    call: 'GET /sign-ins/live',
    does: 'Sends each sign-in as it happens, one JSON object a line',
    ...live,
    answer: { media, line: 'SignIn' },
    serve: (call) => followTail(call, audit('signIns')(call)),
  }),
  operation({
    id: 'listDirectoryAudits',
    call: 'GET /audits',
    does: 'Lists changes of the directory, in Graph’s shape, with a sequence',
    ...page,
    answer: 'DirectoryAudits',
    serve: (call) => readTail(call, audit('directoryAudits')(call)) as never,
  }),
  streaming({
    id: 'followDirectoryAudits',
    call: 'GET /audits/live',
    does: 'Sends each change of the directory as it happens, one JSON object a line',
    ...live,
    answer: { media, line: 'DirectoryAudit' },
    serve: (call) => followTail(call, audit('directoryAudits')(call)),
  }),
]
