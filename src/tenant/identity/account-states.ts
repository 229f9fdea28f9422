// How each account stands: password, second factor, locks, revocation, home. entra.md sections 4.3 and 6.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { DirectoryUser, TenantClock } from '../context.ts'
import type { People } from '../directory/users.ts'
import type { Store } from '../store/open-store.ts'

export interface AccountState {
  readonly passwordState: 'good' | 'expired' | 'must-change'
  /** A second factor is asked for at every sign-in of this account, whatever the policies say. */
  readonly mfaRequired: boolean
  readonly mfaRegistered: boolean
  readonly userType: 'Member' | 'Guest'
  /** Where this person's browser seems to be: rules about places are judged by it. */
  readonly ipAddress: string
  /** Tenant time, milliseconds; 0 when not locked. */
  readonly lockedUntilMs: number
}

export type AccountChange = Partial<
  Pick<
    AccountState,
    'passwordState' | 'mfaRequired' | 'mfaRegistered' | 'userType' | 'ipAddress' | 'lockedUntilMs'
  >
>

/** Where a person proved who they are, and when; kept with a session, a code and a refresh token. */
export interface Authentication {
  readonly authTimeMs: number
  /** When the second factor was given, milliseconds; absent when it was not. */
  readonly mfaMs?: number
}

export type Accounts = ReturnType<typeof openAccounts>

interface Row {
  password_expired: number
  mfa_required: number
  mfa_registered: number
  ip_address: string
  wrong_passwords: number
  wrong_hashes_json: string
  locks: number
  locked_until_ms: number
}

/** Microsoft Entra smart lockout: "default threshold 10, lockout duration in seconds 60". */
const wrongPasswordsBeforeLock = 10
const firstLockMs = 60_000
const longestLockMs = 3_600_000
const rememberedWrong = 3

export function openAccounts(store: Store, { clock, users }: { clock: TenantClock; users: People }) {
  const { db } = store
  const read = db.prepare('SELECT * FROM account_states WHERE user_id = ?')
  const add = db.prepare('INSERT OR IGNORE INTO account_states (user_id) VALUES (?)')
  const count = db.prepare(
    'UPDATE account_states SET wrong_passwords = ?, wrong_hashes_json = ?, locks = ?, locked_until_ms = ? WHERE user_id = ?',
  )
  const write = db.prepare(
    'UPDATE account_states SET password_expired = ?, mfa_required = ?, mfa_registered = ?, ip_address = ?, locked_until_ms = ? WHERE user_id = ?',
  )
  const row = store.kept((userId) => read.get(userId) as Row | undefined)

  const accounts = {
    of(userId: string): AccountState {
      const kept = row(userId)
      const mustChange = users.mustChangePassword(userId)
      return {
        passwordState: mustChange ? 'must-change' : kept?.password_expired ? 'expired' : 'good',
        mfaRequired: kept?.mfa_required === 1,
        mfaRegistered: kept?.mfa_registered !== 0,
        userType: users.details(userId)['userType'] === 'Guest' ? 'Guest' : 'Member',
        ipAddress: kept?.ip_address ?? '127.0.0.1',
        lockedUntilMs: kept?.locked_until_ms ?? 0,
      }
    },
    change(userId: string, change: AccountChange): void {
      store.transaction(() => {
        add.run(userId)
        const { passwordState, userType, ...next } = { ...accounts.of(userId), ...change }
        write.run(
          passwordState === 'expired' ? 1 : 0,
          next.mfaRequired ? 1 : 0,
          next.mfaRegistered ? 1 : 0,
          next.ipAddress,
          next.lockedUntilMs,
          userId,
        )
        users.update(userId, {
          mustChangePassword: passwordState === 'must-change',
          ...(change.userType ? { details: { userType } } : {}),
        })
      })
    },
    /** Ends what was issued on the old password: sessions, and refresh tokens of public clients. */
    setPassword(userId: string, password: string): void {
      store.transaction(() => {
        accounts.change(userId, { passwordState: 'good', lockedUntilMs: 0 })
        users.setPassword(userId, password, { mustChange: false })
      })
    },
    /** Since when grants are good. A confidential client's refresh tokens survive a change of the password. */
    validFromMs(userId: string, o: { confidential: boolean }): number {
      const revokedMs = users.sessionsValidFromMs(userId)
      return o.confidential ? revokedMs : Math.max(revokedMs, users.passwordChangedMs(userId))
    },
    /**
     * Compares in constant time and counts towards smart lockout: the tenth wrong password locks for a minute, each
     * further lock twice as long; the same wrong password again does not count.
     */
    tryPassword(user: DirectoryUser, given: string): 'right' | 'wrong' | 'locked' {
      const kept = row(user.id)
      if ((kept?.locked_until_ms ?? 0) > clock.nowMs()) return 'locked'
      const password = users.passwordOf(user.id)
      const right = password !== '' && timingSafeEqual(sha256(given), sha256(password))
      if (right && !kept?.wrong_passwords && !kept?.locks) return 'right'
      store.transaction(() => {
        add.run(user.id)
        countPassword(user.id, right ? undefined : given)
      })
      return right ? 'right' : 'wrong'
    },
  }

  function countPassword(userId: string, wrong: string | undefined): void {
    if (wrong === undefined) return void count.run(0, '[]', 0, 0, userId)
    const kept = row(userId)!
    const hash = sha256(userId + wrong)
      .toString('base64url')
      .slice(0, 12)
    const hashes = JSON.parse(kept.wrong_hashes_json) as string[]
    if (hashes.includes(hash)) return
    const wrongs = kept.wrong_passwords + 1
    const remembered = JSON.stringify([hash, ...hashes].slice(0, rememberedWrong))
    if (wrongs < wrongPasswordsBeforeLock) return void count.run(wrongs, remembered, kept.locks, 0, userId)
    const lockMs = Math.min(firstLockMs * 2 ** kept.locks, longestLockMs)
    count.run(0, '[]', kept.locks + 1, clock.nowMs() + lockMs, userId)
  }

  return accounts
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()
