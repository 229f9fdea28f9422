import type { Account, SignedIn, TokenSet } from '../account.ts'
import type { ClientCredential } from '../client-credential.ts'

/** One account with its tokens, as kept. */
export interface StoredSignIn {
  readonly account: Account
  readonly tokens: TokenSet
  readonly credential?: ClientCredential
  /** Grows with each change of any account; never used twice in one vault. */
  readonly version: number
  /** Set when a refresh of this version was sent and its answer was not written: the token may be spent. */
  readonly refreshStartedAtMs?: number
}

export interface RefreshLock {
  release(): void
}

export interface LockOptions {
  /** Default 120_000. */
  readonly waitMs?: number
  isDone?(): boolean
}

export interface Vault {
  /** Where the key is: `memory` vaults keep nothing. */
  readonly key: 'keychain' | 'file' | 'memory'
  /** Keeps a sign-in, in place of an earlier one of the same account. */
  save(signedIn: SignedIn): void
  list(): Account[]
  /** By id, or by user name without case. */
  find(nameOrId: string): Account | undefined
  /** Forgets an account and its tokens. */
  remove(id: string): void
  close(): void

  read(id: string): StoredSignIn | undefined
  /** Differs from the last one if anything may have changed since, by this process or another. */
  changeMark(): string
  /** Writes down that a refresh of this version is about to be sent, or (undefined) that it surely had no effect. */
  noteRefresh(
    id: string,
    note: { readonly ifVersion: number; readonly startedAtMs: number | undefined },
  ): void
  /** Keeps refreshed tokens unless the account was changed or removed meanwhile: then undefined, nothing written. */
  replaceTokens(
    id: string,
    change: { readonly ifVersion: number; readonly account: Account; readonly tokens: TokenSet },
  ): StoredSignIn | undefined
  /**
   * Waits to be the only one, in all processes, who refreshes this account. The death of its holder frees it.
   * Undefined as soon as `isDone` says that there is nothing left to do: asked before each try.
   *
   * @throws {SignInError} `signin/refresh-busy`
   */
  lockRefresh(id: string, options?: LockOptions): Promise<RefreshLock | undefined>
}
