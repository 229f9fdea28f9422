import type { AuthorizationServer } from 'oauth4webapi'
import type { Cloud } from '../facts/clouds.ts'
import { checkSecureOrigin } from './account.ts'
import { plainText, readServerRefusal, unavailable, unreachable } from './server-reply.ts'
import { SignInError } from './signin-error.ts'
import { isTenantId } from './tenant-id.ts'

export interface Discovery {
  readonly server: AuthorizationServer
  /** The tenant's GUID; absent for `common` and `organizations`, whose issuer is a template. */
  readonly tenantId?: string
}

export interface DiscoveryOptions {
  readonly fetch?: typeof fetch
  readonly signal?: AbortSignal
  /** Whole request, milliseconds. Default 15_000. */
  readonly timeoutMs?: number
}

const issuerTemplate = '{tenantid}'

/**
 * Reads the tenant's metadata. Sends one GET; keeps nothing.
 * The issuer and all endpoints must be at the authority asked: a document cannot send a code elsewhere.
 *
 * @throws {SignInError} `signin/tenant-not-found`, `signin/issuer-mismatch`, `signin/reply-malformed`, `signin/unreachable`, `signin/unavailable`, `signin/insecure-url`
 * @example
 * const { server, tenantId } = await fetchDiscovery(clouds.global, 'contoso.example')
 * @see OpenID Connect Discovery 1.0 section 4
 */
export async function fetchDiscovery(
  cloud: Cloud,
  tenant: string,
  options: DiscoveryOptions = {},
): Promise<Discovery> {
  checkSecureOrigin(cloud.authority)
  const url = `${cloud.authority}/${encodeURIComponent(tenant)}/v2.0/.well-known/openid-configuration`
  const limit = AbortSignal.timeout(options.timeoutMs ?? 15_000)
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit
  let response: Response
  let text: string
  try {
    response = await (options.fetch ?? fetch)(url, {
      headers: { accept: 'application/json' },
      redirect: 'manual',
      signal,
    })
    text = await response.text()
  } catch (cause) {
    throw unreachable(cause, cloud.authority)
  }
  if (response.status === 429 || response.status >= 500) throw unavailable(response)
  const body = parseObject(text)
  if (response.status !== 200) throw tenantNotFound(tenant, response.status, body)
  return readDiscovery(body, cloud, tenant)
}

function tenantNotFound(tenant: string, status: number, body: Record<string, unknown>): SignInError {
  const refusal = readServerRefusal(body, status)
  const said = refusal.text === '' ? `it answered ${status}` : refusal.text
  return new SignInError(
    'signin/tenant-not-found',
    `the server does not know the tenant "${plainText(tenant)}": ${said}`,
    {
      ...refusal.details,
      recovery: 'fix-configuration',
      fix: 'Check the tenant name or ID, and that it is in this cloud.',
    },
  )
}

function readDiscovery(body: Record<string, unknown>, cloud: Cloud, tenant: string): Discovery {
  const at = new URL(cloud.authority).origin
  const issuer = typeof body.issuer === 'string' ? body.issuer : ''
  const match = issuer.startsWith(`${at}/`) ? /^([^/]+)\/v2\.0$/.exec(issuer.slice(at.length + 1)) : null
  const segment = match?.[1] ?? ''
  const isTemplate = segment === issuerTemplate
  if (!isTemplate && !isTenantId(segment)) {
    throw new SignInError(
      'signin/issuer-mismatch',
      `the metadata names another issuer: ${plainText(issuer) || 'none'}`,
    )
  }
  if (isTenantId(tenant) && segment.toLowerCase() !== tenant.toLowerCase()) {
    throw new SignInError(
      'signin/issuer-mismatch',
      `asked for tenant ${tenant}, but the metadata is for ${plainText(segment)}`,
    )
  }
  for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri']) {
    const endpoint = body[name]
    if (typeof endpoint !== 'string' || !URL.canParse(endpoint) || new URL(endpoint).origin !== at) {
      throw new SignInError('signin/reply-malformed', `the metadata's ${name} is not at ${at}`)
    }
  }
  for (const name of ['device_authorization_endpoint', 'revocation_endpoint', 'end_session_endpoint']) {
    const endpoint = body[name]
    if (endpoint !== undefined && (typeof endpoint !== 'string' || URL.parse(endpoint)?.origin !== at)) {
      throw new SignInError('signin/reply-malformed', `the metadata's ${name} is not at ${at}`)
    }
  }
  const server = { ...body, issuer } as AuthorizationServer
  return isTemplate ? { server } : { server, tenantId: segment.toLowerCase() }
}

/** The server with the template `{tenantid}` filled in, as an ID token names it. Its issuer is checked afterwards. */
export function withTenant(server: AuthorizationServer, tenantId: string): AuthorizationServer {
  return { ...server, issuer: server.issuer.replace(issuerTemplate, tenantId) }
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch {
    // not JSON: judged below as an empty document
  }
  return {}
}
