// /auditLogs: sign-ins and directory changes. entra.md section 11; Graph "List signIns", "List directoryAudits".
import { denied, type Call, type DirectoryParts, type Route } from './contract.ts'
import { notFound } from './objects.ts'
import { answerCollection, answerItem } from './odata.ts'

const readers = [
  'Global Reader',
  'Reports Reader',
  'Security Administrator',
  'Security Operator',
  'Security Reader',
]
const need = { delegated: ['AuditLog.Read.All'], roles: readers }

export function auditRoutes({ directory }: DirectoryParts): readonly Route[] {
  const { audit } = directory
  // v1.0 lists what people did interactively; the rest is asked for by $filter=signInEventTypes in beta alone.
  const signIns = (call: Call) => {
    needsDirectoryRead(call)
    return audit.signIns().filter((one) => one['isInteractive'] === true)
  }
  return [
    {
      call: 'GET /auditLogs/signIns',
      need,
      fact: 'entra.md 11',
      serve: (call) => answerCollection(call.c, 'auditLogs/signIns', signIns(call), { page: 1_000 }),
    },
    {
      call: 'GET /auditLogs/signIns/:id',
      need,
      fact: 'entra.md 11',
      serve: (call) => answerItem(call.c, 'auditLogs/signIns', pick(signIns(call), call.param('id'))),
    },
    {
      call: 'GET /auditLogs/directoryAudits',
      need,
      fact: 'Graph "List directoryAudits"',
      serve: ({ c }) =>
        answerCollection(c, 'auditLogs/directoryAudits', audit.directoryAudits(), { page: 1_000 }),
    },
    {
      call: 'GET /auditLogs/directoryAudits/:id',
      need,
      fact: 'Graph "Get directoryAudit"',
      serve: (call) =>
        answerItem(call.c, 'auditLogs/directoryAudits', pick(audit.directoryAudits(), call.param('id'))),
    },
  ]
}

/** The known issue on "List signIns": both permissions are asked for. */
function needsDirectoryRead({ caller }: Call): void {
  const held = [...caller.scopes, ...caller.roles]
  if (!held.some((one) => /^Directory\.Read(Write)?\.All$/.test(one))) throw denied()
}

function pick(rows: readonly Record<string, unknown>[], id: string): object {
  const found = rows.find((row) => row['id'] === id)
  if (!found) throw notFound(id)
  return found
}
