// Microsoft's own public clients that an administrator's token may be asked for with. Source: design §4, @azure/identity 4.13.1. Read 2026-11-24.

export const graphCommandLineToolsClientId = '14d82eec-204b-4c2f-b7e8-296a70dab67e'
export const azureCliClientId = '04b07795-8ddb-461a-bbee-02f9e1bf7b46'

export const wellKnownClients: ReadonlyMap<string, string> = new Map([
  [graphCommandLineToolsClientId, 'Microsoft Graph Command Line Tools'],
  [azureCliClientId, 'Microsoft Azure CLI'],
])

/** Microsoft's clients whose refresh tokens serve each other (`"foci":"1"` in the answer). Source: a recorded answer; MSAL Python. */
export const familyClients: ReadonlySet<string> = new Set([azureCliClientId])
