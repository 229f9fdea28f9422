// The browser's side of a sign-in: the single sign-on cookie, and the sign-in under way with its CSRF token.
import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { TenantClock } from '../context.ts'
import type { Store } from '../store/open-store.ts'
import type { Accounts, Authentication } from './account-states.ts'

/** Entra's names: the first ends with the browser, the second stays for 90 days. */
const sessionCookie = 'ESTSAUTH'
const persistentCookie = 'ESTSAUTHPERSISTENT'
const browserCookie = 'llbrowser'
const hourMs = 3_600_000
const abandonedMs = 24 * hourMs
const unusedMs = 24 * hourMs
const persistentMs = 90 * 24 * hourMs

/** One account that is signed in in this browser. */
export interface SignedInAccount extends Authentication {
  readonly userId: string
}

/** What a person has done so far in one sign-in. */
export interface Progress {
  /** The name as typed or hinted. */
  readonly login?: string
  readonly userId?: string
  readonly authTimeMs?: number
  readonly mfaMs?: number
  /** The number a person compares with the one on the phone. */
  readonly matchNumber?: number
  /** Authenticated in this sign-in, and not yet asked whether to stay signed in. */
  readonly mayAskToStay?: boolean
}

export interface SignIn {
  readonly id: string
  readonly csrf: string
  /** Who goes on when the person is known: `authorize`, or another endpoint's name. */
  readonly next: string
  readonly request: Readonly<Record<string, string>>
  readonly progress: Progress
}

interface SessionRow {
  user_id: string
  auth_time_ms: number
  mfa_ms: number | null
  persistent: number
  used_ms: number
}

export type BrowserSessions = ReturnType<typeof openBrowserSessions>

export function openBrowserSessions(store: Store, o: { clock: TenantClock; accounts: Accounts }) {
  const { clock, accounts } = o
  const { db } = store
  const ofBrowser = db.prepare('SELECT * FROM browser_sessions WHERE hash = ? ORDER BY used_ms DESC')
  const putSession = db.prepare('INSERT OR REPLACE INTO browser_sessions VALUES (?, ?, ?, ?, ?, ?)')
  const moveSessions = db.prepare('UPDATE browser_sessions SET hash = ? WHERE hash = ?')
  const touch = db.prepare('UPDATE browser_sessions SET used_ms = ? WHERE hash = ?')
  const setFactor = db.prepare('UPDATE browser_sessions SET mfa_ms = ? WHERE hash = ? AND user_id = ?')
  const dropSessions = db.prepare('DELETE FROM browser_sessions WHERE hash = ?')
  const dropUnused = db.prepare('DELETE FROM browser_sessions WHERE used_ms < ?')

  const cookieOptions = (c: Context) => ({
    httpOnly: true,
    sameSite: 'Lax' as const,
    path: '/',
    secure: new URL(c.req.url).protocol === 'https:',
  })
  const cookieOf = (c: Context) => getCookie(c, persistentCookie) ?? getCookie(c, sessionCookie)

  function isGood(row: SessionRow): boolean {
    if (row.used_ms + (row.persistent ? persistentMs : unusedMs) < clock.nowMs()) return false
    return row.auth_time_ms >= accounts.validFromMs(row.user_id, { confidential: false })
  }

  return {
    /** The accounts signed in in this browser, the one used last first. */
    accounts(c: Context): SignedInAccount[] {
      const cookie = cookieOf(c)
      if (!cookie) return []
      const rows = (ofBrowser.all(hash(cookie)) as unknown as SessionRow[]).filter(isGood)
      if (rows[0] && rows[0].used_ms + hourMs < clock.nowMs()) touch.run(clock.nowMs(), hash(cookie))
      return rows.map((row) => ({
        userId: row.user_id,
        authTimeMs: row.auth_time_ms,
        ...(row.mfa_ms === null ? {} : { mfaMs: row.mfa_ms }),
      }))
    },
    /** Remembers that the person is signed in. The cookie is a new one each time, so that none can be planted. */
    start(c: Context, account: SignedInAccount, { persistent }: { persistent: boolean }): void {
      const old = cookieOf(c)
      const cookie = randomBytes(32).toString('base64url')
      const { userId, authTimeMs, mfaMs } = account
      store.transaction(() => {
        dropUnused.run(clock.nowMs() - persistentMs)
        if (old) moveSessions.run(hash(cookie), hash(old))
        putSession.run(hash(cookie), userId, authTimeMs, mfaMs ?? null, persistent ? 1 : 0, clock.nowMs())
      })
      const options = cookieOptions(c)
      if (persistent) setCookie(c, persistentCookie, cookie, { ...options, maxAge: persistentMs / 1_000 })
      else if (getCookie(c, persistentCookie)) deleteCookie(c, persistentCookie, options)
      setCookie(c, sessionCookie, cookie, options)
    },
    /** The second factor was given in a session that began without it, or long ago. */
    keepFactor(c: Context, { userId, mfaMs }: { userId: string; mfaMs: number }): void {
      const cookie = cookieOf(c)
      if (cookie) setFactor.run(mfaMs, hash(cookie), userId)
    },
    /** Ends the browser's single sign-on, for all its accounts. */
    stop(c: Context): void {
      const cookie = cookieOf(c)
      if (cookie) dropSessions.run(hash(cookie))
      for (const name of [sessionCookie, persistentCookie])
        if (getCookie(c, name) !== undefined) deleteCookie(c, name, cookieOptions(c))
    },
    ...openSignIns(store, { clock, cookieOptions }),
  }
}

