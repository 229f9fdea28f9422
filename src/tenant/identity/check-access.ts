// Whether a grant from earlier may still be used: revocation, policies and second factor. entra.md sections 4.3 and 6.
import type { DirectoryUser } from '../context.ts'
import type { Authentication } from './account-states.ts'
import { EntraFailure } from './failure.ts'
import type { IdentityParts } from './identity.ts'
import { capolids, isMfaTooOld, isTooOld, judgeGrant, refuseGrant } from './policy-refusals.ts'
import type { TokenRequest } from './token-endpoint.ts'

/** @throws {EntraFailure} 50173, 53003, 53000, 53001, 530003, 70043, 50079, 50076, 50078 */
export function checkAccess(
  parts: IdentityParts,
  request: TokenRequest,
  o: Authentication & { user: DirectoryUser; scope: string },
): void {
  const { user } = o
  const confidential = request.credentials.secret !== undefined || request.credentials.assertion !== undefined
  // A guest's sign-ins end here, or at home.
  const validFromMs = Math.max(
    parts.accounts.validFromMs(user.id, { confidential }),
    parts.accounts.validFromMs(user.homeId ?? user.id, { confidential }),
  )
  if (o.authTimeMs < validFromMs)
    throw new EntraFailure(
      50173,
      `The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password. The grant was issued on '${iso(o.authTimeMs)}' and the TokensValidFrom date (before which tokens are not valid) for this user is '${iso(validFromMs)}'.`,
      { error: 'invalid_grant', suberror: 'bad_token' },
    )
  const verdict = judgeGrant(parts, request, o)
  refuseGrant(request, verdict)
  const nowMs = parts.clock.nowMs()
  if (isTooOld(verdict, o.authTimeMs, nowMs))
    throw new EntraFailure(
      70043,
      `The refresh token has expired or is invalid due to sign-in frequency checks by conditional access. The token was issued on ${iso(o.authTimeMs)} and the maximum allowed lifetime for this request is ${verdict.frequencyMs! / 1_000}.`,
      { error: 'invalid_grant', suberror: 'token_expired' },
    )
  const state = parts.accounts.of(user.homeId ?? user.id)
  if (!state.mfaRequired && verdict.mfa.length === 0 && verdict.mfaFrequencyMs === undefined) return
  const claims = capolids(verdict.mfa)
  if (o.mfaMs === undefined) {
    if (!state.mfaRequired && verdict.mfa.length === 0) return
    throw state.mfaRegistered
      ? interaction(50076, secondFactorText, claims)
      : interaction(50079, registerText, claims)
  }
  if (isMfaTooOld(verdict, o.mfaMs, nowMs)) throw interaction(50078, mfaExpiredText, claims)
}

const interaction = (code: number, message: string, claims: string | undefined): EntraFailure =>
  new EntraFailure(code, message, {
    error: 'interaction_required',
    suberror: 'basic_action',
    ...(claims ? { claims } : {}),
  })

const why =
  'Due to a configuration change made by your administrator, or because you moved to a new location, you must'
export const registerText = `${why} enroll in multi-factor authentication to access '00000003-0000-0000-c000-000000000000'.`
export const secondFactorText = `${why} use multi-factor authentication to access '00000003-0000-0000-c000-000000000000'.`
const mfaExpiredText =
  "Presented multi-factor authentication has expired due to policies configured by your administrator, you must refresh your multi-factor authentication to access '00000003-0000-0000-c000-000000000000'."

const iso = (ms: number): string => new Date(ms).toISOString()
