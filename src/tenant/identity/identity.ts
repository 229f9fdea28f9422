// Joins the identity platform: what its endpoints share, discovery, keys. entra.md section 1.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Context, Hono } from 'hono'
import type { TenantClock, TenantSettings } from '../context.ts'
import type { Directory } from '../directory/objects.ts'
import { domains, organisationName, type Users } from '../directory/users.ts'
import type { Store } from '../store/open-store.ts'
import { mountAuthorize } from './authorize.ts'
import { type BrowserSessions, openBrowserSessions } from './browser-session.ts'
import { EntraFailure, errorBody, failureIds, PageFailure } from './failure.ts'
import type { SigningKey } from './keys.ts'
import { mountTokenEndpoint } from './token-endpoint.ts'
import { openTokens, type Tokens } from './tokens.ts'

export interface IdentityParts {
  readonly directory: Directory
  readonly users: Users
  readonly tokens: Tokens
  readonly sessions: BrowserSessions
  readonly clock: TenantClock
  readonly settings: { get(): TenantSettings }
  readonly organisationName: string
  readonly tenantId: string
  transaction<T>(work: () => T): T
  /** The name in the path, when it is this tenant's. @throws {PageFailure} 90002, 900023 */
  checkTenant(name: string): string
  /** The origin the client asked, such as `http://localhost:4365`. */
  originOf(c: Context): string
  samePassword(given: string, kept: string): boolean
}

export interface IdentityOptions {
  readonly directory: Directory
  readonly users: Users
  readonly clock: TenantClock
  readonly settings: { get(): TenantSettings }
  readonly key: SigningKey
  readonly tenantId: string
}

export function mountIdentity(app: Hono, store: Store, o: IdentityOptions): void {
  const aliases = new Set([o.tenantId, ...domains, 'common', 'organizations'])
  const parts: IdentityParts = {
    ...o,
    organisationName,
    tokens: openTokens(store, o),
    sessions: openBrowserSessions(store, o.clock),
    transaction: store.transaction,
    checkTenant(name) {
      if (aliases.has(name.toLowerCase())) return name
      if (!/^[0-9a-f-]{36}$|^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(name))
        throw new PageFailure(
          900023,
          `Specified tenant identifier '${name}' is neither a valid DNS name, nor a valid external domain.`,
        )
      throw new PageFailure(
        90002,
        `Tenant '${name}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`,
      )
    },
    originOf: (c) => new URL(c.req.url).origin,
    samePassword: (given, kept) => kept !== '' && timingSafeEqual(sha256(given), sha256(kept)),
  }
  mountDiscovery(app, parts, o.key)
  mountAuthorize(app, parts)
  mountTokenEndpoint(app, parts)
}

function mountDiscovery(app: Hono, parts: IdentityParts, key: SigningKey): void {
  app.get('/:tenant/v2.0/.well-known/openid-configuration', (c) => {
    const origin = parts.originOf(c)
    let tenant: string
    try {
      tenant = parts.checkTenant(c.req.param('tenant'))
    } catch (error) {
      if (!(error instanceof PageFailure)) throw error
      const failure = new EntraFailure(error.code, error.message, {
        error: error.code === 90002 ? 'invalid_tenant' : 'invalid_request',
      })
      return c.json(errorBody(failure, failureIds(parts.clock.nowMs(), undefined), origin), 400)
    }
    const alias = ['common', 'organizations'].includes(tenant.toLowerCase())
    const base = `${origin}/${alias ? tenant : parts.tenantId}`
    return c.json({
      token_endpoint: `${base}/oauth2/v2.0/token`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
      jwks_uri: `${base}/discovery/v2.0/keys`,
      response_modes_supported: ['query', 'fragment', 'form_post'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
      response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
      issuer: `${origin}/${alias ? '{tenantid}' : parts.tenantId}/v2.0`,
      request_uri_parameter_supported: false,
      userinfo_endpoint: `${origin}/oidc/userinfo`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
      http_logout_supported: true,
      frontchannel_logout_supported: true,
      end_session_endpoint: `${base}/oauth2/v2.0/logout`,
      claims_supported: [
        'sub',
        'iss',
        'cloud_instance_name',
        'cloud_instance_host_name',
        'cloud_graph_host_name',
        'msgraph_host',
        'aud',
        'exp',
        'iat',
        'auth_time',
        'acr',
        'nonce',
        'preferred_username',
        'name',
        'tid',
        'ver',
        'at_hash',
        'c_hash',
        'email',
      ],
      tenant_region_scope: alias ? null : 'WW',
      cloud_instance_name: 'microsoftonline.com',
      cloud_graph_host_name: 'graph.windows.net',
      msgraph_host: new URL(origin).host,
      rbac_url: 'https://pas.windows.net',
    })
  })
  app.get('/:tenant/discovery/v2.0/keys', (c) => c.json(key.jwks(`${parts.originOf(c)}/{tenantid}/v2.0`)))
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()
