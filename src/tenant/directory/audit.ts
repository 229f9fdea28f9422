// The tenant's two logs: who signed in, and what was changed in the directory. entra.md section 11; directoryAudit, signIn.
import { randomUUID } from 'node:crypto'
import type { TenantClock } from '../context.ts'
import type { Store } from '../store/open-store.ts'

export interface SignInRecord {
  /** Absent for an application that signs in as itself. */
  readonly user?: { readonly id: string; readonly userPrincipalName: string; readonly displayName: string }
  /** What was typed, where no user of that name exists. */
  readonly typedName?: string
  readonly appId: string
  readonly appDisplayName: string
  /** false: a refresh, or an application's own sign-in. */
  readonly isInteractive: boolean
  /** The AADSTS number; 0 for success. */
  readonly errorCode: number
  readonly failureReason?: string
  readonly correlationId?: string
  readonly ipAddress?: string
  readonly userAgent?: string
  readonly clientAppUsed?: 'Browser' | 'Mobile Apps and Desktop clients' | 'Other clients'
  readonly conditionalAccessStatus?: 'success' | 'failure' | 'notApplied'
  /** Conditional Access rules that were looked at: `{id, displayName, result}`. */
  readonly appliedPolicies?: readonly object[]
  readonly resource?: { readonly appId: string; readonly displayName: string }
}

export interface DirectoryRecord {
  /** As the portal words it: "Add application", "Add member to group". */
  readonly activity: string
  readonly category:
    | 'ApplicationManagement'
    | 'UserManagement'
    | 'GroupManagement'
    | 'RoleManagement'
    | 'Policy'
    | 'AdministrativeUnit'
  readonly operation: 'Add' | 'Update' | 'Delete' | 'Assign' | 'Unassign'
  readonly by:
    | { readonly kind: 'user'; readonly id: string; readonly userPrincipalName: string }
    | { readonly kind: 'app'; readonly appId: string; readonly displayName: string }
  readonly targets: readonly AuditTarget[]
  readonly correlationId?: string
}

export interface AuditTarget {
  readonly id: string
  readonly displayName: string | null
  readonly type:
    | 'User'
    | 'Group'
    | 'Application'
    | 'ServicePrincipal'
    | 'Role'
    | 'Policy'
    | 'AdministrativeUnit'
  readonly userPrincipalName?: string
  /** Names of what was changed; values of secrets and passwords never come here. */
  readonly modified?: readonly string[]
}

export type Audit = ReturnType<typeof openAudit>

export function openAudit(store: Store, clock: TenantClock, tenantId: string) {
  const addSignIn = store.db.prepare('INSERT INTO audit_sign_ins VALUES (?, ?, ?, ?)')
  const addDirectory = store.db.prepare('INSERT INTO audit_directory VALUES (?, ?, ?, ?)')
  const signIns = store.db.prepare(
    'SELECT json FROM audit_sign_ins WHERE tenant_id = ? ORDER BY at_ms DESC, rowid DESC',
  )
  const directory = store.db.prepare(
    'SELECT json FROM audit_directory WHERE tenant_id = ? ORDER BY at_ms DESC, rowid DESC',
  )
  const newest = {
    signIns: store.db.prepare(newestOf('audit_sign_ins')),
    directoryAudits: store.db.prepare(newestOf('audit_directory')),
  }
  const rows = (all: unknown[]): Record<string, unknown>[] =>
    (all as { json: string }[]).map((row) => JSON.parse(row.json) as Record<string, unknown>)
  return {
    /** Writes one row; call it inside the transaction that issues the code or the token, so that it costs no fsync. */
    recordSignIn(record: SignInRecord): void {
      const id = randomUUID()
      const atMs = clock.nowMs()
      addSignIn.run(id, atMs, JSON.stringify(signInView(id, atMs, record)), tenantId)
    },
    recordDirectory(record: DirectoryRecord): void {
      const atMs = clock.nowMs()
      const correlationId = record.correlationId ?? randomUUID()
      const id = `Directory_${correlationId}_${randomUUID().slice(0, 8)}`
      addDirectory.run(id, atMs, JSON.stringify(directoryView({ id, atMs, correlationId }, record)), tenantId)
    },
    /** Newest first. */
    signIns: () => rows(signIns.all(tenantId)),
    directoryAudits: () => rows(directory.all(tenantId)),
    /** What was written after a sequence, oldest first; of more than `limit` the newest. For the control API. */
    after: (log: keyof typeof newest, sequence: number, limit: number) =>
      (newest[log].all(tenantId, sequence, limit) as { sequence: number; json: string }[])
        .map((row) => ({ sequence: row.sequence, ...(JSON.parse(row.json) as Record<string, unknown>) }))
        .reverse(),
  }
}

