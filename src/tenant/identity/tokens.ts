// What is inside the tokens. entra.md section 7.
import { randomInt, randomUUID } from 'node:crypto'
import type { DirectoryUser, TenantClock } from '../context.ts'
import type { Application } from '../directory/objects.ts'
import type { People } from '../directory/users.ts'
import { pairwiseSubject } from '../directory/pairwise-subject.ts'
import { issuedAtMark } from './access-evaluation.ts'
import type { SigningKey } from './keys.ts'
import type { Resource } from './resources.ts'
import { personOf } from './tenant-of-request.ts'
import { sessionId } from './session-id.ts'

export interface UserToken {
  readonly user: DirectoryUser
  /** How the person proved who they are. */
  readonly amr: readonly string[]
  readonly ipAddress: string
  readonly application: Application
  readonly resource: Resource
  readonly scopes: readonly string[]
  /** Issuer of version 2 tokens. */
  readonly origin: string
  /** 20 to 28 hours, for a client that answers claims challenges. */
  readonly longLived: boolean
  /** `appidacr`: 0 a public client, 1 a secret, 2 a certificate or federated credential. */
  readonly authentication: '0' | '1' | '2'
}

export type Tokens = ReturnType<typeof openTokens>

/** Ids of directory roles as `wids` names them. Source: Microsoft Entra built-in roles. */
const roleTemplates: Readonly<Record<string, string>> = {
  'Global Administrator': '62e90394-69f5-4237-9190-012177145e10',
  'Privileged Role Administrator': 'e8611ab8-c189-46e8-94e1-60213ab1f814',
  'Application Administrator': '9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3',
  'Cloud Application Administrator': '158c047a-c907-4556-b7ef-446551a6b5f7',
}

