import { isApplication, type Account } from './account.ts'

/** One way in which a sign-in ends by itself. */
export interface ForecastEnd {
  readonly kind: 'unused' | 'fixed-life' | 'sign-in-frequency'
  readonly endsAtMs: number
  readonly why: string
}

const dayMs = 24 * 3_600_000
const unusedLifeMs = 90 * dayMs

/**
 * When a sign-in will end, soonest first, as far as it can be known. Empty for an application: its credential's end is
 * in the registration. What can end any sign-in at any time is in `unforeseen`. E 4.3, E 6. No I/O.
 */
export function forecastSignIn(account: Account): ForecastEnd[] {
  if (isApplication(account)) return []
  const ends: ForecastEnd[] = []
  const { refreshTokenEndsAtMs, learned } = account
  if (refreshTokenEndsAtMs !== undefined)
    ends.push({
      kind: 'fixed-life',
      endsAtMs: refreshTokenEndsAtMs,
      why: 'the server said so: sign-ins of single-page applications last 24 hours, used or not (AADSTS700084)',
    })
  if (learned?.signInFrequencyMs !== undefined)
    ends.push({
      kind: 'sign-in-frequency',
      endsAtMs: account.signedInAtMs + learned.signInFrequencyMs,
      why: 'the tenant asked to sign in again after so long before (AADSTS70043)',
    })
  if (account.scopes.includes('offline_access'))
    ends.push({
      kind: 'unused',
      endsAtMs: account.refreshTokenIssuedAtMs + unusedLifeMs,
      why: 'a refresh token ends 90 days after its last use; a new one comes with each refresh (AADSTS700082)',
    })
  return ends.toSorted((one, other) => one.endsAtMs - other.endsAtMs)
}

/** Why no date is a promise. */
export function unforeseen(account: Account): string {
  if (isApplication(account))
    return 'it lasts as long as its secret, certificate or federated credential, and the permissions it was granted'
  // E 4.3: confidential clients' tokens survive a change of the password by its owner.
  const password = account.clientKind === 'public' ? 'a new password, ' : ''
  return `${password}a revocation, a disabled account or a new rule of the tenant ends it at once, unannounced`
}
