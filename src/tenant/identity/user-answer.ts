// What a user's token answer holds, and the checks that every way to it shares. entra.md section 4.2.
import { openIdScopes } from '../../facts/permissions.ts'
import type { Authentication } from './account-states.ts'
import { isAssigned, notAssigned } from './assignment.ts'
import { checkAccess } from './check-access.ts'
import { familyClients } from '../../facts/well-known-clients.ts'
import { answersChallenges } from './access-evaluation.ts'
import { authenticationKind } from './client-authentication.ts'
import { EntraFailure } from './failure.ts'
import type { IdentityParts } from './identity.ts'
import type { Resource } from './resources.ts'
import { notInvited, personOf } from './tenant-of-request.ts'
import { resolveAsked, splitScopes, type AskedResource } from './scopes.ts'
import type { TokenRequest } from './token-endpoint.ts'

export interface GrantedScopes {
  readonly openId: ReadonlySet<string>
  readonly resource: Resource
  /** All consented permissions of the resource, the ones asked for among them. */
  readonly permissions: readonly string[]
  /** true when the answer names them with the resource. */
  readonly qualified: boolean
}

/** @throws {EntraFailure} 28000, 28003, 500011, 500014, 50057, 90072, 50076, 50079, 50105, 50173, 65001, 650057, 70011 */
export function grantedScopes(
  parts: IdentityParts,
  o: Authentication & { request: TokenRequest; userId: string; scope: string },
): GrantedScopes {
  const { application, principal } = o.request.client
  if (o.scope.trim() === '')
    throw new EntraFailure(
      28003,
      "Provided value for the input parameter scope can't be empty when requesting an access token using the provided authorization code. Please specify a valid scope.",
      { error: 'invalid_request' },
    )
  const user = parts.users.find(o.userId)
  // Each way to a token finds the person in this tenant; none may hand out another's.
  if (user && user.tenantId !== parts.tenantId)
    throw new EntraFailure(90072, notInvited({ person: user, tenant: parts.organisationName }, application), {
      error: 'invalid_grant',
    })
  if (!user?.accountEnabled || !personOf(parts, user).accountEnabled)
    throw new EntraFailure(50057, 'The user account is disabled.', { error: 'invalid_grant' })
  checkAccess(parts, o.request, { ...o, user })
  if (!isAssigned(parts, principal, user))
    throw new EntraFailure(50105, notAssigned(application, user), { error: 'invalid_grant' })
  const { openId, resources } = splitScopes(o.scope)
  if (
    resources.length > 1 &&
    o.request.form['grant_type'] === 'authorization_code' &&
    o.request.form['scope']
  )
    throw new EntraFailure(
      28000,
      `Provided value for the input parameter scope is not valid because it contains more than one resource. Scope ${o.scope} is not valid.`,
      { error: 'invalid_request' },
    )
  const asked = resources[0] ?? { uri: '', names: [], isDefault: false }
  const { resource, names } = resolveAsked(parts.directory, asked, parts.organisationName)
  const permissions = consentedTo(parts, o.request, { resource, userId: user.id, asked, names })
  return { openId, resource, permissions, qualified: asked.uri !== '' || !resource.isGraph }
}

/** @throws {EntraFailure} 65001, 650057 */
function consentedTo(
  parts: IdentityParts,
  { client: { application, principal } }: TokenRequest,
  o: { resource: Resource; userId: string; asked: AskedResource; names: readonly string[] },
): string[] {
  const { resource } = o
  const consented = parts.directory.consentedScopes(principal.id, o.userId, resource.principal.id)
  for (const name of resource.preauthorized(application)) consented.add(name)
  const configured = resource.configured(application)
  if (!resource.isGraph && o.asked.isDefault && consented.size === 0 && configured.length === 0) {
    const valid = application.requiredResourceAccess.map((one) => one.resourceAppId).join(', ')
    throw new EntraFailure(
      650057,
      `Invalid resource. The client has requested access to a resource which is not listed in the requested permissions in the client's application registration. Client app ID: ${application.appId}(${application.displayName}). Resource value from request: ${resource.uri}. Resource app ID: ${resource.principal.appId}. List of valid resources from app registration: ${valid}.`,
      { error: 'invalid_resource' },
    )
  }
  const wanted = o.asked.isDefault ? configured : o.names
  if (consented.size === 0 || wanted.some((scope) => !consented.has(scope))) {
    throw new EntraFailure(
      65001,
      `The user or administrator has not consented to use the application with ID '${application.appId}' named '${application.displayName}'. Send an interactive authorization request for this user and resource.`,
      { error: 'invalid_grant', suberror: 'consent_required' },
    )
  }
  return [...consented].filter((scope) => !openIdScopes.has(scope))
}

export interface UserAnswer {
  readonly userId: string
  readonly scopes: GrantedScopes
  readonly refreshToken: string | undefined
  /** What is left of a single-page application's refresh token. */
  readonly refreshLifeSeconds?: number
  readonly nonce?: string
  readonly authTimeMs: number
  readonly mfaMs?: number
}

export async function answerFor(parts: IdentityParts, request: TokenRequest, o: UserAnswer): Promise<object> {
  const user = parts.users.find(o.userId)!
  const { application } = request.client
  const openId = [...o.scopes.openId].filter((scope) => scope !== 'offline_access')
  const longLived = o.scopes.resource.isGraph && answersChallenges(request.form['claims'])
  // Both are signed at the same time.
  const accessToken = parts.tokens.forUser({
    user,
    amr: o.mfaMs === undefined ? ['pwd'] : ['pwd', 'mfa'],
    ipAddress: parts.accounts.of(user.id).ipAddress,
    application,
    resource: o.scopes.resource,
    scopes: o.scopes.resource.isGraph ? [...o.scopes.permissions, ...openId] : o.scopes.permissions,
    origin: request.origin,
    authentication: authenticationKind(request.credentials),
    longLived,
  })
  const prefix = o.scopes.qualified ? `${o.scopes.resource.uri}/` : ''
  const idToken = o.scopes.openId.has('openid')
    ? parts.tokens.idToken({
        user,
        appId: application.appId,
        origin: request.origin,
        openId: o.scopes.openId,
        nonce: o.nonce,
        authTimeMs: o.authTimeMs,
        version: request.version,
      })
    : undefined
  const [access, id] = await Promise.all([accessToken, idToken])
  return {
    token_type: 'Bearer',
    scope: [...openId, ...o.scopes.permissions.map((scope) => `${prefix}${scope}`)].join(' '),
    expires_in: access.lifeSeconds,
    ext_expires_in: access.lifeSeconds,
    ...(longLived ? { refresh_in: Math.floor(access.lifeSeconds / 2) } : {}),
    access_token: access.text,
    ...(o.refreshToken ? { refresh_token: o.refreshToken } : {}),
    ...(o.refreshToken && o.refreshLifeSeconds !== undefined
      ? { refresh_token_expires_in: o.refreshLifeSeconds }
      : {}),
    ...(o.refreshToken && familyClients.has(application.appId) ? { foci: '1' } : {}),
    ...(id === undefined ? {} : { id_token: id }),
    ...(request.form['client_info'] === '1' ? { client_info: parts.tokens.clientInfo(user) } : {}),
  }
}
