// The identity part put together, with its documents: metadata, keys, instance discovery. entra.md section 1.
import type { Hono } from 'hono'
import type { TenantContext } from '../context.ts'
import type { Directory } from '../directory/objects.ts'
import { type Clients, openClients } from '../directory/clients.ts'
import type { TenantRegistry } from '../directory/tenants.ts'
import type { People } from '../directory/users.ts'
import type { Store } from '../store/open-store.ts'
import type { TenantView, TenantViews } from '../tenant-views.ts'
import type { Accounts } from './account-states.ts'
import { mountAdminConsent } from './admin-consent.ts'
import { mountAuthorize } from './authorize.ts'
import { openBrowserSessions, type BrowserSessions } from './browser-session.ts'
import { openDeviceCodes, type DeviceCodes } from './device-codes.ts'
import { mountDeviceCode } from './device-endpoint.ts'
import { mountDeviceLogin } from './device-login.ts'
import { documentHeaders, forTenant } from './documents.ts'
import { openGrants, type CodeGrant, type Grants } from './grants.ts'
import { cloudDocument, discoverInstance, graphHostOf } from './instance-discovery.ts'
import type { SigningKey } from './keys.ts'
import type { SignInSteps } from './sign-in-flow.ts'
import { mountSignInSteps } from './sign-in-steps.ts'
import { mountSignOut } from './sign-out.ts'
import { checkTenant, hasOwnIssuer } from './tenant-of-request.ts'
import { mountToken } from './token-endpoint.ts'
import { configuredLifeSeconds } from './token-lifetime.ts'
import { mountVersion1 } from './version-1-endpoints.ts'
import { mountWrongCloud } from './wrong-cloud.ts'
import { openTokens, type Tokens } from './tokens.ts'

/** What the endpoints share, whatever tenant a request turns out to be for. */
export interface SharedParts {
  readonly registry: TenantRegistry
  /** The people of all tenants: a browser's session is a person's, wherever they go. */
  readonly users: People
  /** The applications of all tenants. */
  readonly clients: Clients
  readonly accounts: Accounts
  readonly sessions: BrowserSessions
  readonly signIn: SignInSteps
  readonly clock: TenantContext['clock']
  readonly grants: Grants
  readonly devices: DeviceCodes
  readonly key: SigningKey
  transaction: TenantContext['transaction']
  /** The GUID for a tenant's own names; `organizations` and `common` as they are. @throws {PageFailure} 90002, 900023 */
  checkTenant(name: string): string
  /** The parts of one tenant. */
  at(tenantId: string): IdentityParts
}

export interface IdentityParts extends SharedParts {
  readonly directory: Directory
  readonly settings: TenantContext['settings']
  readonly tokens: Tokens & { issueCode(grant: CodeGrant): string }
  readonly tenantId: string
  readonly organisationName: string
}

export interface IdentityOptions {
  readonly views: TenantViews
  readonly accounts: Accounts
  readonly clock: TenantContext['clock']
  readonly key: SigningKey
}

export function mountIdentity(app: Hono, store: Store, o: IdentityOptions): void {
  const { clock, accounts, key } = o
  const { registry, people } = o.views
  const made = new Map<string, IdentityParts>()
  const before = {
    registry,
    users: people,
    clients: openClients(store),
    accounts,
    sessions: openBrowserSessions(store, o),
    clock,
    grants: openGrants(store, clock),
    devices: openDeviceCodes(store, clock),
    key,
    transaction: store.transaction,
    checkTenant: (name: string) => checkTenant({ registry }, name),
    at(tenantId: string): IdentityParts {
      const parts = made.get(tenantId) ?? partsOf(shared, o.views.at(tenantId))
      made.set(tenantId, parts)
      return parts
    },
  }
  const shared: SharedParts = { ...before, signIn: mountSignInSteps(app, before) }
  mountWrongCloud(app, shared)
  mountDocuments(app, shared, key)
  mountAuthorize(app, shared)
  mountAdminConsent(app, shared)
  mountToken(app, shared)
  mountDeviceCode(app, shared)
  mountDeviceLogin(app, shared)
  mountVersion1(app, shared)
  mountSignOut(app, shared)
}

function partsOf(shared: SharedParts, { context, directory }: TenantView): IdentityParts {
  const { key, clock, grants } = shared
  const { tenantId, settings } = context
  return {
    ...shared,
    directory,
    settings,
    tokens: {
      ...openTokens({
        key,
        clock,
        tenantId,
        users: shared.users,
        lifeOf: (one) => configuredLifeSeconds(directory, one),
      }),
      issueCode: grants.issueCode,
    },
    tenantId,
    get organisationName() {
      return context.tenant.displayName
    },
  }
}

function mountDocuments(app: Hono, parts: SharedParts, key: SigningKey): void {
  app.get('/:tenant/v2.0/.well-known/openid-configuration', (c) =>
    forTenant(c, parts, (tenant, origin) => metadata(origin, tenant, parts)),
  )
  app.get('/:tenant/discovery/v2.0/keys', (c) =>
    forTenant(c, parts, (_tenant, origin) => key.jwks(`${origin}/{tenantid}/v2.0`)),
  )
  app.get('/:tenant/discovery/keys', (c) =>
    forTenant(c, parts, () => key.jwks('https://sts.windows.net/{tenantid}/')),
  )
  app.get('/common/discovery/instance', (c) => discoverInstance(c, parts.clock, documentHeaders))
}

function metadata(origin: string, tenant: string, { registry }: SharedParts): object {
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
    issuer: hasOwnIssuer(tenant) ? `${at}/v2.0` : `${origin}/{tenantid}/v2.0`,
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
    ...cloudDocument(origin, registry.get(tenant)),
  }
}
