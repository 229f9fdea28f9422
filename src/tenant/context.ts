// What every part of the local tenant is handed. No part reaches past it.
import type { EntraCloudName } from '../facts/entra-clouds.ts'
import type { DatabaseSync } from 'node:sqlite'

export interface TenantClock {
  /** Unix milliseconds of the tenant's own time: set, advanced and sped up by the control API. */
  nowMs(): number
}

export interface TenantSettings {
  /** How long an accepted draft stays visible in Drafts, milliseconds. */
  sendVisibleMs: number
  /** How long it then answers 404 before it is in Sent Items, milliseconds. */
  sendHiddenMs: number
  /** true: each send draws its two times between 0 and the values above. */
  sendJitter: boolean
  /** true: each refresh token works once, and its second use ends the sign-in. Entra keeps old ones valid: a harder test for clients. */
  singleUseRefreshTokens: boolean
  userConsent: 'microsoft-managed' | 'legacy' | 'low' | 'none'
  /** People without a directory role may register applications. */
  allowedToCreateApps: boolean
  /** The same token request so often in five minutes is answered AADSTS50196; 0: never. */
  loopLimit: number
  /** Ask "Stay signed in?" */
  staySignedIn: boolean
  /** false: no Entra ID P1 licence, and the sign-in log is closed to Graph. */
  entraPremium: boolean
}

/** A tenant as its neighbours know it. */
export interface TenantRecord {
  readonly id: string
  readonly displayName: string
  /** Verified domains, lower-case; the first is the default one. */
  readonly domains: readonly string[]
  /** The one of Microsoft's clouds that it belongs to, for good: registrations do not cross clouds. */
  readonly cloud: EntraCloudName
}

export interface DirectoryUser {
  readonly id: string
  /** Whose directory this object is in. */
  readonly tenantId: string
  /** Of a guest: the person's own object, in the tenant that knows the password. */
  readonly homeId: string | null
  readonly userPrincipalName: string
  readonly displayName: string
  readonly mail: string | null
  readonly accountEnabled: boolean
  readonly mailboxKind: 'user' | 'shared' | 'none'
  /** Ids of the users with Full Access to this mailbox. */
  readonly fullAccess: readonly string[]
  /** Names of directory roles. */
  readonly roles: readonly string[]
}

export interface Caller {
  readonly kind: 'user' | 'app'
  /** The token's `tid`: all that the call sees is this tenant's. */
  readonly tenantId: string
  readonly userId?: string
  readonly appId: string
  readonly scopes: readonly string[]
  readonly roles: readonly string[]
}

export interface Need {
  /** One of these in `scp` is enough. */
  readonly delegated: readonly string[]
  /** One of these in `roles` is enough. */
  readonly application?: readonly string[]
  readonly area: 'mail' | 'directory'
  /** An application without any of them is let through, because its rights are asked for elsewhere: see {@link MailboxAccess}. */
  readonly grantedElsewhere?: boolean
}

/** Exchange's word on applications that enter a mailbox without a person (exchange/). People are no matter of its. */
export interface MailboxAccess {
  /** True when Exchange itself granted the application something, somewhere. */
  hasGrants(caller: Caller): boolean
  /** The application permissions that hold for this mailbox now; `isBlocked` when a policy took Entra's away. */
  rolesIn(
    caller: Caller,
    mailboxId: string,
  ): { readonly roles: readonly string[]; readonly isBlocked: boolean }
}

/** One tenant, as its routes see it. */
export interface TenantContext {
  readonly db: DatabaseSync
  readonly clock: TenantClock
  readonly tenantId: string
  /** As it is now: names and domains may change. */
  readonly tenant: TenantRecord
  readonly settings: { get(): TenantSettings; patch(changed: Partial<TenantSettings>): TenantSettings }
  /** All of the work or none of it; a transaction inside another joins it. It is on the disk before the request is answered. */
  transaction<T>(work: () => T): T
  /**
   * Verifies the bearer token (signature, audience, issuer, times, user enabled) and its permissions. Any tenant's: see `of`.
   *
   * @throws {GraphFailure} 401 `InvalidAuthenticationToken`, 403 `ErrorAccessDenied` or `Authorization_RequestDenied`
   */
  authorize(request: Request, need: Need): Promise<Caller>
  readonly mailboxAccess: MailboxAccess
  /** In this tenant, by object id or user principal name, letter case ignored. */
  findUser(idOrName: string): DirectoryUser | undefined
  allUsers(): DirectoryUser[]
  /** The people of all tenants of this process, guests at home alone: mail is delivered to them. Never shown to a caller. */
  everyone(): DirectoryUser[]
  /** The same of another tenant: a call that is not yet known to be anyone's picks by the caller's `tenantId`. */
  of(tenantId: string): TenantContext
}

/** An answer of Graph that is an error; the server writes it in Graph's shape. */
export class GraphFailure extends Error {
  override readonly name = 'GraphFailure'
  readonly status: number
  readonly code: string
  readonly innerCode: string | undefined
  readonly headers: Readonly<Record<string, string>>
  constructor(
    status: number,
    code: string,
    message: string,
    extra: { innerCode?: string; headers?: Record<string, string> } = {},
  ) {
    super(message)
    this.status = status
    this.code = code
    this.innerCode = extra.innerCode
    this.headers = extra.headers ?? {}
  }
}

/** Why a bearer token does not count; each service words it in its own way. */
export class TokenFault extends Error {
  override readonly name = 'TokenFault'
  readonly reason: 'missing' | 'malformed' | 'expired' | 'audience'
  /** What the token was issued for, or when it ended (seconds), where that is the reason. */
  readonly detail: string | undefined
  constructor(reason: TokenFault['reason'], detail?: string) {
    super(`the bearer token does not count: ${reason}`)
    this.reason = reason
    this.detail = detail
  }
}

export const tenantErrors = {
  'tenant/already-up': 'fix-configuration',
  'tenant/port-busy': 'fix-configuration',
  'tenant/other-cloud': 'fix-configuration',
  'tenant/seed-refused': 'fix-configuration',
} as const

/** Why a local tenant could not start. */
export class TenantError extends Error {
  override readonly name = 'TenantError'
  readonly code: keyof typeof tenantErrors
  constructor(code: keyof typeof tenantErrors, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
