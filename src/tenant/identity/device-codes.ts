// Device codes and the codes a person types: the first kept as hashes. entra.md section 5; RFC 8628.
import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import type { TenantClock } from '../context.ts'
import type { Store } from '../store/open-store.ts'

/** `pending` → `confirm` (signed in, not yet asked whether that was meant) → `approved` → `redeemed`; or `declined`. */
export type DeviceState = 'pending' | 'confirm' | 'approved' | 'declined' | 'redeemed'

export interface DeviceGrant {
  readonly userCode: string
  readonly appId: string
  readonly tenant: string
  readonly scope: string
  readonly createdMs: number
  readonly state: DeviceState
  readonly userId: string | null
  readonly authTimeMs: number
  readonly mfaMs: number | null
  /** Where the sign-in pages lead back to: an address of ours that was drawn for this code alone. */
  readonly returnUri: string | null
  readonly csrf: string
}

export const deviceLifeMs = 900_000
export const pollSeconds = 5
const keptMs = 86_400_000
// Without I, O, 0 and 1, which people mix up.
const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'

export type DeviceCodes = ReturnType<typeof openDeviceCodes>

export function openDeviceCodes(store: Store, clock: TenantClock) {
  const { db } = store
  const add = db.prepare(
    'INSERT INTO device_codes (hash, user_code, app_id, tenant, scope, created_ms) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const dropOld = db.prepare('DELETE FROM device_codes WHERE created_ms < ?')
  const byHash = db.prepare('SELECT * FROM device_codes WHERE hash = ?')
  const byUserCode = db.prepare('SELECT * FROM device_codes WHERE user_code = ?')
  const byReturnUri = db.prepare('SELECT * FROM device_codes WHERE return_uri = ?')
  const lead = db.prepare(
    "UPDATE device_codes SET return_uri = ?, browser_hash = ? WHERE user_code = ? AND state = 'pending'",
  )
  const signedIn = db.prepare(
    "UPDATE device_codes SET state = 'confirm', user_id = ?, auth_time_ms = ?, mfa_ms = ?, csrf = ? WHERE user_code = ? AND state = 'pending'",
  )
  const approve = db.prepare(
    "UPDATE device_codes SET state = 'approved' WHERE user_code = ? AND state = 'confirm'",
  )
  const decline = db.prepare(
    "UPDATE device_codes SET state = 'declined' WHERE user_code = ? AND state IN ('pending', 'confirm')",
  )
  const redeem = db.prepare(
    "UPDATE device_codes SET state = 'redeemed' WHERE hash = ? AND state = 'approved'",
  )
  return {
    issue(o: { appId: string; tenant: string; scope: string }): { deviceCode: string; userCode: string } {
      const deviceCode = randomBytes(96).toString('base64url')
      const userCode = Array.from({ length: 9 }, () => letters[randomInt(letters.length)]).join('')
      store.transaction(() => {
        dropOld.run(clock.nowMs() - keptMs)
        add.run(hash(deviceCode), userCode, o.appId, o.tenant, o.scope, clock.nowMs())
      })
      return { deviceCode, userCode }
    },
    find: (deviceCode: string) => asGrant(byHash.get(hash(deviceCode))),
    /** Letter case, spaces and hyphens do not count. */
    findTyped: (text: string) => asGrant(byUserCode.get(text.replaceAll(/[\s-]/g, '').toUpperCase())),
    /** The code whose sign-in leads back to this address, to the letter. */
    findReturn: (uri: string) => asGrant(byReturnUri.get(uri)),
    isExpired: (grant: DeviceGrant): boolean => clock.nowMs() > grant.createdMs + deviceLifeMs,
    /** Binds the code to a browser and to the address its sign-in leads back to. */
    lead: (grant: DeviceGrant, o: { returnUri: string; browser: string }): boolean =>
      lead.run(o.returnUri, hash(o.browser), grant.userCode).changes > 0,
    /** Compares in constant time. */
    isBrowserOf(grant: DeviceGrant, browser: string): boolean {
      const row = byUserCode.get(grant.userCode) as { browser_hash: Uint8Array | null } | undefined
      return row?.browser_hash ? timingSafeEqual(row.browser_hash, hash(browser)) : false
    },
    signedIn: (grant: DeviceGrant, o: { userId: string; authTimeMs: number; mfaMs?: number }): boolean =>
      signedIn.run(
        o.userId,
        o.authTimeMs,
        o.mfaMs ?? null,
        randomBytes(32).toString('base64url'),
        grant.userCode,
      ).changes > 0,
    approve: (grant: DeviceGrant): boolean => approve.run(grant.userCode).changes > 0,
    decline: (grant: DeviceGrant): boolean => decline.run(grant.userCode).changes > 0,
    /** Marks the code used; false when another request was first. */
    redeem: (deviceCode: string): boolean => redeem.run(hash(deviceCode)).changes > 0,
  }
}

interface Row {
  user_code: string
  app_id: string
  tenant: string
  scope: string
  created_ms: number
  state: DeviceState
  user_id: string | null
  auth_time_ms: number | null
  mfa_ms: number | null
  return_uri: string | null
  csrf: string | null
}

function asGrant(found: unknown): DeviceGrant | undefined {
  const row = found as Row | undefined
  if (!row) return undefined
  return {
    userCode: row.user_code,
    appId: row.app_id,
    tenant: row.tenant,
    scope: row.scope,
    createdMs: row.created_ms,
    state: row.state,
    userId: row.user_id,
    authTimeMs: row.auth_time_ms ?? 0,
    mfaMs: row.mfa_ms,
    returnUri: row.return_uri,
    csrf: row.csrf ?? '',
  }
}

const hash = (text: string): Buffer => createHash('sha256').update(text).digest()
