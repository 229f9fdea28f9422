// POST /adminapi/beta/{tenant}/InvokeCommand: the module's own transport. entra.md section 9. Wordings of refusals come from public reports.
import type { Context, Hono } from 'hono'
import { exchangeAdministrators, exchangeReaders } from '../../facts/exchange-roles.ts'
import { directoryRoles } from '../../facts/directory-roles.ts'
import { exchangeAppId } from '../../facts/scopes.ts'
import { type Caller, TokenFault } from '../context.ts'
import type { Cmdlets } from './cmdlets.ts'
import type { Cmdlet, ExchangeParts } from './contract.ts'
import { CmdletFailure, cmdletFailures, failureBody } from './failures.ts'

const hosts = ['https://outlook.office365.com', 'https://outlook.office.com', 'https://outlook.office365.us']
const audiences = [...hosts.flatMap((host) => [host, `${host}/`]), exchangeAppId]

interface Mount {
  /** @throws {TokenFault} */
  readCaller(request: Request, audiences: readonly string[]): Promise<Caller>
  /** Exchange of one tenant: the caller's. */
  at(tenantId: string): { invoke(c: Context, caller: Caller): Promise<Response> }
}

export function mountExchange(app: Hono, { readCaller, at }: Mount): void {
  app.post('/adminapi/beta/:tenant/InvokeCommand', async (c) => {
    try {
      const caller = await readCaller(c.req.raw, audiences)
      return await at(caller.tenantId).invoke(c, caller)
    } catch (error) {
      if (error instanceof TokenFault) return c.body(null, 401, { 'www-authenticate': 'Bearer' })
      if (!(error instanceof CmdletFailure)) throw error
      return c.json(failureBody(error), cmdletFailures[error.reason].status)
    }
  })
}

/** @throws {TokenFault} @throws {CmdletFailure} */
export async function invokeCommand(
  c: Context,
  o: { readonly parts: ExchangeParts; readonly cmdlets: Cmdlets; readonly caller: Caller },
): Promise<Response> {
  const { parts, cmdlets, caller } = o
  const mayManage =
    caller.kind === 'app'
      ? caller.roles.includes('Exchange.ManageAsApp')
      : caller.scopes.includes('Exchange.Manage')
  if (!mayManage) throw new TokenFault('audience')
  const tenant = c.req.param('tenant')!.toLowerCase()
  const { id, domains } = parts.context.tenant
  if (tenant !== id && !domains.includes(tenant))
    return forbidden(c, `The token isn't for the organization '${tenant.slice(0, 100)}'.`)
  const held = rolesOf(caller, parts)
  const mayRead = [...exchangeAdministrators, ...exchangeReaders].some((role) => held.includes(role))
  if (!mayRead) return forbidden(c, wrongRole(caller))
  const { name, given } = await readInput(c)
  const cmdlet = cmdlets.find(name)
  const mayChange = exchangeAdministrators.some((role) => held.includes(role))
  // A cmdlet outside the caller's roles does not exist for the caller.
  if (!mayChange && !isReading(cmdlet))
    throw new CmdletFailure('parameter-unknown', `The term '${cmdlet.name}' is not recognized as the name of a cmdlet, function, script file, or executable program.`) // prettier-ignore
  const origin = new URL(c.req.url).origin
  return c.json({
    '@odata.context': `${origin}/adminapi/beta/${c.req.param('tenant')}/$metadata#Collection(Exchange.GenericHashTable)`,
    'adminapi.warnings@odata.type': '#Collection(String)',
    '@adminapi.warnings': [],
    value: select(cmdlets.run(cmdlet, given), c.req.query('$select')),
  })
}

const isReading = ({ name }: Cmdlet): boolean => /^(Get|Test)-/.test(name)

function rolesOf({ kind, userId, appId }: Caller, { context, directory }: ExchangeParts): readonly string[] {
  if (kind === 'user') return context.findUser(userId!)?.roles ?? []
  const held = directory.roleHolders.templatesHeldBy(directory.principalIdOf(appId) ?? '')
  return [...directoryRoles].flatMap(([name, templateId]) => (held.includes(templateId) ? [name] : []))
}

function wrongRole({ kind, appId, userId }: Caller): string {
  return kind === 'app'
    ? `The role assigned to application ${appId} isn't supported in this scenario. Please check online documentation for assigning correct Directory Roles to Azure AD Application for EXO App-Only Authentication.`
    : `The role assigned to user '${userId}' isn't supported in this scenario.`
}

const forbidden = (c: Context, message: string): Response =>
  c.json({ error: { code: 'Forbidden', message } }, 403)

/** @throws {CmdletFailure} `argument-wrong` */
async function readInput(c: Context): Promise<{ name: string; given: Record<string, unknown> }> {
  const body = readBody(await c.req.text())
  const input = body?.CmdletInput
  const given = input?.Parameters ?? {}
  if (typeof input?.CmdletName !== 'string' || typeof given !== 'object' || Array.isArray(given))
    throw new CmdletFailure(
      'argument-wrong',
      'The request must hold CmdletInput with CmdletName and Parameters.',
    )
  return { name: input.CmdletName, given: given as Record<string, unknown> }
}

function readBody(text: string): { CmdletInput?: { CmdletName?: unknown; Parameters?: unknown } } | null {
  try {
    return JSON.parse(text) as ReturnType<typeof readBody>
  } catch {
    // Refused with whatever else holds no cmdlet.
    return null
  }
}

function select(rows: readonly object[], names: string | undefined): readonly object[] {
  if (!names) return rows
  const wanted = new Set(names.toLowerCase().split(','))
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([name]) => wanted.has(name.toLowerCase()))),
  )
}
