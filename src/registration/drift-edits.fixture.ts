// Ways in which somebody edits a registration by hand: what the check must say of each, and the fix that it names, done.
import { seedScopes } from '../facts/permissions.ts'
import { exchangeAppId, graphAppId } from '../facts/scopes.ts'
import type { GraphClient, GraphMethod } from '../graph/index.ts'
import type { AppSpec } from './app-spec.ts'
import { applyPlan, assignUser, grantConsent, narrowConsent, planApp, unassignUser } from './index.ts'

export const redirectUri = 'http://localhost:9999/Callback'
const mailReadWrite = { id: '024d486e-b451-40bb-833d-3e66d98c5c73', type: 'Scope' }
/** Files.ReadWrite.All, delegated. */
const allFiles = { id: '863451e7-0667-486c-a5d6-d135439485f0', type: 'Scope' }
/** Mail.ReadWrite, application: every mailbox. */
const everyMailbox = 'e2a3a72e-5f79-4c64-b1b1-878b674786c9'

/** A registration as its file says, and the ids of its objects. */
export interface Made {
  readonly admin: GraphClient
  readonly spec: AppSpec
  readonly appId: string
  readonly application: string
  readonly principal: string
  readonly graphPrincipal: string
  readonly user: string
  readonly other: string
  readonly grant: string
  readonly assignment: string
}

export type Send = (method: GraphMethod, path: string, body?: object) => Promise<Record<string, never>>

export interface Edit {
  /** What somebody does by hand. */
  readonly how: string
  readonly edit: (send: Send, made: Made) => Promise<unknown>
  readonly says: RegExp
  readonly fix: RegExp
  readonly repair: (made: Made, send: Send) => Promise<unknown>
  readonly spec?: Partial<AppSpec>
}

const apply = async ({ admin, spec, appId }: Made): Promise<unknown> =>
  applyPlan(admin, await planApp(admin, { ...spec, clientId: appId }))
const consent = ({ admin, appId, spec }: Made): Promise<unknown> =>
  grantConsent(admin, { appId, scopes: spec.permissions, roles: spec.applicationPermissions ?? [] })
const narrow = ({ admin, appId, spec }: Made): Promise<unknown> =>
  narrowConsent(admin, { appId, scopes: spec.permissions, users: spec.assigned })
const change = (send: Send, { application }: Made, body: object): Promise<unknown> =>
  send('PATCH', `/applications/${application}`, body)
const access = (...resourceAccess: object[]): object => ({
  requiredResourceAccess: [{ resourceAppId: graphAppId, resourceAccess }],
})

const applyFix = /letterlock app apply/
const consentFix = /letterlock app consent\.$/
const exactFix = /letterlock app consent --exact/
const confidential: Partial<AppSpec> = {
  client: 'confidential',
  redirectUris: ['https://bot.contoso.example/back'],
}
const certificateDays = (from: string, to: string): object => ({
  startDateTime: `${from}T00:00:00Z`,
  endDateTime: `${to}T00:00:00Z`,
})

