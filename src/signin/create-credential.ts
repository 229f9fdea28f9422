import type { Clock } from '../facts/clock.ts'
import type { Cloud } from '../facts/clouds.ts'
import { SignInError } from './signin-error.ts'
import { createTokenSource, refreshMarginMs } from './token-source.ts'
import type { Vault } from './vault/contract.ts'

export interface CredentialOptions {
  /** Where the account is kept; close it when the credential is no longer used. */
  readonly vault: Vault
  /** By user name (for an application: its client ID) or account id. */
  readonly account: string
  /** Where the account's tenant is now, if not where it was at sign-in. */
  readonly cloud?: Cloud
  readonly fetch?: typeof fetch
  readonly clock?: Clock
}

/** As `@azure/core-auth` has it: any object that `.aborted` and takes listeners. */
export interface AbortSignalLike {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

export interface CredentialTokenOptions {
  /** What a claims challenge asked for, as JSON. */
  readonly claims?: string
  /** The account's own tenant, or the request is refused. */
  readonly tenantId?: string
  /** Our tokens answer claims challenges always. */
  readonly enableCae?: boolean
  readonly abortSignal?: AbortSignalLike
}

export interface CredentialToken {
  readonly token: string
  /** Unix milliseconds. */
  readonly expiresOnTimestamp: number
  /** When asking again is worth it, Unix milliseconds. */
  readonly refreshAfterTimestamp: number
  readonly tokenType: 'Bearer'
}

/** A `TokenCredential`: what Azure SDKs and Microsoft Graph SDKs take in place of one of `@azure/identity`. */
export interface Credential {
  getToken(scopes: string | string[], options?: CredentialTokenOptions): Promise<CredentialToken>
}

/**
 * A credential out of the vault. Tokens come from the vault while they are fresh, and are refreshed by one process at
 * a time when they are not; nobody is asked to sign in.
 *
 * @throws {SignInError} `signin/account-unknown` at once; `getToken`: `signin/wrong-tenant`, and what `TokenSource.getToken` throws
 * @example
 * const credential = createCredential({ vault: openVault(home), account: 'bot@contoso.com' })
 * const provider = new TokenCredentialAuthenticationProvider(credential, { scopes: ['https://graph.microsoft.com/.default'] })
 */
export function createCredential(options: CredentialOptions): Credential {
  const { vault, account: name, ...rest } = options
  const found = vault.find(name)
  if (!found) {
    throw new SignInError('signin/account-unknown', `${name} is not signed in here`, {
      fix: `letterlock login ${name}`,
    })
  }
  const source = createTokenSource(vault, found.id, rest)
  return {
    async getToken(scopes, asked = {}) {
      checkTenant(asked.tenantId, found.tid)
      const signal = abortSignalOf(asked.abortSignal)
      const got = await source.getToken({
        scopes: typeof scopes === 'string' ? [scopes] : scopes,
        ...(asked.claims !== undefined && { claims: asked.claims }),
        ...(signal && { signal }),
      })
      return {
        token: got.token.reveal(),
        expiresOnTimestamp: got.expiresAtMs,
        refreshAfterTimestamp: got.expiresAtMs - refreshMarginMs(got),
        tokenType: 'Bearer',
      }
    },
  }
}

function checkTenant(asked: string | undefined, own: string): void {
  if (asked === undefined || asked.toLowerCase() === own) return
  throw new SignInError('signin/wrong-tenant', `the account is of tenant ${own}, not of ${asked}`, {
    fix: 'Sign in an account of that tenant, or leave tenantId out.',
  })
}

function abortSignalOf(given: AbortSignalLike | undefined): AbortSignal | undefined {
  if (given === undefined || given instanceof AbortSignal) return given
  const controller = new AbortController()
  if (given.aborted) controller.abort()
  else given.addEventListener('abort', () => controller.abort())
  return controller.signal
}
