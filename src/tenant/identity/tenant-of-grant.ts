// For which tenant tokens are asked: what the path names, or what the grant itself says where the path leaves it open. entra.md section 4.
import type { IdentityParts, SharedParts } from './identity.ts'
import { namesOneTenant, partsBefore, personOf } from './tenant-of-request.ts'

type Form = Readonly<Record<string, string>>

/** Only a choice of the tenant: the grant itself is checked by whoever redeems it there. */
export function partsOfGrant(
  shared: SharedParts,
  asked: { readonly tenant: string; readonly form: Form; readonly clientId: string },
): IdentityParts {
  const own = namesOneTenant(asked.tenant) ? undefined : tenantOfGrant(shared, asked.form)
  return own ? shared.at(own) : partsBefore(shared, { tenant: asked.tenant, client_id: asked.clientId })
}

function tenantOfGrant(shared: SharedParts, form: Form): string | undefined {
  const { users, grants, devices, registry } = shared
  switch (form['grant_type']) {
    case 'authorization_code':
      return users.find(grants.findCode(form['code'] ?? '')?.grant.userId ?? '')?.tenantId
    case 'refresh_token':
      return homeOf(shared, grants.findRefresh(form['refresh_token'] ?? '')?.grant.userId)
    case 'urn:ietf:params:oauth:grant-type:device_code':
    case 'device_code':
      return users.find(devices.find(form['device_code'] ?? form['code'] ?? '')?.userId ?? '')?.tenantId
    case 'password':
      return users.find(form['username'] ?? '')?.tenantId
    case 'urn:ietf:params:oauth:grant-type:jwt-bearer':
      return registry.get(readTid(form['assertion'] ?? ''))?.id
    default:
      return undefined
  }
}

/** Where the person's password is known: a refresh token is good for every tenant, so it alone says which is meant. */
function homeOf({ users }: SharedParts, userId: string | undefined): string | undefined {
  const user = users.find(userId ?? '')
  return user && personOf({ users }, user).tenantId
}

function readTid(assertion: string): string {
  try {
    const claims = JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString()) as unknown
    return String((claims as { tid?: unknown } | null)?.tid)
  } catch {
    return ''
  }
}
