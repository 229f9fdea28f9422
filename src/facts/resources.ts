// Microsoft's resources beside Graph that command-line clients ask tokens for. Sources: msal-common and Azure CLI (scopes they ask),
// Microsoft's published first-party application list. Read 2026-11-24.
import type { EntraCloudName } from './entra-clouds.ts'
import { exchangeAppId } from './scopes.ts'

export interface ResourcePermission {
  readonly id: string
  readonly value: string
  readonly description: string
}

export interface MicrosoftResource {
  readonly appId: string
  readonly displayName: string
  /** By cloud, without a slash at the end; clients ask with one too. */
  readonly uris: Readonly<Record<EntraCloudName, readonly string[]>>
  readonly delegated: readonly ResourcePermission[]
  readonly roles: readonly ResourcePermission[]
}

export const managementAppId = '797f4846-ba00-4fd7-ba43-dac1f8f63013'

export const microsoftResources: readonly MicrosoftResource[] = [
  {
    appId: managementAppId,
    displayName: 'Windows Azure Service Management API',
    uris: {
      global: ['https://management.azure.com', 'https://management.core.windows.net'],
      'gcc-high': ['https://management.usgovcloudapi.net', 'https://management.core.usgovcloudapi.net'],
    },
    delegated: [
      {
        id: '41094075-9dad-400e-a0bd-54e686782033',
        value: 'user_impersonation',
        description: 'Access Azure Service Management as you',
      },
    ],
    roles: [],
  },
  {
    appId: exchangeAppId,
    displayName: 'Office 365 Exchange Online',
    uris: {
      global: ['https://outlook.office365.com', 'https://outlook.office.com'],
      'gcc-high': ['https://outlook.office365.us'],
    },
    delegated: [
      {
        id: 'ab4f2b77-0b06-4fc1-a9de-02113fc2ab7c',
        value: 'Exchange.Manage',
        description: 'Manage Exchange configuration',
      },
      {
        id: '3b5f3d61-589b-4a3c-a359-5dd4b5ee5bd5',
        value: 'EWS.AccessAsUser.All',
        description: 'Access mailboxes as you via Exchange Web Services',
      },
    ],
    roles: [
      {
        id: 'dc50a0fb-09a3-484d-be87-e023b12c6440',
        value: 'Exchange.ManageAsApp',
        description: 'Manage Exchange as an application',
      },
      {
        id: 'dc890d15-9560-4a4c-9b7f-a736ec74ec40',
        value: 'full_access_as_app',
        description: 'Use Exchange Web Services with full access to all mailboxes',
      },
    ],
  },
]

/** What Azure CLI holds without anybody's consent: Microsoft registered it so. Source: a recorded token (scp), AZ. */
export const azureCliGraphScopes =
  'Application.ReadWrite.All AppRoleAssignment.ReadWrite.All AuditLog.Read.All DelegatedPermissionGrant.ReadWrite.All Directory.AccessAsUser.All email Group.ReadWrite.All openid profile offline_access User.Read.All User.ReadWrite.All'
