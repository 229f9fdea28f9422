// Checks the bearer token of a Graph call: signature, audience, issuer, times, person, permission. entra.md section 7.
import { createHash } from 'node:crypto'
import type { EntraCloud } from '../../facts/entra-clouds.ts'
import { findMicrosoftHost } from '../../facts/microsoft-hosts.ts'
import { graphAppId, openIdScopes } from '../../facts/permissions.ts'
import { type Caller, GraphFailure, type Need, type TenantClock, TokenFault } from '../context.ts'
import type { TenantViews } from '../tenant-views.ts'
import { graphUris } from './resources.ts'
import { claimsChallenge, issuedAtMs } from './access-evaluation.ts'
import type { SigningKey } from './keys.ts'
import { type Claims, verifyToken } from './verify-token.ts'

const cachedTokens = 2_000
const faultTexts: Readonly<Record<TokenFault['reason'], string>> = {
  missing: 'Access token is empty.',
  malformed: 'Access token validation failure. Invalid signature or format.',
  expired: 'Lifetime validation failed, the token is expired.',
  audience: 'Access token validation failure. Invalid audience.',
}

export function createAuthorizer(parts: {
  readonly key: SigningKey
  readonly clock: TenantClock
  readonly views: Pick<TenantViews, 'at' | 'registry'>
}): (request: Request, need: Need) => Promise<Caller> {
  // A token that was verified once is known by its hash until it expires: the signature is three quarters of a call's time.
  const verified = new Map<string, Claims>()
  return async (request, need) => {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
    if (!token) throw unauthorized(faultTexts.missing)
    const hash = createHash('sha256').update(token).digest('base64')
    let claims = verified.get(hash)
    if (!claims) {
      claims = await verify(token)
      if (verified.size >= cachedTokens) verified.delete(verified.keys().next().value!)
      verified.set(hash, claims)
    }
    checkCloud(claims, new URL(request.url), parts.views.at(claims.tid).directory.cloud)
    const nowS = parts.clock.nowMs() / 1_000
    if (claims.exp <= nowS) throw unauthorized(faultTexts.expired)
    if ((claims.nbf ?? 0) > nowS + 300)
      throw unauthorized('Lifetime validation failed, the token is not valid yet.')
    return checkPermission(claims, need)
  }

  async function verify(token: string): Promise<Claims> {
    try {
      return await verifyToken(parts, { token, audiences: graphUris })
    } catch (error) {
      throw error instanceof TokenFault ? unauthorized(faultTexts[error.reason]) : error
    }
  }

  /** Only what the directory grants at this moment counts: taking a grant away works at once, as with CAE. */
  function stillGranted(claims: Claims): { scopes: string[]; roles: string[] } {
    const { directory } = parts.views.at(claims.tid)
    const principalId = directory.principalIdOf(claims.appid ?? '')
    if (!principalId) throw unauthorized('The application was removed from the tenant.')
    if (claims.scp === undefined) {
      const held = new Set(directory.grantedRoles(principalId))
      return { scopes: [], roles: (claims.roles ?? []).filter((one) => held.has(one)) }
    }
    const consented = directory.consentedScopes(principalId, claims.oid ?? '')
    const scopes = claims.scp.split(' ').filter((one) => consented.has(one) || openIdScopes.has(one))
    return { scopes, roles: [] }
  }

  /** Other clients keep what they have until it expires, as at Microsoft. @throws {GraphFailure} 401 with a claims challenge */
  function checkRevocation(claims: Claims, userId: string): void {
    const { users } = parts.views.at(claims.tid)
    const validFromMs = Math.max(users.sessionsValidFromMs(userId), users.passwordChangedMs(userId))
    if (issuedAtMs(claims.aio) < validFromMs) throw claimsChallenge(validFromMs)
  }

  function checkPermission(claims: Claims, need: Need): Caller {
    const delegated = claims.scp !== undefined
    const { scopes, roles } = stillGranted(claims)
    const user = claims.oid ? parts.views.at(claims.tid).users.find(claims.oid) : undefined
    if (delegated && !user?.accountEnabled) throw unauthorized('The user account is disabled or was deleted.')
    if (user && claims.xms_cc?.includes('cp1')) checkRevocation(claims, user.id)
    const enough = delegated
      ? need.delegated.some((one) => scopes.includes(one))
      : (need.application ?? []).some((one) => roles.includes(one))
    const isAskedElsewhere = !delegated && need.grantedElsewhere === true
    if (!enough && !isAskedElsewhere && (delegated ? need.delegated.length > 0 : true)) {
      throw need.area === 'mail'
        ? new GraphFailure(403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.')
        : new GraphFailure(
            403,
            'Authorization_RequestDenied',
            'Insufficient privileges to complete the operation.',
          )
    }
    return delegated
      ? { kind: 'user', tenantId: claims.tid, userId: user!.id, appId: claims.appid ?? '', scopes, roles }
      : { kind: 'app', tenantId: claims.tid, appId: claims.appid ?? '', scopes, roles }
  }
}

/**
 * Each cloud's Graph takes tokens of its own tenants that were made for its own name. Our own origins stand for the Graph
 * of the tenant's cloud. Source: a wrong cloud's Graph answered "InvalidCloudInstance", measured in public.
 */
function checkCloud(claims: Claims, url: URL, own: EntraCloud): void {
  const asked = findMicrosoftHost(url.hostname)
  if (asked?.role === 'graph' && asked.cloud !== own.name) throw unauthorized('InvalidCloudInstance')
  if (claims.aud !== own.graph && claims.aud !== graphAppId)
    throw unauthorized('Access token validation failure. Invalid audience.')
}

function unauthorized(message: string): GraphFailure {
  return new GraphFailure(401, 'InvalidAuthenticationToken', message, {
    headers: {
      'www-authenticate':
        'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"',
    },
  })
}
