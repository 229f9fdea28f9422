// A tenant belongs to one cloud. What is asked of it under the authority of another one. entra.md sections 1.1 and 6.
// Sources: public reports of AADSTS90038, 900382 and, for an assertion, 700023 at another cloud's authority; tools that read the
// metadata of GCC High tenants at the global authority. Unverified: which refusal wins where several fit; `organizations` there.
import type { Context, Hono, MiddlewareHandler } from 'hono'
import { type EntraCloud, entraClouds } from '../../facts/entra-clouds.ts'
import { findMicrosoftHost } from '../../facts/microsoft-hosts.ts'
import { readCredentials } from './client-authentication.ts'
import { EntraFailure, failureIds, PageFailure } from './failure.ts'
import type { SharedParts } from './identity.ts'
import { errorPage, pageHeaders } from './pages.ts'
import { partsBefore } from './tenant-of-request.ts'
import { answerJson, readForm } from './token-answer.ts'

/** The origin that the documents of a tenant name: its own cloud's authority, whichever was asked. */
export function homeOrigin(url: URL, own: EntraCloud): string {
  return isWrongCloud(url, own) ? own.authority : url.origin
}

/** True under an authority of Microsoft's that is not of this cloud; our own origins stand for the tenant's own. */
function isWrongCloud(url: URL, own: EntraCloud): boolean {
  const known = findMicrosoftHost(url.hostname)
  return known?.role === 'authority' && known.cloud !== own.name
}

const bothVersions = (name: string): string[] => [`/:tenant/oauth2/v2.0/${name}`, `/:tenant/oauth2/${name}`]

/** Mount it before the endpoints. Documents, discovery and the look-up of errors pass. */
export function mountWrongCloud(app: Hono, shared: SharedParts): void {
  const lead: MiddlewareHandler = async (c, next) => {
    const asked = await readAsked(c, shared)
    return asked ? leadHome(c, asked, shared) : next()
  }
  app.on(['GET', 'POST'], bothVersions('authorize'), lead)
  app.on('GET', ['/:tenant/adminconsent', '/:tenant/v2.0/adminconsent'], lead)
  app.post('/:tenant/oauth2/*', async (c, next) => {
    if (!/\/(token|devicecode)$/.test(c.req.path)) return next()
    const asked = await readAsked(c, shared)
    return asked ? answerJson(c, shared, () => refuse(c, asked)) : next()
  })
}

interface Asked {
  readonly own: EntraCloud
  /** By GUID or domain; `common` and `organizations` name nobody. */
  readonly isNamed: boolean
  readonly clientId: string
}

/** Undefined when the cloud is right, and when there is no such tenant: the endpoint itself says so. */
async function readAsked(c: Context, shared: SharedParts): Promise<Asked | undefined> {
  const url = new URL(c.req.url)
  if (findMicrosoftHost(url.hostname)?.role !== 'authority') return undefined
  const given = c.req.method === 'POST' ? new URLSearchParams(await c.req.text()) : url.searchParams
  const clientId = given.get('client_id') ?? ''
  try {
    const tenant = shared.checkTenant(c.req.param('tenant') ?? '')
    const named = shared.registry.get(tenant)
    const own = named
      ? entraClouds[named.cloud]
      : partsBefore(shared, { tenant, client_id: clientId }).directory.cloud
    return isWrongCloud(url, own) ? { own, isNamed: named !== undefined, clientId } : undefined
  } catch (error) {
    if (error instanceof PageFailure) return undefined
    throw error
  }
}

/** The person signs in at the tenant's own cloud. */
function leadHome(c: Context, { own, isNamed, clientId }: Asked, shared: SharedParts): Response {
  const { pathname, search } = new URL(c.req.url)
  if (isNamed) return c.redirect(`${own.authority}${pathname}${search}`, c.req.method === 'POST' ? 307 : 302)
  const { code, message } = notThere(clientId)
  const ids = failureIds(shared.clock.nowMs(), c.req.query('client-request-id'))
  return c.body(String(errorPage({ code, message, ids })), 200, pageHeaders())
}

/** @throws {EntraFailure} 50059, 700023, 90038, 900382 @throws {PageFailure} 700016 */
async function refuse(c: Context, { own, isNamed, clientId }: Asked): Promise<object> {
  const form = await readForm(c)
  const isDevice = c.req.path.endsWith('/devicecode')
  if (!isNamed && !isDevice) throw notThere(clientId)
  if (!isNamed)
    throw invalidRequest(
      50059,
      'No tenant-identifying information found in either the request or implied by any provided credentials.',
    )
  const proof = isDevice ? undefined : readCredentials(form, c.req.header('authorization'))
  if (proof?.assertion !== undefined)
    throw new EntraFailure(700023, 'Client assertion audience claim does not match Realm issuer.', {
      error: 'invalid_client',
      status: 401,
    })
  const asked = findMicrosoftHost(new URL(c.req.url).hostname)?.cloud
  if (proof?.secret !== undefined && asked === entraClouds.global.name)
    throw invalidRequest(900382, 'Confidential Client is not supported in Cross Cloud request.')
  throw invalidRequest(
    90038,
    `Tenant '${c.req.param('tenant')}' request is being redirected to the National Cloud '${own.nationalName}'.`,
  )
}

const invalidRequest = (code: number, message: string): EntraFailure =>
  new EntraFailure(code, message, { error: 'invalid_request' })

/** A registration does not cross clouds: there is no such application there. */
const notThere = (clientId: string): PageFailure =>
  new PageFailure(
    700016,
    `Application with identifier '${clientId}' was not found in the directory. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`,
  )
