// The identity part put together, with its documents: metadata, keys, instance discovery. entra.md section 1.
import type { Hono } from 'hono'
import { GraphFailure, type TenantContext } from '../context.ts'
import type { Directory } from '../directory/objects.ts'
import { domains, organisationName, type Users } from '../directory/users.ts'
import type { Store } from '../store/open-store.ts'
import type { Accounts } from './account-states.ts'
import { mountAdminConsent } from './admin-consent.ts'
import { mountAuthorize } from './authorize.ts'
import { openBrowserSessions, type BrowserSessions } from './browser-session.ts'
import { openDeviceCodes, type DeviceCodes } from './device-codes.ts'
import { mountDeviceCode } from './device-endpoint.ts'
import { mountDeviceLogin } from './device-login.ts'
import { documentHeaders, forTenant } from './documents.ts'
import { PageFailure } from './failure.ts'
import { openGrants, type CodeGrant, type Grants } from './grants.ts'
import { cloudInstanceOf, discoverInstance, graphHostOf } from './instance-discovery.ts'
import type { SigningKey } from './keys.ts'
import { seedResources } from './resources.ts'
import type { SignInSteps } from './sign-in-flow.ts'
import { mountSignInSteps } from './sign-in-steps.ts'
import { mountSignOut } from './sign-out.ts'
import { mountToken } from './token-endpoint.ts'
import { mountVersion1 } from './version-1-endpoints.ts'
import { openTokens, type Tokens } from './tokens.ts'

export interface IdentityParts {
  readonly directory: Directory
  readonly users: Users
  readonly accounts: Accounts
  readonly sessions: BrowserSessions
  readonly signIn: SignInSteps
  readonly clock: TenantContext['clock']
  readonly settings: TenantContext['settings']
  readonly grants: Grants
  readonly devices: DeviceCodes
  readonly tokens: Tokens & { issueCode(grant: CodeGrant): string }
  readonly key: SigningKey
  readonly tenantId: string
  readonly organisationName: string
  transaction: TenantContext['transaction']
  /** The GUID for the tenant's own names; `organizations` and `common` as they are. @throws {PageFailure} 90002, 900023 */
  checkTenant(name: string): string
}

export interface IdentityOptions {
  readonly directory: Directory
  readonly users: Users
  readonly accounts: Accounts
  readonly clock: TenantContext['clock']
  readonly settings: TenantContext['settings']
  readonly key: SigningKey
  readonly tenantId: string
}

export function mountIdentity(app: Hono, store: Store, o: IdentityOptions): void {
  const { key, tenantId } = o
  store.transaction(() => seedResources(o.directory))
  const grants = openGrants(store, o.clock)
  const before = {
    directory: o.directory,
    users: o.users,
    accounts: o.accounts,
    sessions: openBrowserSessions(store, o),
    clock: o.clock,
    settings: o.settings,
    grants,
    devices: openDeviceCodes(store, o.clock),
    tokens: { ...openTokens({ key, clock: o.clock, tenantId }), issueCode: grants.issueCode },
    key,
    tenantId,
    organisationName,
    transaction: store.transaction,
    checkTenant: (name: string) => checkTenant(name, tenantId),
  }
  const parts: IdentityParts = { ...before, signIn: mountSignInSteps(app, before) }
  mountDocuments(app, parts, key)
  mountAuthorize(app, parts)
  mountAdminConsent(app, parts)
  mountToken(app, parts)
  mountDeviceCode(app, parts)
  mountDeviceLogin(app, parts)
  mountVersion1(app, parts)
  mountSignOut(app, parts)
}

function checkTenant(name: string, tenantId: string): string {
  const lower = name.toLowerCase()
  if (lower === tenantId || domains.includes(lower)) return tenantId
  if (lower === 'organizations' || lower === 'common') return lower
  if (lower === 'consumers')
    throw new GraphFailure(
      501,
      'NotImplemented',
      'The local tenant does not model personal accounts (consumers).',
    )
  if (!/^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z0-9-]+(\.[a-z0-9-]+)+)$/.test(lower)) {
    throw new PageFailure(
      900023,
      `Specified tenant identifier '${name}' is neither a valid DNS name, nor a valid external domain.`,
    )
  }
  throw new PageFailure(
    90002,
    `Tenant '${name}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`,
  )
}

function mountDocuments(app: Hono, parts: IdentityParts, key: SigningKey): void {
  const { tenantId } = parts
  app.get('/:tenant/v2.0/.well-known/openid-configuration', (c) =>
    forTenant(c, parts, (tenant, origin) => metadata(origin, tenant, tenantId)),
  )
  app.get('/:tenant/discovery/v2.0/keys', (c) =>
    forTenant(c, parts, (_tenant, origin) => key.jwks(`${origin}/{tenantid}/v2.0`)),
  )
  app.get('/:tenant/discovery/keys', (c) =>
    forTenant(c, parts, () => key.jwks('https://sts.windows.net/{tenantid}/')),
  )
  app.get('/common/discovery/instance', (c) => discoverInstance(c, parts.clock, documentHeaders))
}

function metadata(origin: string, tenant: string, tenantId: string): object {
  const at = `${origin}/${tenant}`
  return {
    token_endpoint: `${at}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    jwks_uri: `${at}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: tenant === tenantId ? `${at}/v2.0` : `${origin}/{tenantid}/v2.0`,
    request_uri_parameter_supported: false,
    userinfo_endpoint: `${new URL(origin).protocol}//${graphHostOf(origin)}/oidc/userinfo`,
    authorization_endpoint: `${at}/oauth2/v2.0/authorize`,
    device_authorization_endpoint: `${at}/oauth2/v2.0/devicecode`,
    http_logout_supported: true,
    frontchannel_logout_supported: true,
    end_session_endpoint: `${at}/oauth2/v2.0/logout`,
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
    kerberos_endpoint: `${at}/kerberos`,
    tenant_region_scope: tenant === tenantId ? 'WW' : null,
    cloud_instance_name: cloudInstanceOf(origin),
    cloud_graph_host_name: 'graph.windows.net',
    msgraph_host: graphHostOf(origin),
    rbac_url: 'https://pas.windows.net',
  }
}
