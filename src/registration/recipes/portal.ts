// The Entra admin center, click by click, in the portal's own words: portal.md sections 0 and 1.
import { consentTitle } from './az.ts'
import { visible } from './quote.ts'
import type { RecipeFacts, RecipeStep } from './recipe.ts'

const audiences = {
  AzureADMyOrg: 'Single tenant only (older: Accounts in this organizational directory only)',
  AzureADMultipleOrgs: 'Multiple Entra ID tenants (older: Accounts in any organizational directory)',
  AzureADandPersonalMicrosoftAccount: 'Any Entra ID Tenant + Personal Microsoft accounts',
} as const

const platforms = {
  publicClient: 'Public client/native (mobile & desktop)',
  web: 'Web',
  spa: 'Single-page application (SPA)',
} as const

export function portalRecipe(facts: RecipeFacts): RecipeStep[] {
  const { spec, portal, tenant, clientId } = facts
  const name = `"${visible(spec.name)}"`
  const enterprise = `Enterprise applications > ${name}`
  const registration = `App registrations > All applications > ${name}`
  const users = [...new Set([...spec.assigned, ...facts.forUsers])].map(visible)
  return [
    {
      id: 'sign-in',
      title: 'Sign in as an Application Administrator',
      lines: [`Open ${portal} and see that the tenant is ${visible(tenant)}.`],
    },
    { id: 'register', title: 'Register it', lines: clientId === undefined ? register(facts) : [] },
    { id: 'consent', title: consentTitle({ ...facts, forUsers: [] }), lines: consent(facts, registration) },
    {
      id: 'assign',
      title: 'Say who may use it',
      lines: [
        `${enterprise} > Properties > Assignment required?: ${spec.assignmentRequired ? 'Yes' : 'No'} > Save.`,
        ...spec.assigned.map(
          (user) =>
            `${enterprise} > Users and groups > Add user/group > None Selected > ${visible(user)} > Select > Assign.`,
        ),
      ],
    },
    {
      id: 'check',
      title: 'See what it may do, and who may use it',
      lines: [
        `${enterprise} > Permissions: the tabs Admin consent and User consent list what is granted.`,
        `${enterprise} > Users and groups: who may use it.`,
        `${enterprise} > Sign-in logs: when it was used, and from where.`,
      ],
    },
    {
      id: 'revoke',
      title: 'Take every consent away, and end its sign-ins',
      lines: [
        `${enterprise} > Permissions > Review permissions, or the ... of each row > Revoke Permission.`,
        ...users.map((user) => `Users > ${user} > Revoke sessions.`),
      ],
    },
    {
      id: 'stop',
      title: 'Let nobody sign in with it, and keep everything else',
      lines: [`${enterprise} > Properties > Enabled for users to sign in?: No > Save.`],
    },
    {
      id: 'remove',
      title: 'Delete the registration (30 days in the recycle bin)',
      lines: [`${registration} > Overview > Delete.`],
    },
  ]
}

function register(facts: RecipeFacts): string[] {
  const { spec, redirectUris, scopes, roles } = facts
  const all = (['publicClient', 'web', 'spa'] as const).flatMap((platform) =>
    redirectUris[platform].map((uri) => ({ platform: platforms[platform], uri: visible(uri) })),
  )
  const [first, ...more] = all
  const list = (names: readonly string[], kind: string): string[] =>
    names.length === 0
      ? []
      : [
          `API permissions > + Add a permission > Microsoft Graph > ${kind} permissions: tick ${names.join(', ')} > Add permissions.`,
        ]
  const extra = scopes.includes('User.Read')
    ? []
    : ['API permissions: remove User.Read, which the portal adds by itself.']
  return [
    'App registrations > + New registration.',
    `Name: ${visible(spec.name)}`,
    `Supported account types: ${audiences[spec.audience]}.`,
    ...(first ? [`Redirect URI: ${first.platform}, ${first.uri} (the letter case of the path counts).`] : []),
    'Register.',
    ...more.map((one) => `Authentication > Add Redirect URI > ${one.platform} > ${one.uri} > Configure.`),
    ...(spec.client === 'public'
      ? [
          'Authentication > Settings > Allow public client flows: Enabled (for sign-in by device code) > Save.',
        ]
      : ['Certificates & secrets: upload a certificate, or make a secret and give its Value, not its ID.']),
    ...list(scopes, 'Delegated'),
    ...list(
      roles.map((one) => one.value),
      'Application',
    ),
    ...extra,
    'Overview: copy Application (client) ID and Directory (tenant) ID. The Object ID is another one.',
  ]
}

/** The portal has no page for consent to one user: signing that user in is the only way there. */
function consent({ forUsers }: RecipeFacts, registration: string): string[] {
  const grant = `${registration} > API permissions > Grant admin consent > Yes.`
  if (forUsers.length === 0) return [grant]
  return [grant, `The portal consents for the whole organisation only. For ${forUsers.map(visible).join(', ')} alone, take another way; with assignment required, nobody else can use it either way.`] // prettier-ignore
}