interface SignInRow {
  id: string
  browser_hash: Uint8Array
  csrf: string
  next: string
  request_json: string
  progress_json: string
}

function openSignIns(
  store: Store,
  o: { clock: TenantClock; cookieOptions(c: Context): { httpOnly: boolean; secure: boolean } },
) {
  const { db } = store
  const dropOld = db.prepare('DELETE FROM sign_in_steps WHERE created_ms < ?')
  const put = db.prepare(
    'INSERT INTO sign_in_steps VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET progress_json = excluded.progress_json',
  )
  const find = db.prepare('SELECT * FROM sign_in_steps WHERE id = ?')
  const end = db.prepare('DELETE FROM sign_in_steps WHERE id = ?')
  return {
    /** Nothing is kept before a page asks something: a browser with a session passes without a write. */
    begin(next: string, request: Readonly<Record<string, string>>): SignIn {
      return { id: randomUUID(), csrf: randomBytes(32).toString('base64url'), next, request, progress: {} }
    },
    /** Keeps the sign-in until its form comes back from this browser. */
    keep(c: Context, signIn: SignIn): void {
      let browser = getCookie(c, browserCookie)
      if (!browser) {
        browser = randomBytes(32).toString('base64url')
        setCookie(c, browserCookie, browser, o.cookieOptions(c))
      }
      const { id, csrf, next, request, progress } = signIn
      const nowMs = o.clock.nowMs()
      const owner = hash(browser)
      store.transaction(() => {
        dropOld.run(nowMs - abandonedMs)
        put.run(id, owner, csrf, next, JSON.stringify(request), JSON.stringify(progress), nowMs)
      })
    },
    /** The sign-in a posted form belongs to: same browser, right CSRF token, both compared in constant time. */
    resume(c: Context, form: Readonly<Record<string, string>>): SignIn | undefined {
      const row = find.get(form['flow'] ?? '') as SignInRow | undefined
      const browser = getCookie(c, browserCookie)
      if (!row || !browser) return undefined
      const sameBrowser = timingSafeEqual(row.browser_hash, hash(browser))
      const sameToken = timingSafeEqual(hash(row.csrf), hash(form['csrf'] ?? ''))
      if (!sameBrowser || !sameToken) return undefined
      return {
        id: row.id,
        csrf: row.csrf,
        next: row.next,
        request: JSON.parse(row.request_json) as Record<string, string>,
        progress: JSON.parse(row.progress_json) as Progress,
      }
    },
    end: (signIn: SignIn) => void end.run(signIn.id),
  }
}

const hash = (text: string): Buffer => createHash('sha256').update(text).digest()