export const edits: readonly Edit[] = [
  {
    how: 'renames it',
    edit: (send, made) => change(send, made, { displayName: 'Something else' }),
    says: /name is Something else, the app file says/,
    fix: applyFix,
    repair: apply,
  },
  {
    how: 'opens it to every organisation',
    edit: (send, made) => change(send, made, { signInAudience: 'AzureADMultipleOrgs' }),
    says: /audience is AzureADMultipleOrgs, the app file says AzureADMyOrg/,
    fix: applyFix,
    repair: apply,
  },
  {
    how: 'switches public client flows off',
    edit: (send, made) => change(send, made, { isFallbackPublicClient: false }),
    says: /public client is off.*AADSTS7000218/,
    fix: applyFix,
    repair: apply,
  },
  {
    how: 'removes the redirect URI',
    edit: (send, made) => change(send, made, { publicClient: { redirectUris: [] } }),
    says: /redirect URI http:\/\/localhost:9999\/Callback .*not registered \(AADSTS50011\)/,
    fix: applyFix,
    repair: apply,
  },
  {
    how: 'writes the redirect URI in another letter case',
    edit: (send, made) =>
      change(send, made, { publicClient: { redirectUris: [redirectUri.replace('/C', '/c')] } }),
    says: /letter case differs at "callback" \(AADSTS50011\)/,
    fix: applyFix,
    repair: apply,
  },
  {
    how: 'adds a slash to the redirect URI',
    edit: (send, made) => change(send, made, { publicClient: { redirectUris: [`${redirectUri}/`] } }),
    says: /slash at the end counts/,
    fix: applyFix,
    repair: apply,
  },
  {
    how: 'writes the redirect URI with 127.0.0.1',
    edit: (send, made) =>
      change(send, made, { publicClient: { redirectUris: ['http://127.0.0.1:9999/Callback'] } }),
    says: /127\.0\.0\.1 is another host than localhost/,
    fix: applyFix,
    repair: apply,
  },
  {
    how: 'adds the redirect URI once more with another port',
    edit: (send, made) =>
      change(send, made, { publicClient: { redirectUris: [redirectUri, 'http://localhost:8080/Callback'] } }),
    says: /Entra ignores the port, so it and http:\/\/localhost:9999\/Callback are the same/,
    fix: applyFix,
    repair: apply,
  },
  {
    how: 'moves the redirect URI to the platform for browsers',
    edit: (send, made) =>
      change(send, made, { publicClient: { redirectUris: [] }, spa: { redirectUris: [redirectUri] } }),
    says: /registered as single-page application, not as mobile and desktop \(AADSTS9002327\)/,
    fix: applyFix,
    repair: apply,
  },
  {
    how: 'adds a host of somebody else as a redirect URI',
    edit: (send, made) => change(send, made, { web: { redirectUris: ['https://collector.example/'] } }),
    says: /https:\/\/collector\.example\/ \(web\) is registered.*whoever runs that host can receive the code/,
    fix: applyFix,
    repair: apply,
  },
  {
    how: 'lets tokens come straight from the sign-in page',
    edit: (send, made) =>
      change(send, made, { web: { implicitGrantSettings: { enableAccessTokenIssuance: true } } }),
    says: /implicit grant is on.*deprecated/,
    fix: applyFix,
    repair: apply,
  },
  {
    how: 'takes permissions out of the list',
    edit: (send, made) => change(send, made, access(mailReadWrite)),
    says: /Mail\.Send is not in the registration’s list/,
    fix: applyFix,
    repair: apply,
  },
  {
    how: 'adds a permission to the list',
    edit: (send, made) => change(send, made, access(mailReadWrite, allFiles)),
    says: /Files\.ReadWrite\.All is in the registration’s list of permissions and the app file does not/,
    fix: applyFix,
    repair: apply,
  },
  {
    how: 'takes the application permission of the same name',
    edit: (send, made) => change(send, made, access({ id: everyMailbox, type: 'Role' })),
    says: /Mail\.ReadWrite \(application\) is in the registration’s list/,
    fix: applyFix,
    repair: apply,
  },
  {
    how: 'adds a permission of another service',
    edit: async (send, made) => {
      const before = await send('GET', `/applications/${made.application}`)
      const other = { resourceAppId: exchangeAppId, resourceAccess: [{ id: allFiles.id, type: 'Scope' }] }
      await change(send, made, { requiredResourceAccess: [...before['requiredResourceAccess']!, other] })
    },
    says: /lists 1 permissions of another service \(00000002-0000-0ff1-ce00/,
    fix: /API permissions/,
    repair: async (made, send) => {
      const now = await send('GET', `/applications/${made.application}`)
      const all = now['requiredResourceAccess'] as unknown as readonly { resourceAppId: string }[]
      await change(send, made, {
        requiredResourceAccess: all.filter((one) => one.resourceAppId === graphAppId),
      })
    },
  },
  {
    how: 'revokes consent',
    edit: (send, made) => send('DELETE', `/oauth2PermissionGrants/${made.grant}`),
    says: /Mail\.Send \(delegated\) is not granted/,
    fix: consentFix,
    repair: consent,
  },
  {
    how: 'narrows consent',
    edit: (send, made) =>
      send('PATCH', `/oauth2PermissionGrants/${made.grant}`, {
        scope: seedScopes.filter((one) => one !== 'Mail.Send').join(' '),
      }),
    says: /Mail\.Send \(delegated\) is not granted/,
    fix: consentFix,
    repair: consent,
  },
  {
    how: 'widens consent',
    edit: (send, made) =>
      send('PATCH', `/oauth2PermissionGrants/${made.grant}`, {
        scope: [...seedScopes, 'Files.ReadWrite.All'].join(' '),
      }),
    says: /Files\.ReadWrite\.All \(delegated\) is granted for the organisation/,
    fix: exactFix,
    repair: narrow,
  },
  {
    how: 'consents for another user',
    edit: (send, made) =>
      send('POST', '/oauth2PermissionGrants', {
        clientId: made.principal,
        consentType: 'Principal',
        principalId: made.other,
        resourceId: made.graphPrincipal,
        scope: 'Mail.Send',
      }),
    says: /consent is given for the user .*, whom the app file does not name/,
    fix: exactFix,
    repair: narrow,
  },
  {
    how: 'grants every mailbox without a user',
    edit: (send, made) =>
      send('POST', `/servicePrincipals/${made.graphPrincipal}/appRoleAssignedTo`, {
        principalId: made.principal,
        resourceId: made.graphPrincipal,
        appRoleId: everyMailbox,
      }),
    says: /Mail\.ReadWrite \(application: every mailbox, no user\) is granted/,
    fix: exactFix,
    repair: narrow,
  },
  {
    how: 'disables the enterprise application',
    edit: (send, made) => send('PATCH', `/servicePrincipals/${made.principal}`, { accountEnabled: false }),
    says: /disabled: nobody can sign in/,
    fix: /Enabled for users to sign in/,
    repair: (made, send) => send('PATCH', `/servicePrincipals/${made.principal}`, { accountEnabled: true }),
  },
  {
    how: 'lets everybody use it',
    edit: (send, made) =>
      send('PATCH', `/servicePrincipals/${made.principal}`, { appRoleAssignmentRequired: false }),
    says: /assignment required is off.*anybody in the organisation can sign in/,
    fix: applyFix,
    repair: apply,
  },
  {
    how: 'takes the bot’s assignment away',
    edit: (send, made) =>
      send('DELETE', `/servicePrincipals/${made.principal}/appRoleAssignedTo/${made.assignment}`),
    says: /invoice\.bot@contoso\.example is not assigned.*AADSTS50105/,
    fix: applyFix,
    repair: apply,
  },
  {
    how: 'assigns another user',
    edit: (_, made) => assignUser(made.admin, { appId: made.appId, user: 'ada@contoso.example' }),
    says: /is assigned and the app file does not name it/,
    fix: /letterlock app assign \S+ --remove/,
    repair: (made) => unassignUser(made.admin, { appId: made.appId, user: made.other }),
  },
  {
    how: 'adds a secret to the public client',
    edit: (send, made) =>
      send('POST', `/applications/${made.application}/addPassword`, { passwordCredential: {} }),
    says: /public client holds a secret.*AADSTS700025/,
    fix: /Certificates & secrets/,
    repair: async (made, send) => {
      const [secret] = (await send('GET', `/applications/${made.application}`))['passwordCredentials']! as {
        keyId: string
      }[]
      await send('POST', `/applications/${made.application}/removePassword`, { keyId: secret!.keyId })
    },
  },
  {
    how: 'lets a build server sign in as it',
    edit: (send, made) =>
      send('POST', `/applications/${made.application}/federatedIdentityCredentials`, {
        name: 'builds',
        issuer: 'https://token.actions.example',
        subject: 'repo:somebody/else',
        audiences: ['api://AzureADTokenExchange'],
      }),
    says: /public client holds a federation: federated credential builds/,
    fix: /Certificates & secrets/,
    repair: (made, send) =>
      send('DELETE', `/applications/${made.application}/federatedIdentityCredentials/builds`),
  },
  {
    how: 'lets the secret of a confidential client end',
    spec: confidential,
    edit: (send, made) =>
      send('POST', `/applications/${made.application}/addPassword`, {
        passwordCredential: { displayName: 'old', ...certificateDays('2020-01-01', '2020-02-01') },
      }),
    says: /secret old .*ended on 2020-02-01.*AADSTS7000222/,
    fix: /Add a new secret/,
    repair: async (made, send) => {
      const [old] = (await send('GET', `/applications/${made.application}`))['passwordCredentials']! as {
        keyId: string
      }[]
      await send('POST', `/applications/${made.application}/addPassword`, {
        passwordCredential: certificateDays('2026-01-01', '2027-06-01'),
      })
      await send('POST', `/applications/${made.application}/removePassword`, { keyId: old!.keyId })
    },
  },
  {
    how: 'makes a secret for the next fifty years',
    spec: confidential,
    edit: (send, made) =>
      send('POST', `/applications/${made.application}/addPassword`, {
        passwordCredential: { displayName: 'long', ...certificateDays('2026-01-01', '2076-01-01') },
      }),
    says: /secret long .*lasts until 2076/,
    fix: /at most a year/,
    repair: async (made, send) => {
      const [long] = (await send('GET', `/applications/${made.application}`))['passwordCredentials']! as {
        keyId: string
      }[]
      await send('POST', `/applications/${made.application}/removePassword`, { keyId: long!.keyId })
    },
  },
  {
    how: 'deletes the enterprise application',
    edit: (send, made) => send('DELETE', `/servicePrincipals/${made.principal}`),
    says: /there is no enterprise application \(service principal\): nobody can sign in/,
    fix: applyFix,
    repair: async (made) => {
      await apply(made)
      await consent(made)
    },
  },
  {
    how: 'deletes the registration',
    edit: (send, made) => send('DELETE', `/applications/${made.application}`),
    says: /was deleted and lies in the recycle bin \(AADSTS700016\)/,
    fix: /Restore app registration/,
    repair: (made, send) => send('POST', `/directory/deletedItems/${made.application}/restore`),
  },
  {
    how: 'deletes the bot’s user',
    edit: (send, made) => send('DELETE', `/users/${made.user}`),
    says: /there is no user invoice\.bot@contoso\.example in this tenant, or it was deleted/,
    fix: /restore the user/,
    repair: (made, send) => send('POST', `/directory/deletedItems/${made.user}/restore`),
  },
]
