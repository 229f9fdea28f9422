// What Graph refuses in an application's body. entra.md section 8.1; portal.md section 1.4.
import { invalidValue } from './objects.ts'

const audiences = [
  'AzureADMyOrg',
  'AzureADMultipleOrgs',
  'AzureADandPersonalMicrosoftAccount',
  'PersonalMicrosoftAccount',
]
const refusedCharacters = /[!$'(),;*]/

/** Returns the body when it is one Graph takes. @throws {GraphFailure} 400 `Request_BadRequest` naming the property */
export function checkApplication(
  body: Record<string, unknown>,
  o: { creating: boolean },
): Record<string, unknown> {
  const bad = (property: string) => invalidValue(property, 'Application')
  const name = body['displayName']
  if (
    (o.creating || name !== undefined) &&
    (typeof name !== 'string' || name.trim() === '' || name.length > 256)
  )
    throw bad('displayName')
  if (body['signInAudience'] !== undefined && !audiences.includes(String(body['signInAudience'])))
    throw bad('signInAudience')
  if (o.creating && body['passwordCredentials'] !== undefined) throw bad('passwordCredentials')
  for (const platform of ['publicClient', 'web', 'spa']) {
    const value = body[platform]
    if (value === undefined) continue
    const uris = (value as { redirectUris?: unknown } | null)?.redirectUris ?? []
    if (!Array.isArray(uris) || uris.length > 256) throw bad('redirectUris')
    for (const uri of uris)
      if (typeof uri !== 'string' || !isRedirectUri(uri, platform)) throw bad('redirectUris')
    body[platform] = { ...(value as object), redirectUris: uris }
  }
  const access = body['requiredResourceAccess']
  if (access !== undefined && !isResourceAccess(access)) throw bad('requiredResourceAccess')
  return body
}

function isRedirectUri(uri: string, platform: string): boolean {
  if (uri.length > 256 || refusedCharacters.test(uri) || !URL.canParse(uri)) return false
  const { protocol, hostname } = new URL(uri)
  if (hostname === '[::1]') return false
  if (protocol === 'https:') return true
  if (protocol === 'http:') return hostname === 'localhost' || hostname === '127.0.0.1'
  return platform === 'publicClient'
}

function isResourceAccess(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (one: { resourceAppId?: unknown; resourceAccess?: unknown } | null) =>
        typeof one?.resourceAppId === 'string' &&
        Array.isArray(one.resourceAccess) &&
        one.resourceAccess.every(
          (access: { id?: unknown; type?: unknown } | null) =>
            typeof access?.id === 'string' && ['Scope', 'Role'].includes(String(access.type)),
        ),
    )
  )
}
