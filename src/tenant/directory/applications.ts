// Applications with their secrets, federated credentials and owners, as the directory keeps them. entra.md section 8.1.
import { randomUUID } from 'node:crypto'
import { graphAppId, permissionById } from '../../facts/permissions.ts'
import type { TenantClock } from '../context.ts'
import type { Store } from '../store/open-store.ts'
import { openSecrets } from './secrets.ts'

export interface RedirectUris {
  readonly redirectUris: readonly string[]
}
export interface Application {
  readonly id: string
  readonly appId: string
  displayName: string
  signInAudience: string
  isFallbackPublicClient: boolean | null
  publicClient: RedirectUris
  web: RedirectUris & Record<string, unknown>
  spa: RedirectUris
  requiredResourceAccess: { resourceAppId: string; resourceAccess: { id: string; type: string }[] }[]
  [other: string]: unknown
}
/** Whose tokens count as proof of this application. entra.md section 8.1. */
export interface FederatedCredential {
  readonly id: string
  readonly name: string
  readonly issuer: string
  readonly subject: string
  readonly audiences: readonly string[]
  readonly description: string | null
}

export const isoSeconds = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z')
/** What is in the recycle bin longer is gone: "kept 30 days". */
export const recycleMs = 30 * 86_400_000

/** The applications that are registered in one tenant, and those of other tenants that have a service principal in it. */
export function openApplications(store: Store, clock: TenantClock, tenantId: string) {
  const { db } = store
  const read = (row: unknown): Application | undefined =>
    row ? (JSON.parse((row as { json: string }).json) as Application) : undefined
  const byId = db.prepare(
    'SELECT json FROM applications WHERE (id = ?1 OR app_id = ?1) AND tenant_id = ?2 AND deleted_ms IS NULL',
  )
  const all = db.prepare(
    'SELECT json FROM applications WHERE tenant_id = ? AND deleted_ms IS NULL ORDER BY rowid',
  )
  const behind = db.prepare(
    `SELECT json FROM applications WHERE deleted_ms IS NULL AND (tenant_id = ?1 OR app_id IN
       (SELECT app_id FROM service_principals WHERE tenant_id = ?1 AND deleted_ms IS NULL)) ORDER BY rowid`,
  )
  const add = db.prepare(
    'INSERT INTO applications (id, tenant_id, app_id, json, created_ms) VALUES (?, ?, ?, ?, ?)',
  )
  const set = db.prepare('UPDATE applications SET json = ? WHERE id = ?')
  const bin = db.prepare('UPDATE applications SET deleted_ms = ? WHERE id = ?')
  const unbin = db.prepare(
    'UPDATE applications SET deleted_ms = NULL WHERE id = ? AND tenant_id = ? AND deleted_ms IS NOT NULL',
  )
  const binned = db.prepare(
    'SELECT json, deleted_ms FROM applications WHERE tenant_id = ? AND deleted_ms > 0 ORDER BY deleted_ms DESC',
  )
  const purge = db.prepare(
    'DELETE FROM applications WHERE id = ? AND tenant_id = ? AND deleted_ms IS NOT NULL',
  )
  const expire = db.prepare('DELETE FROM applications WHERE deleted_ms <= ?')
  return {
    findApplication: (id: string) => read(byId.get(id, tenantId)),
    applications: () => all.all(tenantId).map((row) => read(row)!),
    /** Also those of other tenants that have a service principal here: what a sign-in may ask for. */
    applicationsBehind: () => behind.all(tenantId).map((row) => read(row)!),
    createApplication(body: Record<string, unknown>, appId: string = randomUUID()): Application {
      const id = randomUUID()
      const application = {
        ...defaultApplication,
        ...body,
        id,
        appId,
        createdDateTime: isoSeconds(clock.nowMs()),
      } as unknown as Application
      add.run(id, tenantId, appId, JSON.stringify(application), clock.nowMs())
      return application
    },
    writeApplication: (application: Application) => void set.run(JSON.stringify(application), application.id),
    deleteApplication: (id: string) => void bin.run(clock.nowMs(), id),
    deletedApplications() {
      expire.run(clock.nowMs() - recycleMs)
      return (binned.all(tenantId) as { json: string; deleted_ms: number }[]).map((row) => ({
        ...read(row)!,
        deletedDateTime: isoSeconds(row.deleted_ms),
      }))
    },
    restoreApplication: (id: string) => unbin.run(id, tenantId).changes > 0,
    purgeApplication: (id: string) => purge.run(id, tenantId).changes > 0,
    ...openSecrets(store, { clock, table: 'app_secrets' }),
    ...openFederation(store),
  }
}

function openFederation({ db }: Store) {
  const all = db.prepare('SELECT * FROM federated_credentials WHERE application_id = ? ORDER BY rowid')
  const put = db.prepare(
    'INSERT INTO federated_credentials VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET json = excluded.json',
  )
  const drop = db.prepare('DELETE FROM federated_credentials WHERE application_id = ? AND id = ?')
  return {
    federatedCredentialsOf: (application: Application) =>
      (all.all(application.id) as { json: string }[]).map(
        (row) => JSON.parse(row.json) as FederatedCredential,
      ),
    putFederatedCredential(
      application: Application,
      wanted: Omit<FederatedCredential, 'id'> & { id?: string },
    ) {
      const credential: FederatedCredential = { ...wanted, id: wanted.id ?? randomUUID() }
      put.run(credential.id, application.id, credential.name, JSON.stringify(credential))
      return credential
    },
    removeFederatedCredential: (application: Application, id: string) =>
      drop.run(application.id, id).changes > 0,
  }
}

const noUris: readonly string[] = []
export const defaultApplication = {
  addIns: [],
  applicationTemplateId: null,
  deletedDateTime: null,
  defaultRedirectUri: null,
  description: null,
  disabledByMicrosoftStatus: null,
  displayName: '',
  groupMembershipClaims: null,
  info: {
    logoUrl: null,
    marketingUrl: null,
    privacyStatementUrl: null,
    supportUrl: null,
    termsOfServiceUrl: null,
  },
  isDeviceOnlyAuthSupported: null,
  notes: null,
  optionalClaims: null,
  parentalControlSettings: { countriesBlockedForMinors: [], legalAgeGroupRule: 'Allow' },
  publisherDomain: null,
  samlMetadataUrl: null,
  serviceManagementReference: null,
  signInAudience: 'AzureADMyOrg',
  tokenEncryptionKeyId: null,
  uniqueName: null,
  verifiedPublisher: { displayName: null, verifiedPublisherId: null, addedDateTime: null },
  isFallbackPublicClient: null,
  identifierUris: noUris,
  tags: [],
  publicClient: { redirectUris: noUris },
  web: {
    redirectUris: noUris,
    homePageUrl: null,
    logoutUrl: null,
    implicitGrantSettings: { enableIdTokenIssuance: false, enableAccessTokenIssuance: false },
  },
  spa: { redirectUris: noUris },
  requiredResourceAccess: [],
  keyCredentials: [],
  appRoles: [],
  api: {
    requestedAccessTokenVersion: null,
    oauth2PermissionScopes: [],
    preAuthorizedApplications: [],
    knownClientApplications: [],
    acceptMappedClaims: null,
  },
}

/** Names of the delegated permissions an application lists for Graph. */
export function configuredScopes(application: Application): string[] {
  return application.requiredResourceAccess
    .filter((one) => one.resourceAppId === graphAppId)
    .flatMap((one) =>
      one.resourceAccess
        .filter((access) => access.type === 'Scope')
        .map((access) => permissionById(access.id)?.value ?? ''),
    )
    .filter(Boolean)
}
