// An access token of one of our tenants, verified for one of several audiences: signature, issuer, audience, times. entra.md section 7.
import { type TenantClock, TokenFault } from '../context.ts'
import type { TenantViews } from '../tenant-views.ts'
import type { SigningKey } from './keys.ts'

export interface Claims {
  readonly tid: string
  readonly aud: string | readonly string[]
  readonly appid?: string
  readonly oid?: string
  readonly scp?: string
  readonly roles?: readonly string[]
  readonly exp: number
  readonly nbf?: number
  readonly aio?: string
  readonly xms_cc?: readonly string[]
}

export interface Verifying {
  readonly key: SigningKey
  readonly clock: TenantClock
  readonly views: Pick<TenantViews, 'registry' | 'at'>
}

/** @throws {TokenFault} */
export async function verifyToken(
  { key, clock, views }: Verifying,
  o: { readonly token: string; readonly audiences: readonly string[] },
): Promise<Claims> {
  const { decodeJwt, jwtVerify } = await import('jose')
  try {
    const { payload } = await jwtVerify(o.token, key.verifier, {
      algorithms: ['RS256'],
      issuer: views.registry.all().map((one) => `https://sts.windows.net/${one.id}/`),
      audience: [...o.audiences],
      currentDate: new Date(clock.nowMs()),
      clockTolerance: 300,
    })
    if (payload.iss !== `https://sts.windows.net/${String(payload['tid'])}/`) throw new Error('mixed tenants')
    return payload as unknown as Claims
  } catch (error) {
    const { code, claim } = error as { code?: string; claim?: string }
    // Its signature is good by then: what it says of itself may be told.
    if (code === 'ERR_JWT_EXPIRED') throw new TokenFault('expired', String(decodeJwt(o.token).exp))
    if (claim === 'aud') throw new TokenFault('audience', String(decodeJwt(o.token).aud))
    throw new TokenFault('malformed')
  }
}

/** @throws {TokenFault} `missing` */
export function bearerOf(request: Request): string {
  const token = /^Bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  if (!token) throw new TokenFault('missing')
  return token
}
