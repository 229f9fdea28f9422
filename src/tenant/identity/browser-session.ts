// The browser's side of a sign-in: the single sign-on cookie, and the sign-in under way with its CSRF token.
import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { Store } from '../store/open-store.ts'
import type { TenantClock } from '../context.ts'

const sessionCookie = 'ESTSAUTH'
const browserCookie = 'llbrowser'
const abandonedMs = 86_400_000
const cookieOptions = { httpOnly: true, sameSite: 'Lax', path: '/' } as const

export interface SignIn {
  readonly id: string
  readonly csrf: string
  readonly request: Record<string, string>
  readonly userId: string | null
}

export type BrowserSessions = ReturnType<typeof openBrowserSessions>

export function openBrowserSessions(store: Store, clock: TenantClock) {
  const { db } = store
  const addSession = db.prepare('INSERT INTO sessions VALUES (?, ?, ?)')
  const dropSession = db.prepare('DELETE FROM sessions WHERE hash = ?')
  const dropOld = db.prepare('DELETE FROM sign_ins WHERE created_ms < ?')
  const findSession = db.prepare('SELECT user_id FROM sessions WHERE hash = ?')
  const addSignIn = db.prepare('INSERT INTO sign_ins VALUES (?, ?, ?, ?, ?, ?)')
  const findSignIn = db.prepare('SELECT * FROM sign_ins WHERE id = ?')
  const setUser = db.prepare('UPDATE sign_ins SET user_id = ? WHERE id = ?')
  const endSignIn = db.prepare('DELETE FROM sign_ins WHERE id = ?')
  return {
    userOf(c: Context): string | undefined {
      const cookie = getCookie(c, sessionCookie)
      return cookie ? (findSession.get(hash(cookie)) as { user_id: string } | undefined)?.user_id : undefined
    },
    start(c: Context, userId: string): void {
      const cookie = randomBytes(32).toString('base64url')
      addSession.run(hash(cookie), userId, clock.nowMs())
      setCookie(c, sessionCookie, cookie, cookieOptions)
    },
    /** Ends the browser's single sign-on. */
    stop(c: Context): void {
      const cookie = getCookie(c, sessionCookie)
      if (cookie) dropSession.run(hash(cookie))
      deleteCookie(c, sessionCookie, cookieOptions)
    },
    begin(c: Context, request: Record<string, string>): SignIn {
      let browser = getCookie(c, browserCookie)
      if (!browser) {
        browser = randomBytes(32).toString('base64url')
        setCookie(c, browserCookie, browser, cookieOptions)
      }
      const signIn: SignIn = {
        id: randomUUID(),
        csrf: randomBytes(32).toString('base64url'),
        request,
        userId: null,
      }
      store.transaction(() => {
        dropOld.run(clock.nowMs() - abandonedMs)
        addSignIn.run(signIn.id, hash(browser), signIn.csrf, JSON.stringify(request), null, clock.nowMs())
      })
      return signIn
    },
    /** The sign-in a posted form belongs to: same browser, right CSRF token, both compared in constant time. */
    resume(c: Context, form: { flow?: string; csrf?: string }): SignIn | undefined {
      const row = findSignIn.get(form.flow ?? '') as
        | { id: string; browser_hash: Uint8Array; csrf: string; request_json: string; user_id: string | null }
        | undefined
      const browser = getCookie(c, browserCookie)
      if (!row || !browser) return undefined
      if (
        !timingSafeEqual(row.browser_hash, hash(browser)) ||
        !timingSafeEqual(hash(row.csrf), hash(form.csrf ?? ''))
      )
        return undefined
      return {
        id: row.id,
        csrf: row.csrf,
        request: JSON.parse(row.request_json) as Record<string, string>,
        userId: row.user_id,
      }
    },
    setUser: (signIn: SignIn, userId: string): SignIn => {
      setUser.run(userId, signIn.id)
      return { ...signIn, userId }
    },
    end: (signIn: SignIn) => void endSignIn.run(signIn.id),
  }
}

const hash = (text: string): Buffer => createHash('sha256').update(text).digest()
