// Token lifetime policies and the applications they apply to. Graph "tokenLifetimePolicy"; Microsoft "Configurable token lifetimes".
import {
  badRequest,
  type Call,
  type ChangeRecord,
  type DirectoryNeed,
  type DirectoryParts,
  notModelled,
  type Route,
} from './contract.ts'
import { refuseUnlessManaged } from './manage.ts'
import { notFound } from './objects.ts'
import { answerCollection } from './odata.ts'
import type { Policy } from './policies.ts'
import { crud } from './policy-routes.ts'

const fact = 'Graph "tokenLifetimePolicy"'
const set = 'policies/tokenLifetimePolicies'
const read: DirectoryNeed = { delegated: ['Policy.Read.All', 'Policy.ReadWrite.ApplicationConfiguration'] }
const write: DirectoryNeed = {
  delegated: ['Policy.ReadWrite.ApplicationConfiguration'],
  roles: ['Application Administrator', 'Cloud Application Administrator'],
}
const [shortestSeconds, longestSeconds] = [600, 86_400]

export function tokenLifetimeRoutes(parts: DirectoryParts): readonly Route[] {
  return [
    ...crud(parts, {
      set,
      kind: 'tokenLifetime',
      fact,
      name: 'policy',
      need: { read, write },
      check: checkTokenLifetime,
    }),
    ...assignmentRoutes(parts),
  ]
}

/** @throws {GraphFailure} 400 `Request_BadRequest`, 501 `NotImplemented` */
export function checkTokenLifetime(body: Record<string, unknown>): object {
  const { displayName, definition, isOrganizationDefault = false, appliesTo = [] } = body
  const invalid = (name: string) =>
    badRequest(`Invalid value specified for property '${name}' of resource 'TokenLifetimePolicy'.`)
  if (typeof displayName !== 'string' || displayName === '') throw invalid('displayName')
  if (typeof isOrganizationDefault !== 'boolean') throw invalid('isOrganizationDefault')
  if (!Array.isArray(definition) || definition.length !== 1) throw invalid('definition')
  let parsed: { TokenLifetimePolicy?: Record<string, unknown> }
  try {
    parsed = JSON.parse(String(definition[0])) as typeof parsed
  } catch {
    throw invalid('definition')
  }
  const { Version, AccessTokenLifetime: life, ...others } = parsed?.TokenLifetimePolicy ?? {}
  const [other] = Object.keys(others)
  if (other) throw notModelled(`the token lifetime ${other}`)
  const [, days = '0', hours, minutes, seconds] =
    /^(?:(\d{1,3})\.)?(\d\d):(\d\d):(\d\d)$/.exec(String(life)) ?? []
  const total = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)
  if (Version !== 1 || !(total >= shortestSeconds && total <= longestSeconds)) throw invalid('definition')
  return { displayName, definition, isOrganizationDefault, appliesTo }
}

function assignmentRoutes(parts: DirectoryParts): readonly Route[] {
  const { directory } = parts
  const path = '/applications/:id/tokenLifetimePolicies'
  const applicationOf = (call: Call) => {
    const application = directory.findApplication(call.param('id').replace(/^appId:/, ''))
    if (!application) throw notFound(call.param('id'))
    return application
  }
  const policyOf = (id: string): Policy => {
    const policy = directory.policies.find('tokenLifetime', id)
    if (!policy) throw notFound(id)
    return policy
  }
  const assigned = (policy: Policy) => (policy['appliesTo'] ?? []) as readonly string[]
  const record = (operation: 'Assign' | 'Unassign', policy: Policy): ChangeRecord => ({
    activity: operation === 'Assign' ? 'Add policy to application' : 'Remove policy from application',
    category: 'Policy',
    operation,
    targets: () => [{ id: policy.id, displayName: policy.displayName ?? null, type: 'Policy' }],
  })
  return [
    {
      call: `GET ${path}`,
      // Microsoft's list joins the two: the application, and the policy.
      need: {
        delegated: ['Application.ReadWrite.All'],
        application: ['Application.ReadWrite.All', 'Application.ReadWrite.OwnedBy'],
        also: read.delegated!,
      },
      fact,
      serve(call) {
        const { id } = applicationOf(call)
        const rows = directory.policies.list('tokenLifetime').filter((one) => assigned(one).includes(id))
        return answerCollection(call.c, set, rows)
      },
    },
    {
      call: `POST ${path}/$ref`,
      need: write,
      fact,
      async serve(call) {
        const application = applicationOf(call)
        refuseUnlessManaged(call, application.id, parts)
        const link = String((await call.json())['@odata.id'] ?? '')
        const policy = policyOf(/\/tokenLifetimePolicies\/([\w-]+)$/i.exec(link)?.[1] ?? '')
        const { policies } = directory
        if (policies.list('tokenLifetime').some((one) => assigned(one).includes(application.id)))
          throw badRequest(
            'A conflicting object with one or more of the specified property values is present in the directory.',
          )
        call.change(record('Assign', policy), () =>
          policies.update('tokenLifetime', policy, { appliesTo: [...assigned(policy), application.id] }),
        )
        return call.c.body(null, 204)
      },
    },
    {
      call: `DELETE ${path}/:policy/$ref`,
      need: write,
      fact,
      serve(call) {
        const application = applicationOf(call)
        refuseUnlessManaged(call, application.id, parts)
        const policy = policyOf(call.param('policy'))
        const appliesTo = assigned(policy).filter((id) => id !== application.id)
        if (appliesTo.length === assigned(policy).length) throw notFound(policy.id)
        call.change(record('Unassign', policy), () =>
          directory.policies.update('tokenLifetime', policy, { appliesTo }),
        )
        return call.c.body(null, 204)
      },
    },
  ]
}
