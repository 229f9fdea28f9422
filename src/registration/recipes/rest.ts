// Graph itself, as a request file (.http) that editors send: `# @name x` names an answer for the requests after it.
import { graphAppId } from '../../facts/scopes.ts'
import { defaultAccessRoleId } from '../assign.ts'
import { consentTitle } from './az.ts'
import { filledIn, jsonForRequestFile } from './quote.ts'
import { applicationTags, type RecipeFacts, registrationBody, type RecipeStep } from './recipe.ts'

const answer = (name: string, member = 'id'): string => `${name}.response.body.$.${member}`
/** In a path. */
const sp = `{{${answer('sp')}}}`
const graph = `{{${answer('graph')}}}`
/** In a body. */
const [spValue, graphValue] = [filledIn(answer('sp')), filledIn(answer('graph'))]

export function restRecipe(facts: RecipeFacts): RecipeStep[] {
  const { spec, clientId } = facts
  const known = clientId ?? '{{clientId}}'
  const find = named('sp', `GET /servicePrincipals(appId='${known}')`)
  return [
    {
      id: 'sign-in',
      title: 'An administrator’s access token for Graph, and where Graph is',
      lines: [`@graph = ${facts.graph}/v1.0`, '@token = paste it here, and save this file nowhere'],
    },
    {
      id: 'register',
      title: 'Register it',
      lines:
        clientId === undefined ? register(facts) : named('sp', `GET /servicePrincipals(appId='${clientId}')`),
    },
    { id: 'consent', title: consentTitle(facts), lines: consent(facts) },
    {
      id: 'assign',
      title: 'Say who may use it',
      lines: spec.assigned.flatMap((user, index) => [
        ...named(`assigned${index}`, userCall(user)),
        ...call(`POST /servicePrincipals/${sp}/appRoleAssignedTo`, {
          principalId: filledIn(answer(`assigned${index}`)),
          resourceId: spValue,
          appRoleId: defaultAccessRoleId,
        }),
      ]),
    },
    {
      id: 'check',
      title: 'See what it may do, and who may use it',
      lines: [
        ...(clientId === undefined ? ['@clientId = the application (client) ID'] : []),
        ...find,
        ...call(`GET /servicePrincipals/${sp}/oauth2PermissionGrants`),
        ...call(`GET /servicePrincipals/${sp}/appRoleAssignments`),
        ...call(`GET /servicePrincipals/${sp}/appRoleAssignedTo`),
      ],
    },
    {
      id: 'revoke',
      title: 'Take its consent away, and end its sign-ins',
      lines: [...find, ...revoke(facts)],
    },
    {
      id: 'stop',
      title: 'Let nobody sign in with it, and keep everything else',
      lines: [...find, ...call(`PATCH /servicePrincipals/${sp}`, { accountEnabled: false })],
    },
    {
      id: 'remove',
      title: 'Delete the registration (30 days in the recycle bin)',
      lines: call(`DELETE /applications(appId='${known}')`),
    },
  ]
}

function register(facts: RecipeFacts): string[] {
  return [
    ...named('app', 'POST /applications', registrationBody(facts)),
    ...named('sp', 'POST /servicePrincipals', {
      appId: filledIn(answer('app', 'appId')),
      tags: applicationTags,
      appRoleAssignmentRequired: facts.spec.assignmentRequired,
    }),
  ]
}

function consent({ scopes, roles, forUsers }: RecipeFacts): string[] {
  const grant = (whom: object): string[] =>
    call('POST /oauth2PermissionGrants', {
      clientId: spValue,
      ...whom,
      resourceId: graphValue,
      scope: scopes.join(' '),
    })
  const delegated =
    forUsers.length === 0
      ? grant({ consentType: 'AllPrincipals' })
      : forUsers.flatMap((user, index) => [
          ...named(`user${index}`, userCall(user)),
          ...grant({ consentType: 'Principal', principalId: filledIn(answer(`user${index}`)) }),
        ])
  return [
    ...named('graph', `GET /servicePrincipals(appId='${graphAppId}')?$select=id`),
    ...(scopes.length === 0 ? [] : delegated),
    ...roles.flatMap(({ id }) =>
      call(`POST /servicePrincipals/${graph}/appRoleAssignedTo`, {
        principalId: spValue,
        resourceId: graphValue,
        appRoleId: id,
      }),
    ),
  ]
}

/** A request file has no loop: the consents that the recipe gave, and a word on the others. */
function revoke({ spec, forUsers, roles }: RecipeFacts): string[] {
  const users = [...new Set([...spec.assigned, ...forUsers])]
  const consents = Math.max(1, forUsers.length)
  return [
    '# One DELETE for each row of "value" in the answer; this is as many as the recipe made.',
    ...named('grants', `GET /servicePrincipals/${sp}/oauth2PermissionGrants`),
    ...Array.from({ length: consents }, (_, index) =>
      call(`DELETE /oauth2PermissionGrants/{{grants.response.body.$.value[${index}].id}}`),
    ).flat(),
    ...(roles.length === 0 ? [] : named('roles', `GET /servicePrincipals/${sp}/appRoleAssignments`)),
    ...roles.flatMap((_, index) =>
      call(`DELETE /servicePrincipals/${sp}/appRoleAssignments/{{roles.response.body.$.value[${index}].id}}`),
    ),
    ...users.flatMap((user) => call(`POST /users/${encodeURIComponent(user)}/revokeSignInSessions`)),
  ]
}

function userCall(user: string): string {
  return `GET /users/${encodeURIComponent(user)}?$select=id`
}

function named(name: string, request: string, body?: object): string[] {
  return call(request, body, name)
}

function call(request: string, body?: object, name?: string): string[] {
  const [method, path] = request.split(/ (.*)/s) as [string, string]
  return [
    '###',
    ...(name === undefined ? [] : [`# @name ${name}`]),
    `${method} {{graph}}${path}`,
    'Authorization: Bearer {{token}}',
    ...(body === undefined ? [''] : ['Content-Type: application/json', '', jsonForRequestFile(body), '']),
  ]
}
