// Codes and tokens: made, kept hashed, redeemed. entra.md sections 2.3, 4.2, 4.3, 7.
import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto'
import type { DirectoryUser, TenantClock } from '../context.ts'
import type { Application, Directory } from '../directory/objects.ts'
import type { Users } from '../directory/users.ts'
import type { Store } from '../store/open-store.ts'
import { EntraFailure } from './failure.ts'
import type { SigningKey } from './keys.ts'
import type { Platform } from './redirect-uri.ts'
import { readScopes } from './scopes.ts'

const codeLifeMs = 10 * 60_000
const refreshLifeMs = 90 * 86_400_000
const graphAudience = 'https://graph.microsoft.com'
/** Codes and refresh tokens carry a mark, so that a malformed one is told from an unknown one. */
const codeShape = /^1\.c[A-Za-z0-9_-]{64}$/
const refreshShape = /^1\.r[A-Za-z0-9_-]{86}$/

export interface CodeGrant {
  readonly userId: string
  readonly appId: string
  readonly platform: Platform
  readonly tenant: string
  readonly redirectUri: string
  readonly scope: string
  readonly nonce?: string
  readonly challenge?: string
  readonly method?: string
  readonly authTimeMs: number
}

export interface RefreshGrant {
  readonly platform: Platform
  readonly scope: string
  readonly authTimeMs: number
}

export interface TokenAnswerOptions {
  readonly origin: string
  readonly application: Application
  readonly user: DirectoryUser
  readonly scope: string
  readonly grant: RefreshGrant
  readonly nonce?: string
  readonly wantsClientInfo: boolean
}

export type Tokens = ReturnType<typeof openTokens>

export function openTokens(
  store: Store,
  parts: { clock: TenantClock; directory: Directory; users: Users; key: SigningKey; tenantId: string },
) {
  const { clock, directory, users, key, tenantId } = parts
  const { db } = store
  const addCode = db.prepare('INSERT INTO codes (hash, json, created_ms) VALUES (?, ?, ?)')
  const findCode = db.prepare('SELECT * FROM codes WHERE hash = ?')
  const markCode = db.prepare('UPDATE codes SET redeemed_ms = ? WHERE hash = ? AND redeemed_ms IS NULL')
  const addRefresh = db.prepare('INSERT INTO refresh_tokens VALUES (?, ?, ?, ?, ?)')
  const findRefresh = db.prepare('SELECT * FROM refresh_tokens WHERE hash = ?')
  const clientInfo = (userId: string): string =>
    Buffer.from(JSON.stringify({ uid: userId, utid: tenantId })).toString('base64url')

  return {
    clientInfo,
    issueCode(grant: CodeGrant): string {
      const code = `1.c${randomBytes(48).toString('base64url')}`
      addCode.run(sha256(code), JSON.stringify(grant), clock.nowMs())
      return code
    },

    /** Takes a code once. @throws {EntraFailure} 9002313, 70000, 70008, 54005 */
    findCode(code: string): { grant: CodeGrant; take(): void } {
      if (!codeShape.test(code))
        throw new EntraFailure(9002313, 'Invalid request. Request is malformed or invalid.', {
          error: 'invalid_request',
        })
      const row = findCode.get(sha256(code)) as
        | { json: string; created_ms: number; redeemed_ms: number | null }
        | undefined
      if (!row)
        throw new EntraFailure(70000, 'The provided authorization code is invalid.', {
          error: 'invalid_grant',
        })
      if (row.redeemed_ms !== null) throw alreadyRedeemed()
      if (clock.nowMs() > row.created_ms + codeLifeMs) {
        throw new EntraFailure(
          70008,
          'The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.',
          { error: 'invalid_grant' },
        )
      }
      return {
        grant: JSON.parse(row.json) as CodeGrant,
        take() {
          if (markCode.run(clock.nowMs(), sha256(code)).changes === 0) throw alreadyRedeemed()
        },
      }
    },

    /** @throws {EntraFailure} 9002313, 70000, 70008, 700082 */
    findRefreshToken(token: string): { userId: string; appId: string; grant: RefreshGrant } {
      if (!refreshShape.test(token))
        throw new EntraFailure(9002313, 'Invalid request. Request is malformed or invalid.', {
          error: 'invalid_request',
        })
      const row = findRefresh.get(sha256(token)) as
        | { user_id: string; app_id: string; json: string; created_ms: number }
        | undefined
      if (!row)
        throw new EntraFailure(
          70000,
          "The provided value for the input parameter 'refresh_token' is not valid.",
          { error: 'invalid_grant' },
        )
      if (clock.nowMs() > row.created_ms + refreshLifeMs) {
        throw new EntraFailure(
          700082,
          `The refresh token has expired due to inactivity. The token was issued on ${new Date(row.created_ms).toISOString()} and was inactive for 90.00:00:00.`,
          { error: 'invalid_grant' },
        )
      }
      return { userId: row.user_id, appId: row.app_id, grant: JSON.parse(row.json) as RefreshGrant }
    },

    /** The success body of the token endpoint, in the order Microsoft writes it; commits the new refresh token first. */
    async answer(o: TokenAnswerOptions): Promise<Record<string, unknown>> {
      const principal = directory.findPrincipal(o.application.appId)!
      const consented = directory.consentedScopes(principal.id, o.user.id)
      const asked = readScopes(o.scope, o.application, consented)
      const missing = [...asked.graph].filter((scope) => !consented.has(scope))
      if (missing.length > 0 || consented.size === 0) {
        throw new EntraFailure(
          65001,
          `The user or administrator has not consented to use the application with ID '${o.application.appId}' named '${o.application.displayName}'. Send an interactive authorization request for this user and resource.`,
          { error: 'invalid_grant', suberror: 'consent_required' },
        )
      }
      const openId = ['email', 'openid', 'profile'].filter((scope) => asked.openId.has(scope))
      const graph = [...consented]
        .filter((scope) => !['openid', 'profile', 'email', 'offline_access'].includes(scope))
        .sort()
      const scopeText = [
        ...openId,
        ...graph.map((scope) => (asked.qualified ? `${graphAudience}/${scope}` : scope)),
      ].join(' ')
      const nowS = Math.floor(clock.nowMs() / 1_000)
      const lifeS = randomInt(3_600, 5_400)
      const accessToken = await key.sign(
        accessClaims({ ...o, scp: [...openId, ...graph].join(' '), nowS, lifeS, tenantId }),
        { x5t: true },
      )
      const refreshToken = asked.openId.has('offline_access')
        ? `1.r${randomBytes(64).toString('base64url').slice(0, 86)}`
        : undefined
      if (refreshToken) {
        addRefresh.run(
          sha256(refreshToken),
          o.user.id,
          o.application.appId,
          JSON.stringify(o.grant),
          clock.nowMs(),
        )
      }
      const idToken = asked.openId.has('openid')
        ? await key.sign(idClaims({ ...o, asked: asked.openId, nowS, tenantId }))
        : undefined
      return {
        token_type: 'Bearer',
        scope: scopeText,
        expires_in: lifeS,
        ext_expires_in: lifeS,
        access_token: accessToken,
        ...(refreshToken ? { refresh_token: refreshToken } : {}),
        ...(idToken ? { id_token: idToken } : {}),
        ...(o.wantsClientInfo ? { client_info: clientInfo(o.user.id) } : {}),
      }
    },
    userOf(userId: string): DirectoryUser {
      const user = users.find(userId)
      if (!user)
        throw new EntraFailure(50034, 'The user account does not exist in the directory.', {
          error: 'invalid_grant',
          suberror: 'bad_token',
        })
      if (!user.accountEnabled)
        throw new EntraFailure(50057, 'The user account is disabled.', { error: 'invalid_grant' })
      return user
    },
  }
}

