// Who consented to what, beside what the app file asks for. entra.md sections 8.3 and 11.
import { permissionById } from '../../facts/permissions.ts'
import { graphAppId } from '../../facts/scopes.ts'
import { type AppSpec, specPermissions } from '../app-spec.ts'
import { scopesOf } from '../consent.ts'
import type { Grant, RoleAssignment } from '../directory.ts'
import type { RegistrationState } from '../read-state.ts'
import { type Finding, fine, notChecked } from './finding.ts'

interface Granted {
  readonly grants: readonly Grant[]
  readonly roles: readonly RoleAssignment[]
}

const narrow = { level: 'problem', fix: 'Run letterlock app consent --exact.', who: 'administrator' } as const

export function consentFindings(spec: AppSpec, state: RegistrationState): Finding[] {
  const { grants, roles } = state
  if (!grants.read) return [notChecked('consent', grants.needs)]
  if (!roles.read) return [notChecked('application permissions', roles.needs)]
  const granted = { grants: grants.value, roles: roles.value }
  const assigned = state.users.read ? state.users.value : new Map<string, string>()
  return [
    ...missingConsent(spec, granted, { state, assigned }),
    ...excessScopes(spec, granted, { state, assigned }),
    ...excessRoles(spec, granted, state),
  ]
}

interface Around {
  readonly state: RegistrationState
  /** The users of the app file, by object id. */
  readonly assigned: ReadonlyMap<string, string>
}

function missingConsent(spec: AppSpec, granted: Granted, { state, assigned }: Around): Finding[] {
  const onGraph = granted.grants.filter((one) => state.resourceOf(one.resourceId).appId === graphAppId)
  const holders = (scope: string): Grant[] => onGraph.filter((one) => scopesOf(one).includes(scope))
  return specPermissions(spec).map(({ value, kind, id }): Finding => {
    const named = `${value} (${kind})`
    const held = kind === 'delegated' ? holders(value) : []
    const toAll =
      kind === 'application'
        ? granted.roles.some((one) => one.appRoleId === id)
        : held.some((one) => one.consentType === 'AllPrincipals')
    if (toAll) return fine('app/consented', `${named} is granted for the organisation`)
    const users = new Set(held.map((one) => one.principalId))
    const covered = assigned.size > 0 && [...assigned.keys()].every((user) => users.has(user))
    if (covered) return fine('app/consented', `${named} is granted to each assigned user`)
    const what = `${named} is ${users.size > 0 ? 'granted to some users only' : 'not granted'} (AADSTS65001, AADSTS90094)`
    const fix = 'Run letterlock app consent.'
    return { code: 'app/consent-missing', level: 'problem', what, fix, who: 'administrator' }
  })
}

function excessScopes(spec: AppSpec, { grants }: Granted, { state, assigned }: Around): Finding[] {
  const wanted = new Set(specPermissions(spec).map((one) => (one.kind === 'delegated' ? one.value : '')))
  return grants.flatMap((grant): Finding[] => {
    const resource = state.resourceOf(grant.resourceId)
    const isGraph = resource.appId === graphAppId
    const whom =
      grant.consentType === 'AllPrincipals' ? 'for the organisation' : `to the user ${grant.principalId}`
    const excess = scopesOf(grant).filter((scope) => !isGraph || !wanted.has(scope))
    const findings = excess.map((scope) => {
      const name = isGraph ? scope : `${scope} of ${resource.name}`
      const what = `${name} (delegated) is granted ${whom} and the app file does not ask for it`
      return { ...narrow, code: 'app/consent-excess', what }
    })
    const other = grant.consentType === 'Principal' && spec.assignmentRequired && state.users.read
    if (!other || assigned.has(grant.principalId ?? '') || excess.length > 0) return findings
    const what = `consent is given for the user ${grant.principalId}, whom the app file does not name`
    return [{ ...narrow, code: 'app/consent-other-user', what }]
  })
}

function excessRoles(spec: AppSpec, { roles }: Granted, state: RegistrationState): Finding[] {
  const wanted = new Set(specPermissions(spec).map((one) => one.id))
  return roles
    .filter((one) => !wanted.has(one.appRoleId))
    .map((one) => {
      const resource = state.resourceOf(one.resourceId)
      const known = resource.appId === graphAppId ? permissionById(one.appRoleId)?.value : undefined
      const name = known ?? `the role ${one.appRoleId} of ${resource.name}`
      const what = `${name} (application: every mailbox, no user) is granted and the app file does not ask for it`
      return { ...narrow, code: 'app/consent-excess', what }
    })
}
