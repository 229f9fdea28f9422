// What people may agree to by themselves, and how they ask an administrator: authorizationPolicy, adminConsentRequestPolicy,
// appConsentRequests. entra.md section 8.3; Graph pages of the same names.
import type { TenantSettings } from '../context.ts'
import { badRequest, type Call, type DirectoryParts, notModelled, type Route } from './contract.ts'
import type { ConsentRequest } from './consent-requests.ts'
import { notFound } from './objects.ts'
import { answerCollection, answerItem } from './odata.ts'

const read = [
  'Policy.Read.All',
  'Application.Read.All',
  'Application.ReadWrite.All',
  'Directory.Read.All',
  'Directory.ReadWrite.All',
]
const requestReaders = ['ConsentRequest.Read.All', 'ConsentRequest.ReadWrite.All']
const approvers = [
  'Cloud Application Administrator',
  'Application Administrator',
  'Privileged Role Administrator',
]
const prefix = 'ManagePermissionGrantsForSelf.'
/** Names of Microsoft's built-in policies for consent. */
const consentPolicies: Readonly<Record<string, TenantSettings['userConsent']>> = {
  'microsoft-user-default-recommended': 'microsoft-managed',
  'microsoft-user-default-legacy': 'legacy',
  'microsoft-user-default-low': 'low',
}
const requestPolicy = {
  isEnabled: false,
  notifyReviewers: true,
  remindersEnabled: true,
  requestDurationInDays: 30,
  version: 0,
  reviewers: [],
}
const set = 'identityGovernance/appConsent/appConsentRequests'

export function consentPolicyRoutes(parts: DirectoryParts): readonly Route[] {
  return [...authorizationRoutes(parts), ...requestPolicyRoutes(parts), ...requestRoutes(parts)]
}

function authorizationRoutes({ context }: DirectoryParts): readonly Route[] {
  const path = '/policies/authorizationPolicy'
  const fact = 'entra.md 8.3'
  const view = (): object => {
    const { userConsent, allowedToCreateApps } = context.settings.get()
    const [name] = Object.entries(consentPolicies).find(([, value]) => value === userConsent) ?? []
    return {
      id: 'authorizationPolicy',
      displayName: 'Authorization Policy',
      description: 'Used to manage authorization related settings across the company.',
      defaultUserRolePermissions: {
        allowedToCreateApps,
        permissionGrantPoliciesAssigned: name ? [prefix + name] : [],
      },
    }
  }
  return [
    {
      call: `GET ${path}`,
      need: { delegated: [...read, 'Policy.ReadWrite.Authorization'] },
      fact,
      serve: ({ c }) => answerItem(c, 'policies/authorizationPolicy', view()),
    },
    {
      call: `PATCH ${path}`,
      need: { delegated: ['Policy.ReadWrite.Authorization'], roles: ['Privileged Role Administrator'] },
      fact,
      async serve(call) {
        const changed = readAuthorization(await call.json())
        call.change(
          {
            activity: 'Update authorization policy',
            category: 'Policy',
            operation: 'Update',
            targets: () => [
              { id: 'authorizationPolicy', displayName: 'Authorization Policy', type: 'Policy' },
            ],
          },
          () => context.settings.patch(changed),
        )
        return call.c.body(null, 204)
      },
    },
  ]
}

function readAuthorization(body: Record<string, unknown>): Partial<TenantSettings> {
  const unknown = Object.keys(body).find((name) => name !== 'defaultUserRolePermissions')
  if (unknown) throw notModelled(`the authorization policy's ${unknown}`)
  const {
    allowedToCreateApps,
    permissionGrantPoliciesAssigned: assigned,
    ...others
  } = (body['defaultUserRolePermissions'] ?? {}) as Record<string, unknown>
  const [other] = Object.keys(others)
  if (other) throw notModelled(`the authorization policy's ${other}`)
  if (allowedToCreateApps !== undefined && typeof allowedToCreateApps !== 'boolean')
    throw badRequest("Invalid value specified for property 'allowedToCreateApps'.")
  return {
    ...(allowedToCreateApps === undefined ? {} : { allowedToCreateApps }),
    ...(assigned === undefined ? {} : { userConsent: readConsent(assigned) }),
  }
}

function readConsent(assigned: unknown): TenantSettings['userConsent'] {
  const names = Array.isArray(assigned) ? (assigned as unknown[]).map(String) : []
  const own = names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length))
  if (!Array.isArray(assigned) || own.length > 1)
    throw badRequest("Invalid value specified for property 'permissionGrantPoliciesAssigned'.")
  const [name] = own
  if (name === undefined) return 'none'
  const found = Object.hasOwn(consentPolicies, name) ? consentPolicies[name] : undefined
  if (!found) throw notModelled(`the permission grant policy ${name}`)
  return found
}

