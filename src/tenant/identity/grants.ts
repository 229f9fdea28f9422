// Authorization codes and refresh tokens: random, opaque, kept as hashes. entra.md sections 2.3 and 4.3.
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { TenantClock } from '../context.ts'
import type { Store } from '../store/open-store.ts'
import type { Platform } from './redirect-uri.ts'

export interface CodeGrant {
  readonly userId: string
  readonly appId: string
  readonly platform: Platform
  /** As resolved from the path: the tenant's GUID, `organizations` or `common`. */
  readonly tenant: string
  readonly redirectUri: string
  readonly scope: string
  readonly nonce?: string
  readonly challenge?: string
  readonly method?: string
  readonly authTimeMs: number
  /** When the second factor was given; absent when it was not. */
  readonly mfaMs?: number
}

export interface RefreshGrant {
  readonly userId: string
  readonly appId: string
  readonly platform: Platform
  readonly scope: string
  readonly authTimeMs: number
  /** When the second factor was given; absent when it was not. */
  readonly mfaMs?: number
  /** All refresh tokens of one sign-in. */
  readonly family?: string
}

export interface IssuedCode {
  readonly grant: CodeGrant
  readonly createdMs: number
  readonly redeemed: boolean
}
export interface IssuedRefresh {
  readonly grant: RefreshGrant
  readonly createdMs: number
}

export const codeLifeMs = 600_000
const keptMs = 86_400_000
const sweepEveryMs = 3_600_000

export type Grants = ReturnType<typeof openGrants>

export function openGrants(store: Store, clock: TenantClock) {
  const { db } = store
  const addCode = db.prepare('INSERT INTO codes (hash, json, created_ms) VALUES (?, ?, ?)')
  const findCode = db.prepare('SELECT json, created_ms, redeemed_ms FROM codes WHERE hash = ?')
  const redeem = db.prepare('UPDATE codes SET redeemed_ms = ? WHERE hash = ? AND redeemed_ms IS NULL')
  const dropCodes = db.prepare('DELETE FROM codes WHERE created_ms < ?')
  const addRefresh = db.prepare('INSERT INTO refresh_tokens VALUES (?, ?, ?, ?, ?)')
  const useRefresh = db.prepare('INSERT OR IGNORE INTO used_refresh_tokens VALUES (?, ?)')
  const revokeFamily = db.prepare('INSERT OR IGNORE INTO revoked_families VALUES (?, ?)')
  const isRevoked = db.prepare('SELECT 1 FROM revoked_families WHERE id = ?')
  const findRefresh = db.prepare('SELECT json, created_ms FROM refresh_tokens WHERE hash = ?')
  let sweptMs = 0
  /** Not at each code: it reads the whole table. */
  function dropOld(nowMs: number): void {
    if (Math.abs(nowMs - sweptMs) < sweepEveryMs) return
    dropCodes.run(nowMs - keptMs)
    sweptMs = nowMs
  }
  return {
    issueCode(grant: CodeGrant): string {
      const code = `1.${randomBytes(48).toString('base64url')}`
      store.transaction(() => {
        const nowMs = clock.nowMs()
        dropOld(nowMs)
        addCode.run(hash(code), JSON.stringify(grant), nowMs)
      })
      return code
    },
    findCode(code: string): IssuedCode | undefined {
      const row = findCode.get(hash(code)) as
        | { json: string; created_ms: number; redeemed_ms: number | null }
        | undefined
      if (!row) return undefined
      return {
        grant: JSON.parse(row.json) as CodeGrant,
        createdMs: row.created_ms,
        redeemed: row.redeemed_ms !== null,
      }
    },
    /** Marks the code used; false when another request was first. */
    redeemCode: (code: string): boolean => redeem.run(clock.nowMs(), hash(code)).changes > 0,
    /** `createdMs` is handed in where the new token inherits its age (single-page applications). */
    issueRefresh(grant: RefreshGrant, createdMs = clock.nowMs()): string {
      const token = `1.${randomBytes(64).toString('base64url')}`
      const kept = { ...grant, family: grant.family ?? randomUUID() }
      addRefresh.run(hash(token), grant.userId, grant.appId, JSON.stringify(kept), createdMs)
      return token
    },
    /** For single-use refresh tokens. Used twice: false, and nothing of that sign-in is good any more (RFC 9700 section 4.14.2). */
    useRefreshOnce(token: string, { family = '' }: RefreshGrant): boolean {
      return store.transaction(() => {
        if (isRevoked.get(family)) return false
        if (useRefresh.run(hash(token), clock.nowMs()).changes > 0) return true
        revokeFamily.run(family, clock.nowMs())
        return false
      })
    },
    findRefresh(token: string): IssuedRefresh | undefined {
      const row = findRefresh.get(hash(token)) as { json: string; created_ms: number } | undefined
      return row ? { grant: JSON.parse(row.json) as RefreshGrant, createdMs: row.created_ms } : undefined
    },
  }
}

/** Whether a text can be one of our codes or refresh tokens at all. */
export const looksIssued = (text: string): boolean => /^1\.[A-Za-z0-9_-]{40,200}$/.test(text)

const hash = (text: string): Buffer => createHash('sha256').update(text).digest()
