// The two calls of Azure Resource Manager that sign-in tools make: which tenants, which subscriptions. Anything else answers 501.
// Sources: Azure "Tenants - List", "Subscriptions - List"; refusals as public issues recorded them. Read 2026-11-25.
import type { Context, Hono } from 'hono'
import { findMicrosoftHost } from '../../facts/microsoft-hosts.ts'
import { managementAppId, microsoftResources } from '../../facts/resources.ts'
import { type Caller, type TenantClock, TokenFault } from '../context.ts'
import type { TenantViews } from '../tenant-views.ts'

interface Mount {
  readonly views: TenantViews
  readonly clock: TenantClock
  /** @throws {TokenFault} */
  readCaller(request: Request, audiences: readonly string[]): Promise<Caller>
}

const { uris } = microsoftResources.find((one) => one.appId === managementAppId)!
const bothForms = (uri: string): string[] => [`${uri}/`, uri]

/** Those of the cloud whose host was asked; our own origins stand for every tenant's. */
function audiencesAt(url: URL): string[] {
  const cloud = findMicrosoftHost(url.hostname)?.cloud
  const own = cloud === 'global' || cloud === 'gcc-high' ? uris[cloud] : Object.values(uris).flat()
  return [...own.toReversed().flatMap(bothForms), managementAppId]
}

export function mountManagement(app: Hono, o: Mount): void {
  app.get('/tenants', (c) => serve(c, o, (caller) => c.json({ value: tenantsOf(caller, o.views) })))
  // There is no subscription in a local tenant: Azure itself is not modelled.
  app.get('/subscriptions', (c) =>
    serve(c, o, () => c.json({ value: [], count: { type: 'Total', value: 0 } })),
  )
}

async function serve(c: Context, o: Mount, answer: (caller: Caller) => Response): Promise<Response> {
  try {
    const caller = await o.readCaller(c.req.raw, audiencesAt(new URL(c.req.url)))
    const version = c.req.query('api-version')
    if (!version)
      return refuse(c, 400, {
        code: 'MissingApiVersionParameter',
        message: 'The api-version query parameter (?api-version=) is required for all requests.',
      })
    if (!/^\d{4}-\d\d-\d\d(-preview)?$/.test(version))
      return refuse(c, 400, {
        code: 'InvalidApiVersionParameter',
        message: `The api-version '${version.slice(0, 40)}' is invalid.`,
      })
    return answer(caller)
  } catch (error) {
    if (!(error instanceof TokenFault)) throw error
    return refuse(c, 401, faultOf(error, o))
  }
}

interface Refusal {
  readonly code: string
  readonly message: string
}

function refuse(c: Context, status: 400 | 401, error: Refusal): Response {
  const challenge = `Bearer authorization_uri="https://login.windows.net/common", error="invalid_token", error_description="${error.message}"`
  return c.json({ error }, status, status === 401 ? { 'www-authenticate': challenge } : {})
}

function faultOf({ reason, detail }: TokenFault, { clock }: Mount): Refusal {
  const at = (ms: number): string => new Date(ms).toISOString().slice(0, 19)
  switch (reason) {
    case 'missing':
      return {
        code: 'AuthenticationFailed',
        message: "Authentication failed. The 'Authorization' header is missing.",
      }
    case 'audience':
      return {
        code: 'InvalidAuthenticationTokenAudience',
        message: `The access token has been obtained for wrong audience or resource '${detail}'. It should exactly match with one of the allowed audiences ${uris.global
          .toReversed()
          .flatMap(bothForms)
          .map((uri) => `'${uri}'`)
          .join(',')}.`,
      }
    case 'expired':
      return {
        code: 'ExpiredAuthenticationToken',
        message: `The access token expiry UTC time '${at(Number(detail) * 1_000)}' is earlier than current UTC time '${at(clock.nowMs())}'.`,
      }
    case 'malformed':
      return { code: 'InvalidAuthenticationToken', message: 'The access token is invalid.' }
  }
}

/** Where a person is at home or a guest, the tenant of the token first; an application is at home in the token's. */
function tenantsOf({ kind, userId, tenantId }: Caller, { registry, people }: TenantViews): object[] {
  const person = kind === 'user' ? people.find(userId!) : undefined
  const homeId = person?.homeId ?? person?.id
  const own = people.all().filter((one) => homeId !== undefined && (one.homeId ?? one.id) === homeId)
  const ids = new Set([tenantId, ...own.map((one) => one.tenantId)])
  return [...ids].flatMap((id) => {
    const one = registry.get(id)
    if (!one) return []
    const isHome = kind === 'app' || own.some((each) => each.tenantId === id && each.homeId === null)
    return [
      {
        id: `/tenants/${id}`,
        tenantId: id,
        displayName: one.displayName,
        domains: one.domains,
        defaultDomain: one.domains[0],
        countryCode: 'US',
        tenantCategory: isHome ? 'Home' : 'ProjectedBy',
        tenantType: 'AAD',
      },
    ]
  })
}
