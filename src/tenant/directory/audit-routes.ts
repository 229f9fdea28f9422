// /auditLogs: sign-ins and directory changes. entra.md section 11; Graph "List signIns", "List directoryAudits".
import { GraphFailure } from '../context.ts'
import { type Call, type DirectoryParts, type Route } from './contract.ts'
import { notFound } from './objects.ts'
import { answerCollection, answerItem } from './odata.ts'

const readers = [
  'Global Reader',
  'Reports Reader',
  'Security Administrator',
  'Security Operator',
  'Security Reader',
]
const need = { roles: readers }
/** The known issue on "List signIns": both permissions are asked for. */
const signInNeed = { ...need, also: ['Directory.Read.All', 'Directory.ReadWrite.All'] }

export function auditRoutes({ context, directory }: DirectoryParts): readonly Route[] {
  const { audit } = directory
  // v1.0 lists what people did interactively; the rest is asked for by $filter=signInEventTypes in beta alone.
  const signIns = (call: Call) => {
    if (!context.settings.get().entraPremium) throw notPremium()
    const rows = audit.signIns()
    const isBeta = call.c.req.path.startsWith('/beta')
    const asksForOthers = isBeta && /signInEventTypes/i.test(call.c.req.query('$filter') ?? '')
    const shown = asksForOthers ? rows : rows.filter((one) => one['isInteractive'] === true)
    return isBeta ? shown.map((one) => ({ ...one, signInEventTypes: [eventType(one)] })) : shown
  }
  return [
    {
      call: 'GET /auditLogs/signIns',
      need: signInNeed,
      fact: 'entra.md 11',
      serve: (call) => answerCollection(call.c, 'auditLogs/signIns', signIns(call), { page: 1_000 }),
    },
    {
      call: 'GET /auditLogs/signIns/:id',
      need: signInNeed,
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

function eventType({ isInteractive, userId }: Record<string, unknown>): string {
  if (isInteractive === true) return 'interactiveUser'
  return userId === null ? 'servicePrincipal' : 'nonInteractiveUser'
}

/** Graph "Known issues", sign-in log of a tenant without P1. */
const notPremium = (): GraphFailure =>
  new GraphFailure(
    403,
    'Authentication_RequestFromNonPremiumTenantOrB2CTenant',
    "Neither tenant is B2C or tenant doesn't have premium license",
  )

function pick(rows: readonly Record<string, unknown>[], id: string): object {
  const found = rows.find((row) => row['id'] === id)
  if (!found) throw notFound(id)
  return found
}