function accessClaims(o: {
  application: Application
  user: DirectoryUser
  scp: string
  nowS: number
  lifeS: number
  tenantId: string
  grant: RefreshGrant
}) {
  const publicClient = o.grant.platform !== 'web'
  return {
    aud: graphAudience,
    iss: `https://sts.windows.net/${o.tenantId}/`,
    iat: o.nowS,
    nbf: o.nowS,
    exp: o.nowS + o.lifeS,
    acct: 0,
    acr: '1',
    amr: ['pwd'],
    app_displayname: o.application.displayName,
    appid: o.application.appId,
    appidacr: publicClient ? '0' : '1',
    idtyp: 'user',
    ipaddr: '127.0.0.1',
    name: o.user.displayName,
    oid: o.user.id,
    platf: '3',
    scp: o.scp,
    sub: pairwise(o.user.id, o.application.appId),
    tid: o.tenantId,
    unique_name: o.user.userPrincipalName,
    upn: o.user.userPrincipalName,
    uti: randomBytes(16).toString('base64url'),
    ver: '1.0',
    wids: o.user.roles.includes('Global Administrator') ? ['62e90394-69f5-4237-9190-012177145e10'] : [],
  }
}

function idClaims(o: {
  application: Application
  user: DirectoryUser
  asked: ReadonlySet<string>
  nowS: number
  tenantId: string
  origin: string
  nonce?: string
}) {
  return {
    aud: o.application.appId,
    iss: `${o.origin}/${o.tenantId}/v2.0`,
    iat: o.nowS,
    nbf: o.nowS,
    exp: o.nowS + 3_900,
    ...(o.asked.has('profile')
      ? { name: o.user.displayName, oid: o.user.id, preferred_username: o.user.userPrincipalName }
      : {}),
    ...(o.asked.has('email') && o.user.mail ? { email: o.user.mail } : {}),
    ...(o.nonce ? { nonce: o.nonce } : {}),
    sid: randomUUID(),
    sub: pairwise(o.user.id, o.application.appId),
    tid: o.tenantId,
    uti: randomBytes(16).toString('base64url'),
    ver: '2.0',
  }
}

const alreadyRedeemed = (): EntraFailure =>
  new EntraFailure(
    54005,
    'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.',
    { error: 'invalid_grant' },
  )
const pairwise = (userId: string, appId: string): string =>
  createHash('sha256').update(`${userId} ${appId}`).digest('base64url')
const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()