const newestOf = (table: 'audit_sign_ins' | 'audit_directory'): string =>
  `SELECT rowid AS sequence, json FROM ${table} WHERE tenant_id = ? AND rowid > ? ORDER BY rowid DESC LIMIT ?`

function signInView(id: string, atMs: number, record: SignInRecord): object {
  const { user } = record
  return {
    id,
    createdDateTime: new Date(atMs).toISOString(),
    userDisplayName: user?.displayName ?? null,
    userPrincipalName: user?.userPrincipalName ?? record.typedName ?? null,
    userId: user?.id ?? null,
    appId: record.appId,
    appDisplayName: record.appDisplayName,
    ipAddress: record.ipAddress ?? '127.0.0.1',
    clientAppUsed: record.clientAppUsed ?? 'Browser',
    correlationId: record.correlationId ?? randomUUID(),
    conditionalAccessStatus: record.conditionalAccessStatus ?? 'notApplied',
    isInteractive: record.isInteractive,
    riskDetail: 'none',
    riskLevelAggregated: 'none',
    riskLevelDuringSignIn: 'none',
    riskState: 'none',
    riskEventTypes: [],
    resourceDisplayName: record.resource?.displayName ?? 'Microsoft Graph',
    resourceId: record.resource?.appId ?? '00000003-0000-0000-c000-000000000000',
    status: {
      errorCode: record.errorCode,
      failureReason: record.failureReason ?? (record.errorCode === 0 ? 'Other.' : null),
      additionalDetails: null,
    },
    deviceDetail: {
      deviceId: '',
      displayName: '',
      operatingSystem: '',
      browser: record.userAgent ?? '',
      isCompliant: false,
      isManaged: false,
      trustType: '',
    },
    location: { city: '', state: '', countryOrRegion: '', geoCoordinates: {} },
    appliedConditionalAccessPolicies: record.appliedPolicies ?? [],
  }
}

function directoryView(
  ids: { id: string; atMs: number; correlationId: string },
  record: DirectoryRecord,
): object {
  const { by } = record
  return {
    id: ids.id,
    category: record.category,
    correlationId: ids.correlationId,
    result: 'success',
    resultReason: '',
    activityDisplayName: record.activity,
    activityDateTime: new Date(ids.atMs).toISOString(),
    loggedByService: 'Core Directory',
    operationType: record.operation,
    initiatedBy: {
      app:
        by.kind === 'app'
          ? {
              appId: by.appId,
              displayName: by.displayName,
              servicePrincipalId: null,
              servicePrincipalName: null,
            }
          : null,
      user:
        by.kind === 'user'
          ? { id: by.id, displayName: null, userPrincipalName: by.userPrincipalName, ipAddress: '127.0.0.1' }
          : null,
    },
    targetResources: record.targets.map((target) => ({
      id: target.id,
      displayName: target.displayName,
      type: target.type,
      userPrincipalName: target.userPrincipalName ?? null,
      groupType: target.type === 'Group' ? 'unknownFutureValue' : null,
      modifiedProperties: (target.modified ?? []).map((displayName) => ({
        displayName,
        oldValue: null,
        newValue: null,
      })),
    })),
    additionalDetails: [],
  }
}
