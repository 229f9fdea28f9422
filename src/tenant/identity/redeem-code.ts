// grant_type=authorization_code. entra.md sections 2.3 and 4.1; RFC 7636 section 4.6.
import { createHash, timingSafeEqual } from 'node:crypto'
import { EntraFailure } from './failure.ts'
import { codeLifeMs, looksIssued, type CodeGrant } from './grants.ts'
import { requirePlatform } from './client-authentication.ts'
import type { IdentityParts } from './identity.ts'
import { platformOf, withRootPath } from './redirect-uri.ts'
import { required } from './token-answer.ts'
import type { TokenRequest } from './token-endpoint.ts'
import { answerFor, grantedScopes } from './user-answer.ts'

/** Fixed: its successors inherit what is left. */
const spaLifeSeconds = 86_400

const invalidGrant = (code: number, message: string): EntraFailure =>
  new EntraFailure(code, message, { error: 'invalid_grant' })

export async function redeemCode(parts: IdentityParts, request: TokenRequest): Promise<object> {
  const { application } = request.client
  const code = required(request.form, 'code')
  const redirectUri = required(request.form, 'redirect_uri')
  if (!looksIssued(code))
    throw new EntraFailure(9002313, 'Invalid request. Request is malformed or invalid.', {
      error: 'invalid_request',
    })
  const issued = parts.grants.findCode(code)
  const platform = issued?.grant.platform ?? platformOf(application, redirectUri)
  if (platform) await requirePlatform(parts, request, platform)
  if (!issued || issued.grant.appId !== application.appId)
    throw invalidGrant(
      70000,
      'The provided authorization code is invalid or was issued to another application.',
    )
  const { grant } = issued
  if (issued.redeemed) throw alreadyRedeemed()
  if (parts.clock.nowMs() > issued.createdMs + codeLifeMs) {
    throw invalidGrant(
      70008,
      'The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.',
    )
  }
  if (grant.tenant !== request.tenant)
    throw invalidGrant(
      700005,
      'Provided Authorization Code is intended to use against other tenant, thus rejected. OAuth2 Authorization Code must be redeemed against same tenant it was acquired for.',
    )
  if (withRootPath(grant.redirectUri) !== withRootPath(redirectUri)) {
    throw new EntraFailure(
      500112,
      `The reply address '${redirectUri}' does not match the reply address '${grant.redirectUri}' provided when requesting Authorization code.`,
      { error: 'invalid_client' },
    )
  }
  checkVerifier(grant, request.form['code_verifier'])
  const scopes = grantedScopes(parts, {
    ...grant,
    request,
    scope: request.form['scope'] ?? grant.scope,
  })
  const refreshToken = parts.transaction(() => {
    if (!parts.grants.redeemCode(code)) throw alreadyRedeemed()
    if (!scopes.openId.has('offline_access')) return undefined
    const { userId, appId, authTimeMs, mfaMs } = grant
    return parts.grants.issueRefresh({
      userId,
      appId,
      platform: grant.platform,
      scope: request.form['scope'] ?? grant.scope,
      authTimeMs,
      ...(mfaMs === undefined ? {} : { mfaMs }),
    })
  })
  const spa = grant.platform === 'spa' ? { refreshLifeSeconds: spaLifeSeconds } : {}
  return answerFor(parts, request, { ...grant, ...spa, scopes, refreshToken })
}

const alreadyRedeemed = (): EntraFailure =>
  invalidGrant(
    54005,
    'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.',
  )

function checkVerifier(grant: CodeGrant, verifier: string | undefined): void {
  const mismatch = (): EntraFailure =>
    invalidGrant(
      501481,
      'The Code_Verifier does not match the code_challenge supplied in the authorization request.',
    )
  if (!grant.challenge) {
    if (grant.platform === 'spa')
      throw new EntraFailure(
        9002325,
        'Proof Key for Code Exchange is required for cross-origin authorization code redemption.',
        { error: 'invalid_request' },
      )
    if (verifier !== undefined) throw mismatch()
    return
  }
  if (!verifier)
    throw invalidGrant(
      50148,
      'The code_verifier does not match the code_challenge supplied in the authorization request for PKCE.',
    )
  if (!/^[A-Za-z0-9._~-]{43,128}$/.test(verifier)) throw mismatch()
  const made = grant.method === 'S256' ? sha256(verifier).toString('base64url') : verifier
  if (!timingSafeEqual(sha256(made), sha256(grant.challenge))) throw mismatch()
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()