export function openTokens(o: {
  key: SigningKey
  clock: TenantClock
  tenantId: string
  /** Seconds, where a policy says so. */
  lifeOf(application: Application): number | undefined
  users: Pick<People, 'find'>
}) {
  const { key, clock, tenantId, users } = o
  const common = (lifeSeconds: number) => {
    const now = Math.floor(clock.nowMs() / 1000)
    return { iat: now, nbf: now, exp: now + lifeSeconds }
  }
  /** Version 1 names the resource as it was asked for, version 2 by its app ID; Graph's tokens are always the first. */
  const addressedTo = (resource: Resource, origin: string) =>
    resource.tokenVersion === 2
      ? { aud: resource.principal.appId, iss: `${origin}/${tenantId}/v2.0`, tid: tenantId, ver: '2.0' }
      : {
          aud: resource.audience,
          iss: `https://sts.windows.net/${tenantId}/`,
          tid: tenantId,
          ver: '1.0',
        }
  /** Where a guest comes from: `idp`, and an address, which is theirs always. entra.md section 7. */
  const ofGuest = (user: DirectoryUser) => {
    if (!user.homeId) return {}
    const person = personOf({ users }, user)
    return { idp: `https://sts.windows.net/${person.tenantId}/`, email: person.userPrincipalName }
  }
  const fromClient = (application: Application, o: { kind: string; version: 1 | 2 }) =>
    o.version === 2
      ? { azp: application.appId, azpacr: o.kind }
      : { app_displayname: application.displayName, appid: application.appId, appidacr: o.kind }
  return {
    /** A delegated access token: 60 to 90 minutes, or a long one. */
    async forUser(token: UserToken): Promise<{ text: string; lifeSeconds: number }> {
      const lifeSeconds = token.longLived
        ? randomInt(20 * 3_600, 28 * 3_600)
        : (o.lifeOf(token.application) ?? randomInt(3_600, 5_400))
      const { user, application, resource } = token
      const version = resource.tokenVersion
      const wids = user.roles.map((role) => roleTemplates[role]).filter((id) => id !== undefined)
      const text = await key.sign(
        {
          ...addressedTo(resource, token.origin),
          ...common(lifeSeconds),
          ...fromClient(application, { kind: token.authentication, version }),
          ...(version === 2
            ? { preferred_username: personOf({ users }, user).userPrincipalName }
            : {
                acct: user.homeId ? 1 : 0,
                acr: '1',
                amr: token.amr,
                unique_name: personOf({ users }, user).userPrincipalName,
                // A guest's token has none, unless the application asks for it.
                ...(user.homeId ? {} : { upn: user.userPrincipalName }),
                wids,
              }),
          ...ofGuest(user),
          ...(token.longLived ? { xms_cc: ['cp1'] } : {}),
          aio: issuedAtMark(clock.nowMs()),
          idtyp: 'user',
          ipaddr: token.ipAddress,
          name: user.displayName,
          oid: user.id,
          scp: token.scopes.join(' '),
          sub: pairwiseSubject(user.id, resource.isGraph ? application.appId : resource.principal.appId),
          uti: uniqueId(),
        },
        { x5t: version === 1 },
      )
      return { text, lifeSeconds }
    },
    async forApp(
      application: Application,
      asked: {
        resource: Resource
        origin: string
        principalId: string
        authentication: '0' | '1' | '2'
        roles: readonly string[]
        longLived: boolean
      },
    ): Promise<{ text: string; lifeSeconds: number }> {
      const lifeSeconds = asked.longLived ? 86_399 : (o.lifeOf(application) ?? 3_599)
      const version = asked.resource.tokenVersion
      const text = await key.sign(
        {
          ...addressedTo(asked.resource, asked.origin),
          ...common(lifeSeconds),
          ...fromClient(application, { kind: asked.authentication, version }),
          ...(asked.longLived ? { xms_cc: ['cp1'] } : {}),
          aio: issuedAtMark(clock.nowMs()),
          idtyp: 'app',
          oid: asked.principalId,
          sub: asked.principalId,
          uti: uniqueId(),
          ...(asked.roles.length > 0 ? { roles: [...asked.roles] } : {}),
        },
        { x5t: version === 1 },
      )
      return { text, lifeSeconds }
    },
    idToken(o: {
      user: DirectoryUser
      appId: string
      origin: string
      openId: ReadonlySet<string>
      nonce?: string | undefined
      authTimeMs: number
      version: 1 | 2
      /** Of what came beside the token, at the authorization endpoint. */
      codeHash?: string
      accessTokenHash?: string
    }): Promise<string> {
      const { user } = o
      const first = o.version === 1
      const claims = {
        aud: o.appId,
        iss: first ? `https://sts.windows.net/${tenantId}/` : `${o.origin}/${tenantId}/v2.0`,
        ...common(3_900),
        auth_time: Math.floor(o.authTimeMs / 1000),
        ...(o.openId.has('profile')
          ? { name: user.displayName, preferred_username: personOf({ users }, user).userPrincipalName }
          : {}),
        ...(o.openId.has('email') && user.mail ? { email: user.mail } : {}),
        ...(o.nonce ? { nonce: o.nonce } : {}),
        ...(o.codeHash ? { c_hash: o.codeHash } : {}),
        ...(o.accessTokenHash ? { at_hash: o.accessTokenHash } : {}),
        oid: user.id,
        sid: sessionId(user.homeId ?? user.id, o.authTimeMs),
        sub: pairwiseSubject(user.id, o.appId),
        tid: tenantId,
        uti: uniqueId(),
        ...ofGuest(user),
        ...(first
          ? {
              unique_name: personOf({ users }, user).userPrincipalName,
              ...(user.homeId ? {} : { upn: user.userPrincipalName }),
            }
          : {}),
        ver: first ? '1.0' : '2.0',
      }
      return key.sign(claims, { x5t: first })
    },
    /** Of the person's home, whatever tenant the tokens are for: clients keep one account by it. */
    clientInfo(user: DirectoryUser): string {
      const { id, tenantId: utid } = personOf({ users }, user)
      return Buffer.from(JSON.stringify({ uid: id, utid })).toString('base64url')
    },
  }
}

const uniqueId = (): string => Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url')
