// What is inside the tokens. entra.md section 7.
import { randomInt, randomUUID } from 'node:crypto'
import type { DirectoryUser, TenantClock } from '../context.ts'
import type { Application } from '../directory/objects.ts'
import { pairwiseSubject } from '../directory/pairwise-subject.ts'
import type { SigningKey } from './keys.ts'

export interface UserToken {
  readonly user: DirectoryUser
  readonly application: Application
  readonly scopes: readonly string[]
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

export function openTokens(o: { key: SigningKey; clock: TenantClock; tenantId: string }) {
  const { key, clock, tenantId } = o
  const common = (lifeSeconds: number) => {
    const now = Math.floor(clock.nowMs() / 1000)
    return { iat: now, nbf: now, exp: now + lifeSeconds }
  }
  const graphToken = {
    aud: 'https://graph.microsoft.com',
    iss: `https://sts.windows.net/${tenantId}/`,
    tid: tenantId,
    ver: '1.0',
  }
  return {
    /** A delegated access token for Graph: v1-shaped, 60 to 90 minutes. */
    async forUser(token: UserToken): Promise<{ text: string; lifeSeconds: number }> {
      const lifeSeconds = randomInt(3_600, 5_400)
      const { user, application } = token
      const wids = user.roles.map((role) => roleTemplates[role]).filter((id) => id !== undefined)
      const text = await key.sign(
        {
          ...graphToken,
          ...common(lifeSeconds),
          acct: 0,
          acr: '1',
          amr: ['pwd'],
          app_displayname: application.displayName,
          appid: application.appId,
          appidacr: token.authentication,
          idtyp: 'user',
          ipaddr: '127.0.0.1',
          name: user.displayName,
          oid: user.id,
          scp: token.scopes.join(' '),
          sub: pairwiseSubject(user.id, application.appId),
          unique_name: user.userPrincipalName,
          upn: user.userPrincipalName,
          uti: uniqueId(),
          wids,
        },
        { x5t: true },
      )
      return { text, lifeSeconds }
    },
    async forApp(
      application: Application,
      o: { principalId: string; authentication: '1' | '2' | '0'; roles: readonly string[] },
    ): Promise<{ text: string; lifeSeconds: number }> {
      const lifeSeconds = 3_599
      const text = await key.sign(
        {
          ...graphToken,
          ...common(lifeSeconds),
          app_displayname: application.displayName,
          appid: application.appId,
          appidacr: o.authentication,
          idtyp: 'app',
          oid: o.principalId,
          sub: o.principalId,
          uti: uniqueId(),
          ...(o.roles.length > 0 ? { roles: [...o.roles] } : {}),
        },
        { x5t: true },
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
    }): Promise<string> {
      const { user } = o
      return key.sign({
        aud: o.appId,
        iss: `${o.origin}/${tenantId}/v2.0`,
        ...common(3_900),
        auth_time: Math.floor(o.authTimeMs / 1000),
        ...(o.openId.has('profile')
          ? { name: user.displayName, preferred_username: user.userPrincipalName }
          : {}),
        ...(o.openId.has('email') && user.mail ? { email: user.mail } : {}),
        ...(o.nonce ? { nonce: o.nonce } : {}),
        oid: user.id,
        sub: pairwiseSubject(user.id, o.appId),
        tid: tenantId,
        uti: uniqueId(),
        ver: '2.0',
      })
    },
    clientInfo: (userId: string): string =>
      Buffer.from(JSON.stringify({ uid: userId, utid: tenantId })).toString('base64url'),
  }
}

const uniqueId = (): string => Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url')
