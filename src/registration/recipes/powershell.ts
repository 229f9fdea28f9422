// Microsoft Graph PowerShell, for PowerShell 7 and 5.1.
import { permissionById } from '../../facts/permissions.ts'
import { graphAppId } from '../../facts/scopes.ts'
import { defaultAccessRoleId } from '../assign.ts'
import { consentTitle } from './az.ts'
import { quoteForPowerShell as quoted } from './quote.ts'
import { applicationTags, type RecipeFacts, registrationBody, type RecipeStep } from './recipe.ts'

const environments: Readonly<Record<string, string>> = {
  'gcc-high': 'USGov',
  dod: 'USGovDoD',
  china: 'China',
}

/** What each step needs, and no more: an administrator consents to these for the whole PowerShell module. */
const scopesOf = {
  make: 'Application.ReadWrite.All,DelegatedPermissionGrant.ReadWrite.All,AppRoleAssignment.ReadWrite.All,User.ReadBasic.All',
  read: 'Application.Read.All,DelegatedPermissionGrant.Read.All',
  revoke:
    'Application.Read.All,DelegatedPermissionGrant.ReadWrite.All,AppRoleAssignment.ReadWrite.All,User.ReadBasic.All,User.RevokeSessions.All',
  change: 'Application.ReadWrite.All',
} as const

function connect({ tenant, cloudName }: RecipeFacts, work: keyof typeof scopesOf): string {
  const environment = environments[cloudName]
  const where = environment === undefined ? '' : ` -Environment ${environment}`
  return `Connect-MgGraph -TenantId ${quoted(tenant)} -Scopes ${scopesOf[work]}${where}`
}

export function powerShellRecipe(facts: RecipeFacts): RecipeStep[] {
  const { spec } = facts
  return [
    {
      id: 'sign-in',
      title: 'Sign in as an Application Administrator (Install-Module Microsoft.Graph, once)',
      lines: [connect(facts, 'make')],
    },
    { id: 'register', title: 'Register it', lines: register(facts) },
    { id: 'consent', title: consentTitle(facts), lines: consent(facts) },
    {
      id: 'assign',
      title: 'Say who may use it',
      lines: spec.assigned.flatMap((user) => [
        userLine(user),
        `New-MgServicePrincipalAppRoleAssignedTo -ServicePrincipalId $sp.Id -BodyParameter ${hash({ principalId: $('user.Id'), resourceId: $('sp.Id'), appRoleId: defaultAccessRoleId })}`,
      ]),
    },
    ...afterwards(facts),
  ]
}

function register(facts: RecipeFacts): string[] {
  if (facts.clientId !== undefined) return find(facts.clientId)
  const principal = {
    appId: $('app.AppId'),
    tags: applicationTags,
    appRoleAssignmentRequired: facts.spec.assignmentRequired,
  }
  // One line a permission, with its name: an administrator must see what the numbers are.
  const access = facts.resourceAccess.map(
    (one) => `$access += ${hash(one)} # ${permissionById(one.id)?.value ?? 'unknown'} (${one.type})`,
  )
  const listed =
    access.length === 0 ? [] : [{ resourceAppId: graphAppId, resourceAccess: new Variable('access') }]
  return [
    ...(access.length === 0 ? [] : ['$access = @()', ...access]),
    `$app = New-MgApplication -BodyParameter ${hash({ ...registrationBody(facts), requiredResourceAccess: listed })}`,
    `$sp = New-MgServicePrincipal -BodyParameter ${hash(principal)}`,
    '$app.AppId',
  ]
}

function consent({ scopes, roles, forUsers }: RecipeFacts): string[] {
  const graph = `$graph = Get-MgServicePrincipal -Filter "appId eq '${graphAppId}'"`
  const grant = (whom: object): string =>
    `New-MgOauth2PermissionGrant -BodyParameter ${hash({ clientId: $('sp.Id'), ...whom, resourceId: $('graph.Id'), scope: scopes.join(' ') })}`
  const delegated =
    forUsers.length === 0
      ? [grant({ consentType: 'AllPrincipals' })]
      : forUsers.flatMap((user) => [
          userLine(user),
          grant({ consentType: 'Principal', principalId: $('user.Id') }),
        ])
  const held = roles.map(
    ({ id }) =>
      `New-MgServicePrincipalAppRoleAssignedTo -ServicePrincipalId $graph.Id -BodyParameter ${hash({ principalId: $('sp.Id'), resourceId: $('graph.Id'), appRoleId: id })}`,
  )
  return [graph, ...(scopes.length === 0 ? [] : delegated), ...held]
}

function afterwards(facts: RecipeFacts): RecipeStep[] {
  const { spec, clientId = 'the application (client) ID', forUsers } = facts
  const users = [...new Set([...spec.assigned, ...forUsers])]
  return [
    {
      id: 'check',
      title: 'See what it may do, and who may use it',
      lines: [
        connect(facts, 'read'),
        ...find(clientId),
        'Get-MgServicePrincipalOauth2PermissionGrant -ServicePrincipalId $sp.Id -All',
        'Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $sp.Id -All',
        'Get-MgServicePrincipalAppRoleAssignedTo -ServicePrincipalId $sp.Id -All',
      ],
    },
    {
      id: 'revoke',
      title: 'Take every consent away, and end its sign-ins',
      lines: [
        connect(facts, 'revoke'),
        ...find(clientId),
        'foreach ($grant in Get-MgServicePrincipalOauth2PermissionGrant -ServicePrincipalId $sp.Id -All) {',
        '  Remove-MgOauth2PermissionGrant -OAuth2PermissionGrantId $grant.Id',
        '}',
        'foreach ($role in Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $sp.Id -All) {',
        '  Remove-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $sp.Id -AppRoleAssignmentId $role.Id',
        '}',
        ...users.flatMap((user) => [userLine(user), 'Revoke-MgUserSignInSession -UserId $user.Id']),
      ],
    },
    {
      id: 'stop',
      title: 'Let nobody sign in with it, and keep everything else',
      lines: [
        connect(facts, 'change'),
        ...find(clientId),
        `Update-MgServicePrincipal -ServicePrincipalId $sp.Id -BodyParameter ${hash({ accountEnabled: false })}`,
      ],
    },
    {
      id: 'remove',
      title: 'Delete the registration (30 days in the recycle bin)',
      lines: [
        connect(facts, 'change'),
        `$app = Get-MgApplication -Filter "appId eq '${clientId}'"`,
        'Remove-MgApplication -ApplicationId $app.Id',
      ],
    },
  ]
}

function find(clientId: string): string[] {
  return [`$sp = Get-MgServicePrincipal -Filter "appId eq '${clientId}'"`]
}

function userLine(user: string): string {
  return `$user = Get-MgUser -UserId ${quoted(user)}`
}

class Variable {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** A variable's value in a hash table. */
function $(name: string): Variable {
  return new Variable(name)
}

function hash(value: unknown): string {
  if (value instanceof Variable) return `$${value.name}`
  if (Array.isArray(value)) return `@(${value.map(hash).join(', ')})`
  if (typeof value === 'boolean') return `$${value}`
  if (typeof value !== 'object' || value === null) return quoted(String(value))
  const members = Object.entries(value).map(([key, one]) => `${key} = ${hash(one)}`)
  return `@{ ${members.join('; ')} }`
}
