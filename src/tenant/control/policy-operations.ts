// Policies as Graph keeps them, without the rights that Graph asks for: conditional access, named locations, token lifetimes.
import { checkAccessPolicy, checkNamedLocation } from '../directory/check-policy.ts'
import { checkTokenLifetime } from '../directory/token-lifetime-routes.ts'
import { ControlFailure } from './control-error.ts'
import type { ControlParts } from './control-parts.ts'
import { operation, type Operation, type Shape } from './operation.ts'

type Kind = Shape<'NewPolicy'>['kind']

const checks: Readonly<Record<Kind, (policy: Record<string, unknown>) => object>> = {
  conditionalAccess: checkAccessPolicy,
  namedLocation: checkNamedLocation,
  tokenLifetime: checkTokenLifetime,
}

const secondFactor = {
  displayName: 'Second factor for administrators',
  state: 'enabled',
  conditions: {
    users: { includeRoles: ['62e90394-69f5-4237-9190-012177145e10'] },
    applications: { includeApplications: ['All'] },
  },
  grantControls: { operator: 'OR', builtInControls: ['mfa'] },
}

export const policyOperations: readonly Operation[] = [
  operation({
    id: 'listPolicies',
    call: 'GET /policies',
    does: 'Lists conditional access policies, named locations and token lifetime policies',
    answer: 'Policies',
    examples: [{}],
    serve: ({ parts }) => listPolicies(parts),
  }),
  operation({
    id: 'createPolicy',
    call: 'POST /policies',
    does: 'Makes a policy, in Graph’s shape; it counts from the next sign-in on',
    body: 'NewPolicy',
    answer: 'Policy',
    status: 201,
    examples: [{ body: { kind: 'conditionalAccess', policy: secondFactor } }],
    serve: ({ parts, body }) => parts.context.transaction(() => createPolicy(parts, body)),
  }),
  operation({
    id: 'deletePolicy',
    call: 'DELETE /policies/:policy',
    does: 'Removes a policy, by id or name',
    answer: 'Removed',
    examples: [{ path: { policy: secondFactor.displayName } }],
    serve({ parts, param }) {
      const name = param('policy')
      const [found, ...others] = listPolicies(parts).filter(
        (one) => one.id === name || one['displayName'] === name,
      )
      if (!found) throw new ControlFailure('control/not-found', `there is no policy ${name}`)
      if (others.length > 0)
        throw new ControlFailure('control/invalid', `several policies are named ${name}: give the id`)
      parts.context.transaction(() => parts.directory.policies.remove(found.id))
      return { removed: 1 }
    },
  }),
]

/** @throws {GraphFailure} 400 or 501, in the directory's words */
export function createPolicy(
  { directory }: ControlParts,
  { kind, policy }: Shape<'NewPolicy'>,
): Shape<'Policy'> {
  return { ...directory.policies.create(kind, checks[kind](policy)), kind }
}

function listPolicies({ directory }: ControlParts): Shape<'Policy'>[] {
  return (Object.keys(checks) as Kind[]).flatMap((kind) =>
    directory.policies.list(kind).map((one) => ({ ...one, kind })),
  )
}
