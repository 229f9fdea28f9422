// Who is signed in where: browser sessions and refresh tokens, for the control API. Never a cookie or a token: those are kept as hashes.
import type { DatabaseSync } from 'node:sqlite'

export interface BrowserSession {
  /** The beginning of the cookie's hash: it names the session and opens nothing. */
  readonly id: string
  readonly userId: string
  readonly authTimeMs: number
  readonly mfaMs: number | null
  readonly persistent: boolean
  readonly usedMs: number
}
export interface KeptRefreshToken {
  readonly id: string
  readonly userId: string
  readonly appId: string
  readonly scope: string
  readonly issuedMs: number
}
/** Of this person, of this application, of both. */
export interface SessionsOf {
  readonly userId?: string | undefined
  readonly appId?: string | undefined
}

const shortId = 'lower(substr(hex(hash), 1, 16)) AS id'
const ofThese = '(?1 IS NULL OR user_id = ?1) AND (?2 IS NULL OR app_id = ?2)'

export function listBrowserSessions(db: DatabaseSync, { userId }: SessionsOf): BrowserSession[] {
  const rows = db
    .prepare(
      `SELECT ${shortId}, user_id, auth_time_ms, mfa_ms, persistent, used_ms FROM browser_sessions
       WHERE ?1 IS NULL OR user_id = ?1 ORDER BY used_ms DESC`,
    )
    .all(userId ?? null)
  return rows.map((row) => ({
    id: String(row['id']),
    userId: String(row['user_id']),
    authTimeMs: Number(row['auth_time_ms']),
    mfaMs: row['mfa_ms'] === null ? null : Number(row['mfa_ms']),
    persistent: row['persistent'] === 1,
    usedMs: Number(row['used_ms']),
  }))
}

/** At most a thousand, the newest first: each refresh adds one. */
export function listRefreshTokens(db: DatabaseSync, { userId, appId }: SessionsOf): KeptRefreshToken[] {
  const rows = db
    .prepare(
      `SELECT ${shortId}, user_id, app_id, json_extract(json, '$.scope') AS scope, created_ms FROM refresh_tokens
       WHERE ${ofThese} ORDER BY created_ms DESC, rowid DESC LIMIT 1000`,
    )
    .all(userId ?? null, appId ?? null)
  return rows.map((row) => ({
    id: String(row['id']),
    userId: String(row['user_id']),
    appId: String(row['app_id']),
    scope: String(row['scope']),
    issuedMs: Number(row['created_ms']),
  }))
}

/** Forgets them; their next use is refused as unknown (AADSTS70000). Returns how many there were. */
export function dropRefreshTokens(db: DatabaseSync, { userId, appId }: SessionsOf): number {
  const dropped = db.prepare(`DELETE FROM refresh_tokens WHERE ${ofThese}`).run(userId ?? null, appId ?? null)
  return Number(dropped.changes)
}

export function dropBrowserSessions(db: DatabaseSync, { userId }: SessionsOf): number {
  const dropped = db
    .prepare('DELETE FROM browser_sessions WHERE ?1 IS NULL OR user_id = ?1')
    .run(userId ?? null)
  return Number(dropped.changes)
}
