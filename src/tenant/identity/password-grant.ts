// grant_type=password: for tests alone, Microsoft says; no second factor can be asked for. entra.md section 4.1.
import type { DirectoryUser } from '../context.ts'
import { requireConfidential, requirePlatform } from './client-authentication.ts'
import { EntraFailure } from './failure.ts'
import type { IdentityParts } from './identity.ts'
import { consumersTenantId } from './tenant-of-request.ts'
import { required } from './token-answer.ts'
import type { TokenRequest } from './token-endpoint.ts'
import { answerFor, grantedScopes } from './user-answer.ts'

export async function signInWithPassword(parts: IdentityParts, request: TokenRequest): Promise<object> {
  const { form, client } = request
  if (request.tenant === 'common' || request.tenant === consumersTenantId)
    throw new EntraFailure(
      9001023,
      'The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.',
      { error: 'invalid_request' },
    )
  const [name, password] = [required(form, 'username'), required(form, 'password')]
  const scope = required(form, 'scope')
  const platform = client.application.isFallbackPublicClient === true ? 'publicClient' : 'web'
  if (platform === 'publicClient') await requirePlatform(parts, request, platform)
  else await requireConfidential(parts, request)
  const user = checkPassword(parts, name, password)
  const authTimeMs = parts.clock.nowMs()
  const scopes = grantedScopes(parts, { request, userId: user.id, scope, authTimeMs })
  const { appId } = client.application
  const refreshToken = scopes.openId.has('offline_access')
    ? parts.grants.issueRefresh({ userId: user.id, appId, platform, scope, authTimeMs })
    : undefined
  return answerFor(parts, request, { userId: user.id, authTimeMs, scopes, refreshToken })
}

/** @throws {EntraFailure} 50034, 50053, 50126, 50057, 50055 */
function checkPassword(parts: IdentityParts, name: string, password: string): DirectoryUser {
  const { users, accounts } = parts
  const refuse = (code: number, message: string, suberror?: string): EntraFailure =>
    new EntraFailure(code, message, { error: 'invalid_grant', ...(suberror ? { suberror } : {}) })
  const user = name.includes('@') ? users.find(name) : undefined
  if (user?.tenantId !== parts.tenantId)
    throw refuse(
      50034,
      `The user account {EUII Hidden} does not exist in the ${parts.tenantId} directory. To sign into this application, the account must be added to the directory.`,
      'bad_token',
    )
  const outcome = accounts.tryPassword(user, password)
  if (outcome === 'locked')
    throw refuse(
      50053,
      "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.",
    )
  if (outcome === 'wrong')
    throw refuse(50126, 'Error validating credentials due to invalid username or password.')
  if (!user.accountEnabled) throw refuse(50057, 'The user account is disabled.')
  if (accounts.of(user.id).passwordState !== 'good')
    throw refuse(50055, 'The password is expired.', 'user_password_expired')
  return user
}
