// An application made in one go: registration, service principal, consent, assignments, credentials.
import { randomUUID } from 'node:crypto'
import { findPermission, graphAppId, openIdScopes, type Permission } from '../../facts/permissions.ts'
import { checkApplication } from '../directory/check-application.ts'
import { readKeyCredentials } from '../directory/key-credentials.ts'
import type { Application } from '../directory/objects.ts'
import { ControlFailure, invalid } from './control-error.ts'
import type { ControlParts } from './control-parts.ts'
import type { Shape } from './operation.ts'
import { findUser } from './user-operations.ts'

/** What stands for "the default role" where an application has none. Source: Graph "Grant an appRoleAssignment". */
const defaultRole = '00000000-0000-0000-0000-000000000000'

/**
 * Run it in a transaction: what is wrong is found half-way too.
 *
 * @throws {ControlFailure} `control/invalid`, `control/exists`, `control/not-found`
 * @throws {GraphFailure} 400, in the directory's words
 */
export function seedApp(parts: ControlParts, wanted: Shape<'NewApp'>): Shape<'SeededApp'> {
  const { directory } = parts
  refuseTwins(parts, wanted)
  const delegated = (wanted.permissions?.delegated ?? []).map((name) => need(name, 'delegated'))
  const roles = (wanted.permissions?.application ?? []).map((name) => need(name, 'application'))
  const made = register(parts, wanted, [...delegated, ...roles])
  const principal = directory.createPrincipal(made.appId)
  if (wanted.assignmentRequired) directory.updatePrincipal(principal, { appRoleAssignmentRequired: true })
  const { consent = 'none' } = wanted
  const scopes = ['openid', 'profile', 'offline_access', ...delegated.map((one) => one.value)]
  if (consent === 'all') {
    directory.consent(principal.id, [...new Set(scopes)], null)
    const resourceId = directory.graphPrincipalId()
    for (const role of roles)
      directory.createAssignment({ principalId: principal.id, resourceId, appRoleId: role.id })
  } else if (consent !== 'none')
    for (const name of consent)
      directory.consent(principal.id, [...new Set(scopes)], findUser(parts, name).id)
  assign(parts, principal.id, wanted.assignTo ?? [])
  return { ...viewOf(made, principal.id), ...credentials(parts, made, wanted) }
}

/** Who is assigned already stays so. @throws {ControlFailure} `control/not-found` */
export function assign(parts: ControlParts, resourceId: string, names: readonly string[]): void {
  const { directory } = parts
  const there = new Set(directory.assignments(resourceId).map((one) => one.principalId))
  for (const name of names) {
    const { id: principalId } = findUser(parts, name)
    if (!there.has(principalId))
      directory.createAssignment({ principalId, resourceId, appRoleId: defaultRole })
  }
}

const viewOf = (made: Application, servicePrincipalId: string) => ({
  displayName: made.displayName,
  clientId: made.appId,
  objectId: made.id,
  servicePrincipalId,
})

/** A seed names its applications: two of one name could not be told apart. */
function refuseTwins({ directory }: ControlParts, wanted: Shape<'NewApp'>): void {
  const clientId = wanted.clientId?.toLowerCase()
  const twin = directory
    .applications()
    .find((one) => one.appId === clientId || one.displayName === wanted.displayName)
  if (twin)
    throw new ControlFailure(
      'control/exists',
      `there is an application ${twin.displayName} (${twin.appId}) already`,
    )
}

function register(
  { directory, context }: ControlParts,
  wanted: Shape<'NewApp'>,
  permissions: readonly Permission[],
): Application {
  const { redirectUris = {}, scopes } = wanted
  const check = (body: Record<string, unknown>, current?: Application) =>
    checkApplication(body, {
      ...(current ? { current } : {}),
      tenantId: context.tenantId,
      domains: context.tenant.domains,
      others: directory.applications,
    })
  const platforms = Object.entries(redirectUris).filter(([, uris]) => uris !== undefined)
  const body = {
    displayName: wanted.displayName,
    ...(wanted.signInAudience ? { signInAudience: wanted.signInAudience } : {}),
    ...(wanted.publicClient === undefined ? {} : { isFallbackPublicClient: wanted.publicClient }),
    ...Object.fromEntries(platforms.map(([platform, uris]) => [platform, { redirectUris: uris }])),
    requiredResourceAccess: accessOf(permissions),
  }
  const made = directory.createApplication(check(body), wanted.clientId?.toLowerCase())
  if (!scopes) return made
  const api = { oauth2PermissionScopes: scopes.map(scopeOf) }
  directory.updateApplication(made, check({ identifierUris: [`api://${made.appId}`], api }, made))
  return directory.findApplication(made.id)!
}

function accessOf(permissions: readonly Permission[]): object[] {
  if (permissions.length === 0) return []
  const resourceAccess = permissions.map((one) => ({
    id: one.id,
    type: one.kind === 'application' ? 'Role' : 'Scope',
  }))
  return [{ resourceAppId: graphAppId, resourceAccess }]
}

function need(name: string, kind: Permission['kind']): Permission {
  const found = findPermission(name, kind)
  if (found) return found
  const other = openIdScopes.has(name) ? '; it is OpenID’s and needs no entry' : ''
  throw invalid(`Microsoft Graph has no ${kind} permission "${name}"${other}`)
}

const scopeOf = (value: string) => ({
  id: randomUUID(),
  value,
  type: 'User',
  isEnabled: true,
  adminConsentDisplayName: value,
  adminConsentDescription: value,
  userConsentDisplayName: value,
  userConsentDescription: value,
})

function credentials(
  { directory }: ControlParts,
  made: Application,
  wanted: Shape<'NewApp'>,
): Pick<Shape<'SeededApp'>, 'secrets' | 'certificates'> {
  const keys = readKeyCredentials((wanted.certificates ?? []).map(certificateOf), [])
  if (keys.length > 0) directory.updateApplication(made, { keyCredentials: keys })
  return {
    secrets: (wanted.secrets ?? []).map((one) => {
      const { keyId, secretText, endDateTime } = directory.addSecret(made, one)
      return { keyId, secretText, endDateTime }
    }),
    certificates: keys.map((one) => ({ keyId: one.keyId, thumbprint: one.customKeyIdentifier ?? '' })),
  }
}

const certificateOf = (pem: string) => ({
  type: 'AsymmetricX509Cert',
  usage: 'Verify',
  key: pem.replace(/-----[A-Z ]+-----|\s/g, ''),
})
