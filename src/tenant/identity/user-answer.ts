// What a user's token answer holds, and the checks that every way to it shares. entra.md section 4.2.
import { authenticationKind } from './client-authentication.ts'
import { EntraFailure } from './failure.ts'
import type { IdentityParts } from './identity.ts'
import { checkScopes, readScopes } from './scopes.ts'
import type { TokenRequest } from './token-endpoint.ts'

export interface GrantedScopes {
  readonly openId: ReadonlySet<string>
  /** All consented permissions of Graph, the ones asked for among them. */
  readonly graph: readonly string[]
  readonly qualified: boolean
}

/** @throws {EntraFailure} 28003, 650053, 70011, 50057, 50105, 65001 */
export function grantedScopes(
  parts: IdentityParts,
  o: { request: TokenRequest; userId: string; scope: string },
): GrantedScopes {
  const { application, principal } = o.request.client
  if (o.scope.trim() === '')
    throw new EntraFailure(
      28003,
      "Provided value for the input parameter scope can't be empty when requesting an access token using the provided authorization code. Please specify a valid scope.",
      { error: 'invalid_request' },
    )
  const user = parts.users.find(o.userId)
  if (!user?.accountEnabled)
    throw new EntraFailure(50057, 'The user account is disabled.', { error: 'invalid_grant' })
  if (
    principal.appRoleAssignmentRequired &&
    !parts.directory.assignments(principal.id).some((one) => one.principalId === user.id)
  ) {
    throw new EntraFailure(
      50105,
      `Your administrator has configured the application ${application.displayName} ('${application.appId}') to block users unless they are specifically granted ('assigned') access to the application. The signed in user '${user.userPrincipalName}' is blocked because they are not a direct member of a group with access, nor had access directly assigned by an administrator. Please contact your administrator to assign access to this application.`,
      { error: 'invalid_grant' },
    )
  }
  const consented = parts.directory.consentedScopes(principal.id, user.id)
  const asked = readScopes(o.scope, application, consented)
  checkScopes(asked)
  if (consented.size === 0 || [...asked.graph].some((scope) => !consented.has(scope))) {
    throw new EntraFailure(
      65001,
      `The user or administrator has not consented to use the application with ID '${application.appId}' named '${application.displayName}'. Send an interactive authorization request for this user and resource.`,
      { error: 'invalid_grant', suberror: 'consent_required' },
    )
  }
  const oidc = ['openid', 'profile', 'email', 'offline_access']
  return {
    openId: asked.openId,
    graph: [...consented].filter((scope) => !oidc.includes(scope)),
    qualified: asked.qualified,
  }
}

export interface UserAnswer {
  readonly userId: string
  readonly scopes: GrantedScopes
  readonly refreshToken: string | undefined
  readonly nonce?: string
  readonly authTimeMs: number
}

export async function answerFor(parts: IdentityParts, request: TokenRequest, o: UserAnswer): Promise<object> {
  const user = parts.users.find(o.userId)!
  const { application } = request.client
  const openId = [...o.scopes.openId].filter((scope) => scope !== 'offline_access')
  const access = await parts.tokens.forUser({
    user,
    application,
    scopes: [...o.scopes.graph, ...openId],
    authentication: authenticationKind(request.credentials),
  })
  const prefix = o.scopes.qualified ? 'https://graph.microsoft.com/' : ''
  const idToken = o.scopes.openId.has('openid')
    ? {
        id_token: await parts.tokens.idToken({
          user,
          appId: application.appId,
          origin: request.origin,
          openId: o.scopes.openId,
          nonce: o.nonce,
          authTimeMs: o.authTimeMs,
        }),
      }
    : {}
  return {
    token_type: 'Bearer',
    scope: [...openId, ...o.scopes.graph.map((scope) => `${prefix}${scope}`)].join(' '),
    expires_in: access.lifeSeconds,
    ext_expires_in: access.lifeSeconds,
    access_token: access.text,
    ...(o.refreshToken ? { refresh_token: o.refreshToken } : {}),
    ...idToken,
    ...(request.form['client_info'] === '1' ? { client_info: parts.tokens.clientInfo(user.id) } : {}),
  }
}
