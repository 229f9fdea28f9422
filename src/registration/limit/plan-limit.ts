// Fences an application's access without a user to some mailboxes. entra.md section 9.
import { exchangeApplicationRoles, isUnderAccessPolicies } from '../../facts/exchange-roles.ts'
import type { Permission } from '../../facts/permissions.ts'
import { type AppSpec, specPermissions } from '../app-spec.ts'
import { RegistrationError } from '../registration-error.ts'

/** Which mailboxes stay open to it: some by address, or the direct members of one mail-enabled security group. */
export type LimitScope = { readonly mailboxes: readonly string[] } | { readonly group: string }

export interface LimitRequest {
  readonly spec: AppSpec
  readonly appId: string
  /** Object ID of the enterprise application, not of the registration. */
  readonly servicePrincipalId: string
  readonly scope: LimitScope
  /** The older application access policies, which Microsoft no longer wants new ones of. */
  readonly legacy?: boolean
}

export type CmdletValue = string | boolean

/** One call of Exchange Online PowerShell. */
export interface CmdletCall {
  readonly cmdlet: string
  readonly parameters: Readonly<Record<string, CmdletValue>>
  /** Asked first: what it finds need not be made again. */
  readonly unless?: CmdletCall
  /** Sent instead, where `unless` found something. */
  readonly instead?: CmdletCall
}

export interface LimitPlan {
  readonly kind: 'rbac' | 'legacy'
  /** Where the scope is a group: its distinguished name goes where `{group}` stands. */
  readonly group?: string
  readonly calls: readonly CmdletCall[]
  /** Entra's grants of these must go: beside them the scope means nothing. Empty for the older way, which needs them. */
  readonly entraGrantsToRemove: readonly Permission[]
  /** One call for each mailbox that is named: what is configured for it now. */
  readonly tests: readonly CmdletCall[]
  /** How long it may take until it holds. */
  readonly delay: string
}

/**
 * Says which cmdlets fence an application. Does no I/O.
 *
 * @throws {RegistrationError} `registration/limit-delegated`, `registration/limit-impossible`
 */
export function planLimit(request: LimitRequest): LimitPlan {
  const application = specPermissions(request.spec).filter((one) => one.kind === 'application')
  if (application.length === 0) throw onlyDelegated()
  return request.legacy ? legacyPlan(request, application) : rbacPlan(request, application)
}

/** Both mechanisms act on applications without a user: of a signed-in user, the user's own rights decide. */
function onlyDelegated(): RegistrationError {
  return new RegistrationError(
    'registration/limit-delegated',
    'this registration has delegated permissions only, and neither RBAC for Applications nor an access policy limits those: they act as the signed-in account, with that account’s own rights',
    {
      fix: 'Limit who signs in instead: assignmentRequired: true with one account under assigned, consent for it alone (letterlock app consent --for-user), Conditional Access, and no access for that account to mailboxes it does not need.',
    },
  )
}

function rbacPlan(request: LimitRequest, permissions: readonly Permission[]): LimitPlan {
  const { appId, servicePrincipalId, spec } = request
  const roles = permissions.map((permission) => ({ permission, role: roleOf(permission.value) }))
  const without = roles.filter((one) => one.role === undefined).map((one) => one.permission.value)
  if (without.length > 0)
    throw impossible(
      without,
      'has no role in RBAC for Applications',
      'Ask for another permission, or try --legacy.',
    )
  const scopeName = `Letterlock ${appId}`
  const filter = filterOf(request.scope)
  const assignments = roles.map(({ role }): CmdletCall => {
    const name = `${appId} ${role!.replace('Application ', '')}`.slice(0, 64)
    return {
      cmdlet: 'New-ManagementRoleAssignment',
      parameters: { Name: name, App: appId, Role: role!, CustomResourceScope: scopeName },
      unless: { cmdlet: 'Get-ManagementRoleAssignment', parameters: { Identity: name } },
    }
  })
  return {
    kind: 'rbac',
    ...groupOf(request.scope),
    calls: [
      {
        cmdlet: 'New-ServicePrincipal',
        parameters: { AppId: appId, ObjectId: servicePrincipalId, DisplayName: spec.name },
        unless: { cmdlet: 'Get-ServicePrincipal', parameters: { Identity: appId } },
      },
      {
        cmdlet: 'New-ManagementScope',
        parameters: { Name: scopeName, RecipientRestrictionFilter: filter },
        unless: { cmdlet: 'Get-ManagementScope', parameters: { Identity: scopeName } },
        instead: {
          cmdlet: 'Set-ManagementScope',
          parameters: { Identity: scopeName, RecipientRestrictionFilter: filter },
        },
      },
      ...assignments,
    ],
    entraGrantsToRemove: permissions,
    tests: mailboxesOf(request.scope).map((mailbox) => ({
      cmdlet: 'Test-ServicePrincipalAuthorization',
      parameters: { Identity: appId, Resource: mailbox },
    })),
    delay: 'half an hour while it is idle, up to two hours while it works; the test cmdlet knows at once',
  }
}

function legacyPlan({ appId, scope, spec }: LimitRequest, permissions: readonly Permission[]): LimitPlan {
  const without = permissions.map((one) => one.value).filter((one) => !isUnderAccessPolicies(one))
  if (without.length > 0)
    throw impossible(
      without,
      'is out of the reach of application access policies',
      'Use RBAC for Applications: without --legacy.',
    )
  const targets = 'group' in scope ? [scope.group] : scope.mailboxes
  return {
    kind: 'legacy',
    calls: targets.map((target) => ({
      cmdlet: 'New-ApplicationAccessPolicy',
      parameters: {
        AppId: appId,
        AccessRight: 'RestrictAccess',
        PolicyScopeGroupId: target,
        Description: `${spec.name}: these mailboxes alone`,
      },
      unless: { cmdlet: 'Get-ApplicationAccessPolicy', parameters: {} },
    })),
    entraGrantsToRemove: [],
    tests: mailboxesOf(scope).map((mailbox) => ({
      cmdlet: 'Test-ApplicationAccessPolicy',
      parameters: { Identity: mailbox, AppId: appId },
    })),
    delay: 'more than an hour, although the test cmdlet says Granted or Denied at once',
  }
}

function roleOf(permission: string): string | undefined {
  for (const [role, grants] of exchangeApplicationRoles)
    if (grants.length === 1 && grants[0] === permission) return role
  return undefined
}

function filterOf(scope: LimitScope): string {
  if ('group' in scope) return "MemberOfGroup -eq '{group}'"
  return scope.mailboxes.map((one) => `PrimarySmtpAddress -eq '${one.replaceAll("'", "''")}'`).join(' -or ')
}

function groupOf(scope: LimitScope): { group?: string } {
  return 'group' in scope ? { group: scope.group } : {}
}

function mailboxesOf(scope: LimitScope): readonly string[] {
  return 'group' in scope ? [] : scope.mailboxes
}

function impossible(permissions: readonly string[], why: string, fix: string): RegistrationError {
  return new RegistrationError('registration/limit-impossible', `${permissions.join(', ')} ${why}`, { fix })
}
