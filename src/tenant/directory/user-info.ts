import type { Context } from 'hono'
import type { TenantContext } from '../context.ts'
import { denied } from './contract.ts'
import { pairwiseSubject } from './pairwise-subject.ts'

/** OpenID Connect's userinfo, which Entra serves from Graph's host. entra.md section 1.2. */
export async function userInfo(c: Context, context: TenantContext): Promise<Response> {
  const caller = await context.authorize(c.req.raw, { delegated: ['openid'], area: 'directory' })
  const user = context.of(caller.tenantId).findUser(caller.userId ?? '')
  if (!user) throw denied()
  const [givenName, ...rest] = user.displayName.split(' ')
  return c.json({
    sub: pairwiseSubject(user.id, caller.appId),
    name: user.displayName,
    given_name: givenName,
    family_name: rest.join(' '),
    ...(user.mail && caller.scopes.includes('email') ? { email: user.mail } : {}),
  })
}
