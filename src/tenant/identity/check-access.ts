// Whether a grant from earlier may still be used: revocation and second factor. entra.md sections 4.3 and 6.
import type { DirectoryUser } from '../context.ts'
import type { Authentication } from './account-states.ts'
import { EntraFailure } from './failure.ts'
import type { IdentityParts } from './identity.ts'
import type { TokenRequest } from './token-endpoint.ts'

/** @throws {EntraFailure} 50173, 50079, 50076 */
export function checkAccess(
  parts: IdentityParts,
  request: TokenRequest,
  o: Authentication & { user: DirectoryUser },
): void {
  const { user } = o
  const confidential = request.credentials.secret !== undefined || request.credentials.assertion !== undefined
  const validFromMs = parts.accounts.validFromMs(user.id, { confidential })
  if (o.authTimeMs < validFromMs)
    throw new EntraFailure(
      50173,
      `The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password. The grant was issued on '${iso(o.authTimeMs)}' and the TokensValidFrom date (before which tokens are not valid) for this user is '${iso(validFromMs)}'.`,
      { error: 'invalid_grant', suberror: 'bad_token' },
    )
  const state = parts.accounts.of(user.id)
  if (!state.mfaRequired || o.mfaMs !== undefined) return
  if (!state.mfaRegistered) throw interaction(50079, registerText)
  throw interaction(50076, secondFactorText)
}

const interaction = (code: number, message: string): EntraFailure =>
  new EntraFailure(code, message, { error: 'interaction_required', suberror: 'basic_action' })

const why =
  'Due to a configuration change made by your administrator, or because you moved to a new location, you must'
const registerText = `${why} enroll in multi-factor authentication to access '00000003-0000-0000-c000-000000000000'.`
export const secondFactorText = `${why} use multi-factor authentication to access '00000003-0000-0000-c000-000000000000'.`

const iso = (ms: number): string => new Date(ms).toISOString()
