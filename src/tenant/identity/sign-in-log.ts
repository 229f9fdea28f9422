// Who signed in, or failed to: the rows behind /auditLogs/signIns. entra.md section 11.
import type { Context } from 'hono'
import type { DirectoryUser } from '../context.ts'
import type { SignInRecord } from '../directory/audit.ts'
import { appliedPolicies } from './applied-policies.ts'
import type { KnownClient } from './authorize-request.ts'
import { EntraFailure } from './failure.ts'
import type { IdentityParts, SharedParts } from './identity.ts'
import type { TokenRequest } from './token-endpoint.ts'

interface Event {
  readonly c: Context
  readonly client: Pick<KnownClient, 'application'>
  readonly user?: DirectoryUser | undefined
  readonly isInteractive: boolean
  readonly failure?: { readonly code: number; readonly message: string }
  readonly more?: Partial<SignInRecord>
}

/** Writes one row, with the transaction of whatever is issued: it costs no wait of its own. */
export function logSignIn(parts: Pick<IdentityParts, 'directory' | 'accounts'>, event: Event): void {
  const { c, client, user, failure } = event
  const correlationId = c.req.header('client-request-id') ?? c.req.query('client-request-id')
  const access = appliedPolicies(parts, judged(event))
  parts.directory.audit.recordSignIn({
    ...(user ? { user } : {}),
    appId: client.application.appId,
    appDisplayName: client.application.displayName,
    isInteractive: event.isInteractive,
    errorCode: failure?.code ?? 0,
    ...(failure ? { failureReason: failure.message } : {}),
    ...(correlationId ? { correlationId } : {}),
    ...(user ? { ipAddress: parts.accounts.of(user.id).ipAddress } : {}),
    userAgent: (c.req.header('user-agent') ?? '').slice(0, 256),
    conditionalAccessStatus: access.status,
    appliedPolicies: access.policies,
    ...event.more,
  })
}

function judged({ client, user, failure, more }: Event): Parameters<typeof appliedPolicies>[1] {
  const isNative =
    'platform' in client ? client.platform === 'publicClient' : more?.clientAppUsed !== undefined
  const question = user && {
    user,
    clientId: client.application.appId,
    ...(more?.resource ? { resourceAppId: more.resource.appId } : {}),
    clientAppType: isNative ? ('mobileAppsAndDesktopClients' as const) : ('browser' as const),
  }
  return { question, failureCode: failure?.code }
}

/** Refreshes of one person with one application are told once in five minutes: Entra groups them too. */
const groupedMs = 5 * 60_000
/** Codes were told when they were issued; a client that polls has not signed in yet. */
const untold = new Set([0, 70016])

export function createTokenLog(shared: Pick<SharedParts, 'clock' | 'grants' | 'users'>) {
  const refreshedMs = new Map<string, number>()
  const isGrouped = (key: string): boolean => {
    const nowMs = shared.clock.nowMs()
    const last = refreshedMs.get(key)
    if (last !== undefined && nowMs >= last && nowMs - last < groupedMs) return true
    if (refreshedMs.size > 10_000) refreshedMs.clear()
    refreshedMs.set(key, nowMs)
    return false
  }
  return {
    succeeded(c: Context, parts: IdentityParts, o: { request: TokenRequest; answer: object }): void {
      const { request, answer } = o
      const grant = request.form['grant_type']!
      if (grant === 'authorization_code') return
      const { oid, aud, idtyp } = readClaims((answer as { access_token?: unknown }).access_token)
      const user = idtyp === 'user' ? shared.users.find(oid ?? '') : undefined
      const { application } = request.client
      if (grant === 'refresh_token' && isGrouped(`${user?.id} ${application.appId} ${aud}`)) return
      logSignIn(parts, {
        c,
        client: request.client,
        user,
        isInteractive: isInteractive(grant),
        more: { clientAppUsed: 'Mobile Apps and Desktop clients', ...resourceOf(parts, aud) },
      })
    },
    failed(c: Context, parts: IdentityParts, o: { request: TokenRequest; error: unknown }): void {
      const { request, error } = o
      if (!(error instanceof EntraFailure) || untold.has(error.code)) return
      const { form } = request
      const userId = form['refresh_token']
        ? shared.grants.findRefresh(form['refresh_token'])?.grant.userId
        : form['username']
      logSignIn(parts, {
        c,
        client: request.client,
        user: userId === undefined ? undefined : shared.users.find(userId),
        isInteractive: isInteractive(form['grant_type']!),
        failure: error,
        more: { clientAppUsed: 'Mobile Apps and Desktop clients' },
      })
    },
  }
}

const isInteractive = (grant: string): boolean => grant.endsWith('device_code') || grant === 'password'

interface TokenClaims {
  readonly oid?: string
  readonly aud?: string
  readonly idtyp?: string
}

/** Our own token, just issued: it needs no check. */
function readClaims(token: unknown): TokenClaims {
  const [, claims = ''] = String(token).split('.')
  return JSON.parse(Buffer.from(claims, 'base64url').toString() || '{}') as TokenClaims
}

function resourceOf({ directory }: IdentityParts, aud: string | undefined): Pick<SignInRecord, 'resource'> {
  if (aud === undefined || aud === 'https://graph.microsoft.com') return {}
  const names = [aud, aud.replace(/\/$/, '')]
  const found =
    directory.findPrincipal(aud) ??
    directory
      .principals()
      .find((one) => ((one['servicePrincipalNames'] ?? []) as string[]).some((name) => names.includes(name)))
  return found ? { resource: { appId: found.appId, displayName: found.displayName } } : {}
}