function requestPolicyRoutes({ directory }: DirectoryParts): readonly Route[] {
  const path = '/policies/adminConsentRequestPolicy'
  const fact = 'Graph "adminConsentRequestPolicy"'
  const view = () => {
    const { id: _id, ...kept } = directory.policies.find('adminConsentRequest', 'adminConsentRequest') ?? {
      id: '',
    }
    return { ...requestPolicy, ...kept }
  }
  return [
    {
      call: `GET ${path}`,
      need: { delegated: ['Policy.Read.All', 'Policy.ReadWrite.ConsentRequest'] },
      fact,
      serve: ({ c }) => answerItem(c, 'policies/adminConsentRequestPolicy', view()),
    },
    {
      call: `PUT ${path}`,
      need: { delegated: ['Policy.ReadWrite.ConsentRequest'], roles: [] },
      fact,
      async serve(call) {
        const body = await call.json()
        const { isEnabled, requestDurationInDays: days = 30 } = body
        if (
          typeof isEnabled !== 'boolean' ||
          !Number.isInteger(days) ||
          Number(days) < 1 ||
          Number(days) > 60
        )
          throw badRequest('Invalid value specified for the admin consent request policy.')
        const known = Object.keys(requestPolicy)
        const next = Object.fromEntries(Object.entries(body).filter(([name]) => known.includes(name)))
        call.change(
          {
            activity: 'Update admin consent request policy',
            category: 'Policy',
            operation: 'Update',
            targets: () => [{ id: 'adminConsentRequestPolicy', displayName: null, type: 'Policy' }],
          },
          () => directory.policies.put('adminConsentRequest', { ...view(), ...next }),
        )
        return call.c.body(null, 204)
      },
    },
  ]
}

function requestRoutes(parts: DirectoryParts): readonly Route[] {
  const { directory, users } = parts
  const need = { delegated: requestReaders, roles: [...approvers, 'Global Reader'] }
  const fact = 'Graph "appConsentRequest", "userConsentRequest"'
  const path = `/${set}/:id`
  /** One object for each application that was asked for; its id is that of the first request. */
  const applications = () => {
    const groups = Map.groupBy(directory.consentRequests.all(), (one) => one.appId)
    return [...groups.values()].map((requests) => ({
      id: requests[0]!.id,
      appId: requests[0]!.appId,
      appDisplayName: directory.findPrincipal(requests[0]!.appId)?.displayName ?? null,
      pendingScopes: [...new Set(requests.filter(isPending).flatMap(({ scope }) => scope.split(' ')))].map(
        (displayName) => ({ displayName }),
      ),
      requests,
    }))
  }
  const found = (call: Call) => {
    const one = applications().find(({ id }) => id === call.param('id'))
    if (!one) throw notFound(call.param('id'))
    return one
  }
  const request = (call: Call): ConsentRequest => {
    const one = found(call).requests.find(({ id }) => id === call.param('request'))
    if (!one) throw notFound(call.param('request'))
    return one
  }
  const shown = ({ requests: _requests, ...one }: ReturnType<typeof found>): object => one
  const asUserRequest = (one: ConsentRequest): object => {
    const user = users.find(one.userId)
    return {
      id: one.id,
      createdDateTime: one.createdDateTime,
      reason: one.reason,
      status: isPending(one) ? 'InProgress' : 'Completed',
      createdBy: {
        user: {
          id: one.userId,
          displayName: user?.displayName ?? null,
          userPrincipalName: user?.userPrincipalName ?? null,
        },
      },
      approval: { id: one.id, stages: [stageOf(one)] },
    }
  }
  return [
    {
      call: `GET /${set}`,
      need,
      fact,
      serve: ({ c }) => answerCollection(c, set, applications().map(shown)),
    },
    { call: `GET ${path}`, need, fact, serve: (call) => answerItem(call.c, set, shown(found(call))) },
    {
      call: `GET ${path}/userConsentRequests`,
      need,
      fact,
      serve: (call) =>
        answerCollection(call.c, `${set}/userConsentRequests`, found(call).requests.map(asUserRequest)),
    },
    {
      call: `GET ${path}/userConsentRequests/:request`,
      need,
      fact,
      serve: (call) => answerItem(call.c, `${set}/userConsentRequests`, asUserRequest(request(call))),
    },
    {
      // Microsoft keeps decision and grant apart; here an approval grants what was asked for, as its portal does in one step.
      call: `PATCH ${path}/userConsentRequests/:request/approval/stages/:stage`,
      need: { delegated: ['ConsentRequest.ReadWrite.All'], roles: approvers },
      fact: 'Graph "Update approvalStage"',
      async serve(call) {
        const { reviewResult } = await call.json()
        if (reviewResult !== 'Approve' && reviewResult !== 'Deny')
          throw badRequest("Invalid value specified for property 'reviewResult'.")
        const one = request(call)
        if (!isPending(one)) throw badRequest('The request has been decided already.')
        const principal = directory.findPrincipal(one.appId)
        call.change(
          {
            activity:
              reviewResult === 'Approve' ? 'Approve admin consent request' : 'Deny admin consent request',
            category: 'ApplicationManagement',
            operation: 'Update',
            targets: () => [
              {
                id: principal?.id ?? one.appId,
                displayName: principal?.displayName ?? null,
                type: 'ServicePrincipal',
              },
            ],
          },
          () => {
            directory.consentRequests.decide(one.id, reviewResult === 'Approve' ? 'approved' : 'denied')
            if (reviewResult === 'Approve' && principal)
              directory.consent(principal.id, one.scope.split(' '), null)
          },
        )
        return call.c.body(null, 204)
      },
    },
  ]
}

const isPending = ({ state }: ConsentRequest): boolean => state === 'pending'

const stageOf = ({ id, state }: ConsentRequest): object => ({
  id,
  displayName: null,
  assignedToMe: true,
  status: state === 'pending' ? 'InProgress' : 'Completed',
  reviewResult: { pending: 'NotReviewed', approved: 'Approve', denied: 'Deny' }[state],
  justification: null,
})
