import type { IDToken } from 'oauth4webapi'
import { plainText } from './server-reply.ts'
import { SignInError } from './signin-error.ts'
import { isTenantId } from './tenant-id.ts'

export interface Identity {
  readonly oid: string
  readonly tid: string
  readonly username: string
  readonly name: string
}

/** Who must have signed in. A person pinned by (oid, tid) may have been renamed meanwhile, so the name then says nothing. */
export interface ExpectedIdentity {
  readonly tenantId?: string
  readonly username?: string
  readonly pinnedTo?: Pick<Identity, 'oid' | 'tid'>
}

/**
 * Who signed in, out of an ID token whose signature, issuer, audience, expiry and nonce are already checked.
 *
 * @throws {SignInError} `signin/id-token-invalid`, `signin/wrong-tenant`, `signin/wrong-account`
 */
export function readIdentity(claims: IDToken | undefined, expected: ExpectedIdentity): Identity {
  if (claims === undefined) throw new SignInError('signin/id-token-invalid', 'the answer holds no ID token')
  const { oid, tid } = claims
  if (typeof oid !== 'string' || !/^[\w-]{1,100}$/.test(oid)) {
    throw new SignInError('signin/id-token-invalid', 'the ID token does not say which person signed in (oid)')
  }
  if (!isTenantId(tid))
    throw new SignInError('signin/id-token-invalid', 'the ID token does not name its tenant (tid)')
  if (expected.tenantId !== undefined && tid.toLowerCase() !== expected.tenantId) {
    throw new SignInError(
      'signin/wrong-tenant',
      `the account is of tenant ${tid}, not of ${expected.tenantId}`,
      {
        fix: 'Sign in with an account of the tenant that was asked for.',
      },
    )
  }
  const username = plainText(String(claims.preferred_username ?? claims.upn ?? claims.email ?? ''))
  const { pinnedTo } = expected
  if (pinnedTo && (oid !== pinnedTo.oid || tid.toLowerCase() !== pinnedTo.tid)) {
    throw new SignInError('signin/wrong-account', wrongPerson(username, expected.username), {
      fix: 'Sign in as the person kept here; or sign that one out first: letterlock logout.',
    })
  }
  if (
    !pinnedTo &&
    expected.username !== undefined &&
    username.toLowerCase() !== expected.username.toLowerCase()
  ) {
    throw new SignInError(
      'signin/wrong-account',
      `${username || 'someone else'} signed in, not ${expected.username}`,
      {
        fix: `Sign in again and choose ${expected.username}; a private browser window forgets the other account.`,
      },
    )
  }
  return { oid, tid: tid.toLowerCase(), username, name: plainText(String(claims.name ?? username)) }
}

function wrongPerson(username: string, expected: string | undefined): string {
  return username.toLowerCase() === expected?.toLowerCase()
    ? `this ${username} is another person than the one signed in here: the name was given to someone else`
    : `${username || 'someone else'} signed in, not ${expected ?? 'the person kept here'}`
}

/** Reads a claim without judging the token: only to fill in a template that the judging then compares. */
export function unverifiedClaim(jwt: unknown, name: string): unknown {
  try {
    const claims: unknown = JSON.parse(Buffer.from(String(jwt).split('.')[1] ?? '', 'base64url').toString())
    return (claims as Record<string, unknown> | null)?.[name]
  } catch {
    return undefined
  }
}
