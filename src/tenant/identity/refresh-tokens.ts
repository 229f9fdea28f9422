// grant_type=refresh_token: a new refresh token each time, the old one staying valid unless the tenant is set otherwise. entra.md 4.3.
import { familyClients } from '../../facts/well-known-clients.ts'
import type { DirectoryUser } from '../context.ts'
import { EntraFailure } from './failure.ts'
import { looksIssued } from './grants.ts'
import { requirePlatform } from './client-authentication.ts'
import type { IdentityParts } from './identity.ts'
import { notInvited, personOf, userAt } from './tenant-of-request.ts'
import { required } from './token-answer.ts'
import type { TokenRequest } from './token-endpoint.ts'
import { answerFor, grantedScopes } from './user-answer.ts'

const dayMs = 86_400_000
const inactiveMs = 90 * dayMs

export async function refreshTokens(parts: IdentityParts, request: TokenRequest): Promise<object> {
  const { application } = request.client
  const token = required(request.form, 'refresh_token')
  if (!looksIssued(token))
    throw new EntraFailure(9002313, 'Invalid request. Request is malformed or invalid.', {
      error: 'invalid_request',
    })
  const issued = parts.grants.findRefresh(token)
  if (!issued)
    throw new EntraFailure(70000, 'Provided grant is invalid or malformed.', { error: 'invalid_grant' })
  if (issued.grant.appId !== application.appId && !areFamily(issued.grant.appId, application.appId)) {
    throw new EntraFailure(
      70000,
      'Provided grant is invalid or malformed: the refresh token was issued to another application.',
      { error: 'invalid_grant', suberror: 'client_mismatch' },
    )
  }
  const { grant } = issued
  await requirePlatform(parts, request, grant.platform)
  const user = userHere(parts, request, grant.userId)
  const validFromMs = Math.max(
    ...[user.id, personOf(parts, user).id].map((id) =>
      // A confidential client's tokens survive a change of the password.
      parts.accounts.validFromMs(id, { confidential: grant.platform === 'web' }),
    ),
  )
  if (issued.createdMs < validFromMs) throw revoked(issued.createdMs)
  checkAge(parts, {
    ageMs: parts.clock.nowMs() - issued.createdMs,
    createdMs: issued.createdMs,
    spa: grant.platform === 'spa',
  })
  const scope = request.form['scope'] ?? grant.scope
  const scopes = grantedScopes(parts, { ...grant, userId: user.id, request, scope })
  const spa = grant.platform === 'spa'
  const once = parts.settings.get().singleUseRefreshTokens
  const refreshToken = parts.transaction(() => {
    if (once && !parts.grants.useRefreshOnce(token, grant)) return undefined
    const next = { ...grant, userId: user.id, appId: application.appId }
    return parts.grants.issueRefresh(next, spa ? issued.createdMs : undefined)
  })
  if (refreshToken === undefined)
    throw new EntraFailure(
      70000,
      'Provided grant is invalid or malformed: the refresh token was already used, and this tenant takes each one once.',
      { error: 'invalid_grant', suberror: 'bad_token' },
    )
  const refreshLifeSeconds = Math.floor((issued.createdMs + dayMs - parts.clock.nowMs()) / 1_000)
  const { id: userId } = user
  return answerFor(parts, request, {
    ...grant,
    userId,
    scopes,
    refreshToken,
    ...(spa ? { refreshLifeSeconds } : {}),
  })
}

/** The token is bound to the person, not to a tenant: good wherever they are a member or a guest. @throws {EntraFailure} 90072 */
function userHere(parts: IdentityParts, request: TokenRequest, userId: string): DirectoryUser {
  const issuedFor = parts.users.find(userId)
  if (!issuedFor)
    throw new EntraFailure(70000, 'Provided grant is invalid or malformed.', { error: 'invalid_grant' })
  const person = personOf(parts, issuedFor)
  const user = userAt(parts, request.tenant, person)
  if (user) return user
  const tenant = parts.organisationName
  throw new EntraFailure(90072, notInvited({ person, tenant }, request.client.application), {
    error: 'invalid_grant',
  })
}

const areFamily = (one: string, other: string): boolean => familyClients.has(one) && familyClients.has(other)

function checkAge(parts: IdentityParts, o: { ageMs: number; createdMs: number; spa: boolean }): void {
  const issuedAt = new Date(o.createdMs).toISOString()
  if (o.spa && o.ageMs > dayMs) {
    throw new EntraFailure(
      700084,
      `The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime of 1.00:00:00, which can't be extended. It is now expired and a new sign in request must be sent by the SPA to the sign in page. The token was issued on ${issuedAt}.`,
      { error: 'invalid_grant' },
    )
  }
  if (o.ageMs > inactiveMs) {
    throw new EntraFailure(
      700082,
      `The refresh token has expired due to inactivity. The token was issued on ${issuedAt} and was inactive for 90.00:00:00.`,
      { error: 'invalid_grant' },
    )
  }
}

function revoked(createdMs: number): EntraFailure {
  const issuedAt = new Date(createdMs).toISOString()
  return new EntraFailure(
    50173,
    `The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password. The grant was issued on '${issuedAt}' and the TokensValidFrom date (before which tokens are not valid) for this user is later.`,
    { error: 'invalid_grant', suberror: 'bad_token' },
  )
}
