// grant_type=jwt-bearer, requested_token_use=on_behalf_of: an API trades a user's token for one of another API. entra.md section 4.1.
import type { Application } from '../directory/objects.ts'
import { requireConfidential } from './client-authentication.ts'
import { EntraFailure } from './failure.ts'
import type { IdentityParts } from './identity.ts'
import { required } from './token-answer.ts'
import type { TokenRequest } from './token-endpoint.ts'
import { answerFor, grantedScopes } from './user-answer.ts'

const refuse = (code: number, message: string): EntraFailure =>
  new EntraFailure(code, message, { error: 'invalid_grant' })

export async function actOnBehalfOf(parts: IdentityParts, request: TokenRequest): Promise<object> {
  const assertion = required(request.form, 'assertion')
  if (required(request.form, 'requested_token_use') !== 'on_behalf_of')
    throw new EntraFailure(9002313, 'Invalid request. Request is malformed or invalid.', {
      error: 'invalid_request',
    })
  const scope = required(request.form, 'scope')
  await requireConfidential(parts, request)
  const { application } = request.client
  const claims = await readUserToken(parts, application, assertion)
  const userId = String(claims['oid'])
  // The token was bound to the rules of its own sign-in; a second factor in it is one here too.
  const authTimeMs = Number(claims['iat']) * 1_000
  const mfa = ((claims['amr'] ?? []) as string[]).includes('mfa') ? { mfaMs: authTimeMs } : {}
  const scopes = grantedScopes(parts, { request, userId, scope, authTimeMs, ...mfa })
  const refreshToken = scopes.openId.has('offline_access')
    ? parts.grants.issueRefresh({
        userId,
        appId: application.appId,
        platform: 'web',
        scope,
        authTimeMs,
        ...mfa,
      })
    : undefined
  return answerFor(parts, request, { userId, authTimeMs, scopes, refreshToken })
}

/** @throws {EntraFailure} 50013, 500131, 500133, 240002, 7000114 */
async function readUserToken(
  parts: IdentityParts,
  application: Application,
  assertion: string,
): Promise<Record<string, unknown>> {
  const { compactVerify } = await import('jose')
  const bytes = await compactVerify(assertion, parts.key.verifier, { algorithms: ['RS256'] }).catch(() => {
    throw refuse(
      50013,
      'Assertion failed signature validation. [Reason - The key was not found., Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys.',
    )
  })
  const claims = JSON.parse(Buffer.from(bytes.payload).toString()) as Record<string, unknown>
  if (claims['idtyp'] === undefined)
    throw refuse(
      240002,
      "Input id_token cannot be used as 'urn:ietf:params:oauth:grant-type:jwt-bearer' grant.",
    )
  const own = [application.appId, ...((application['identifierUris'] ?? []) as string[])]
  const audience = String(claims['aud']).replace(/\/+$/, '')
  if (!own.some((uri) => uri.toLowerCase() === audience.toLowerCase()))
    throw refuse(
      500131,
      `Assertion audience does not match the Client app presenting the assertion. The audience in the assertion was '${audience}' and the expected audience is '${own.at(-1)}' or one of the Application Uris of this application with App ID '${application.appId}'(${application.displayName}). The downstream client must request a token for the expected audience (the application that made the OBO request) and this application should use that token as the assertion.`,
    )
  const nowMs = parts.clock.nowMs()
  if (Number(claims['exp']) * 1_000 <= nowMs)
    throw refuse(
      500133,
      `Assertion is not within its valid time range. Ensure that the access token is not expired before using it for user assertion, or request a new token. Current time: ${new Date(nowMs).toISOString()}, expiry time of assertion ${new Date(Number(claims['exp']) * 1_000).toISOString()}.`,
    )
  if (claims['idtyp'] !== 'user')
    throw refuse(
      7000114,
      `Application '${application.appId}' is not allowed to make application on-behalf-of calls.`,
    )
  return claims
}
