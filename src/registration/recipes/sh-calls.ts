// Calls of Graph from sh, by a tool that sends them as they are: `az rest` and `m365 request`.
import { graphAppId } from '../../facts/scopes.ts'
import { defaultAccessRoleId } from '../assign.ts'
import { filledIn, jsonForSh, quoteForSh } from './quote.ts'
import { applicationTags, type RecipeFacts, type RecipeStep } from './recipe.ts'

/** How one tool is told to send a request, to read one value of the answer, and to list a column of it. */
export interface ShTool {
  send(method: string, url: string, body?: string): string
  /** A command that prints one value, such as `id`. */
  read(url: string, member: string): string
  /** A command that prints `id` of each row, one a line. */
  ids(url: string): string
}

/** The enterprise application and who may use it, once `$APP` holds the client ID. */
export function shPrincipal(tool: ShTool, { spec, graph, clientId }: RecipeFacts): string[] {
  const url = `"${graph}/v1.0/servicePrincipals"`
  const body = {
    appId: filledIn('APP'),
    tags: applicationTags,
    appRoleAssignmentRequired: spec.assignmentRequired,
  }
  return [
    ...(clientId === undefined ? [tool.send('POST', url, jsonForSh(body))] : []),
    `SP=$(${tool.read(`"${graph}/v1.0/servicePrincipals(appId='$APP')"`, 'id')})`,
  ]
}

export function shConsent(tool: ShTool, facts: RecipeFacts): string[] {
  const { graph, scopes, roles, forUsers } = facts
  const grants = `"${graph}/v1.0/oauth2PermissionGrants"`
  const grant = {
    clientId: filledIn('SP'),
    consentType: '',
    resourceId: filledIn('GRAPH'),
    scope: scopes.join(' '),
  }
  return [
    `GRAPH=$(${tool.read(`"${graph}/v1.0/servicePrincipals(appId='${graphAppId}')"`, 'id')})`,
    ...(scopes.length === 0
      ? []
      : forUsers.length === 0
        ? [tool.send('POST', grants, jsonForSh({ ...grant, consentType: 'AllPrincipals' }))]
        : forUsers.flatMap((user) => [
            shUser(tool, facts, user),
            tool.send(
              'POST',
              grants,
              jsonForSh({ ...grant, consentType: 'Principal', principalId: filledIn('USER_ID') }),
            ),
          ])),
    ...roles.map(({ id }) =>
      tool.send(
        'POST',
        `"${graph}/v1.0/servicePrincipals/$GRAPH/appRoleAssignedTo"`,
        jsonForSh({ principalId: filledIn('SP'), resourceId: filledIn('GRAPH'), appRoleId: id }),
      ),
    ),
  ]
}

export function shAssign(tool: ShTool, facts: RecipeFacts): string[] {
  return facts.spec.assigned.flatMap((user) => [
    shUser(tool, facts, user),
    tool.send(
      'POST',
      `"${facts.graph}/v1.0/servicePrincipals/$SP/appRoleAssignedTo"`,
      jsonForSh({
        principalId: filledIn('USER_ID'),
        resourceId: filledIn('SP'),
        appRoleId: defaultAccessRoleId,
      }),
    ),
  ])
}

/** What every tool of this kind does after it has registered. */
export function shAfterwards(tool: ShTool, facts: RecipeFacts): RecipeStep[] {
  const { graph, spec, clientId } = facts
  const url = (path: string): string => `"${graph}/v1.0/${path}"`
  const find = [
    `APP=${clientId === undefined ? "'the application (client) ID'" : quoteForSh(clientId)}`,
    `SP=$(${tool.read(url("servicePrincipals(appId='$APP')"), 'id')})`,
  ]
  const users = [...new Set([...spec.assigned, ...facts.forUsers])]
  const revoke = [
    ...find,
    `for ID in $(${tool.ids(url('servicePrincipals/$SP/oauth2PermissionGrants'))}); do`,
    `  ${tool.send('DELETE', url('oauth2PermissionGrants/$ID'))}`,
    'done',
    `for ID in $(${tool.ids(url('servicePrincipals/$SP/appRoleAssignments'))}); do`,
    `  ${tool.send('DELETE', url('servicePrincipals/$SP/appRoleAssignments/$ID'))}`,
    'done',
    ...users.flatMap((user) => [
      shUser(tool, facts, user),
      tool.send('POST', url('users/$USER_ID/revokeSignInSessions')),
    ]),
  ]
  return [
    {
      id: 'check',
      title: 'See what it may do, and who may use it',
      lines: [
        ...find,
        tool.send('GET', url('servicePrincipals/$SP/oauth2PermissionGrants')),
        tool.send('GET', url('servicePrincipals/$SP/appRoleAssignments')),
        tool.send('GET', url('servicePrincipals/$SP/appRoleAssignedTo')),
      ],
    },
    { id: 'revoke', title: 'Take every consent away, and end its sign-ins', lines: revoke },
    {
      id: 'stop',
      title: 'Let nobody sign in with it, and keep everything else',
      lines: [
        ...find,
        tool.send('PATCH', url('servicePrincipals/$SP'), jsonForSh({ accountEnabled: false })),
      ],
    },
    {
      id: 'remove',
      title: 'Delete the registration (30 days in the recycle bin)',
      lines: [find[0]!, tool.send('DELETE', url("applications(appId='$APP')"))],
    },
  ]
}

function shUser(tool: ShTool, { graph }: RecipeFacts, user: string): string {
  return `USER_ID=$(${tool.read(quoteForSh(`${graph}/v1.0/users/${encodeURIComponent(user)}`), 'id')})`
}
