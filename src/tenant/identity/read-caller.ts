// Who calls a service that is not Graph: Azure Resource Manager, Exchange. Permissions are as the token says.
import { type Caller, TokenFault } from '../context.ts'
import { bearerOf, verifyToken, type Verifying } from './verify-token.ts'

/** Verifies the bearer token for one of the audiences. @throws {TokenFault} */
export type ReadCaller = (request: Request, audiences: readonly string[]) => Promise<Caller>

export function createCallerReader(parts: Verifying): ReadCaller {
  return async (request, audiences) => {
    const claims = await verifyToken(parts, { token: bearerOf(request), audiences })
    const appId = claims.appid ?? ''
    const { tid: tenantId } = claims
    if (claims.scp === undefined)
      return { kind: 'app', tenantId, appId, scopes: [], roles: claims.roles ?? [] }
    const user = parts.views.at(tenantId).users.find(claims.oid ?? '')
    if (!user?.accountEnabled) throw new TokenFault('malformed')
    return { kind: 'user', tenantId, userId: user.id, appId, scopes: claims.scp.split(' '), roles: [] }
  }
}
