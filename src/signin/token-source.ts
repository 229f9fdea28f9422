import { systemClock, type Clock } from '../facts/clock.ts'
import type { Cloud } from '../facts/clouds.ts'
import type { Account } from './account.ts'
import type { Discovery } from './discovery.ts'
import type { Secret } from './secret.ts'
import { SignInError } from './signin-error.ts'
import type { StoredSignIn, Vault } from './vault/contract.ts'

export interface TokenSourceOptions {
  readonly fetch?: typeof fetch
  readonly clock?: Clock
  /** Where the account's tenant is now, if not where it was at sign-in: a local tenant on a new port. */
  readonly cloud?: Cloud
  /** Each request, milliseconds. Default 30_000. */
  readonly timeoutMs?: number
}

export interface GetTokenOptions {
  /** What a claims challenge of Graph asked for: refreshes. */
  readonly claims?: string
  /** Graph refused the token that `getToken` gave last: refreshes, unless another process just did. */
  readonly forceRefresh?: boolean
  readonly signal?: AbortSignal
}

export interface AccessToken {
  readonly token: Secret
  readonly expiresAtMs: number
  readonly scopes: string[]
}

export interface TokenSource {
  readonly account: Account
  getToken(options?: GetTokenOptions): Promise<AccessToken>
}

const marginMs = 5 * 60_000
const discoveryLifeMs = 24 * 3_600_000
const retryPausesMs = [500, 2_000]

/**
 * Gives access tokens of one account and refreshes them in time. One refresh at a time across all processes that use
 * the same vault; the new tokens are on disk before anyone gets them.
 *
 * @throws {SignInError} `signin/account-unknown` at once; `getToken`: `signin/account-unknown`, `signin/aborted`, `signin/refresh-busy`, `signin/refresh-outcome-lost`, `signin/refresh-token-missing`, `signin/vault-busy`, `signin/vault-unreadable`, and what `refreshAccount` throws
 * @example
 * const source = createTokenSource(vault, account.id)
 * const { token } = await source.getToken()
 */
export function createTokenSource(
  vault: Vault,
  accountId: string,
  options: TokenSourceOptions = {},
): TokenSource {
  return new VaultTokenSource(vault, accountId, options)
}

class VaultTokenSource implements TokenSource {
  readonly #vault: Vault
  readonly #id: string
  readonly #options: TokenSourceOptions
  readonly #clock: Clock
  readonly #inFlight = new Map<string, Promise<StoredSignIn>>()
  #mark: string
  #stored: StoredSignIn
  #discovery: { readonly found: Discovery; readonly atMs: number } | undefined

  constructor(vault: Vault, id: string, options: TokenSourceOptions) {
    this.#vault = vault
    this.#id = id
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#mark = vault.changeMark()
    this.#stored = this.#readAgain()
  }

  get account(): Account {
    return this.#current().account
  }

  async getToken(options: GetTokenOptions = {}): Promise<AccessToken> {
    const { signal, claims, forceRefresh = false } = options
    if (signal?.aborted) throw interrupted(signal)
    const seen = this.#current()
    const mustRefresh = forceRefresh || claims !== undefined
    if (!mustRefresh && this.#isFresh(seen)) return accessTokenOf(seen)
    const key = JSON.stringify([claims ?? null, forceRefresh])
    let refresh = this.#inFlight.get(key)
    if (!refresh) {
      refresh = this.#refresh(seen, claims, mustRefresh).finally(() => this.#inFlight.delete(key))
      refresh.catch(() => undefined)
      this.#inFlight.set(key, refresh)
    }
    try {
      return accessTokenOf(await unlessAborted(refresh, signal))
    } catch (error) {
      // The margin exists for this: a server that is away for a minute stops nobody.
      const stillGood = seen.tokens.expiresAtMs - this.#clock.nowMs() > 30_000
      const passing =
        error instanceof SignInError && error.recovery === 'retry' && error.code !== 'signin/aborted'
      if (!mustRefresh && stillGood && passing) return accessTokenOf(seen)
      throw error
    }
  }

  async #refresh(seen: StoredSignIn, claims: string | undefined, forced: boolean): Promise<StoredSignIn> {
    const discovery = await this.#discover(seen.account)
    const lock = await this.#vault.lockRefresh(this.#id)
    try {
      const stored = this.#readAgain()
      const someoneDid = stored.version !== seen.version
      if (claims === undefined && (someoneDid || !forced) && this.#isFresh(stored)) return stored
      return await this.#refreshAlone(stored, discovery, claims)
    } finally {
      lock.release()
    }
  }

  /** Under the lock: notes the attempt, refreshes, writes, and only then hands out. */
  async #refreshAlone(
    stored: StoredSignIn,
    discovery: Discovery,
    claims: string | undefined,
  ): Promise<StoredSignIn> {
    const { refreshToken } = stored.tokens
    if (!refreshToken) {
      throw new SignInError(
        'signin/refresh-token-missing',
        `${stored.account.username} signed in without offline access`,
        {
          fix: 'Sign in again and ask for offline_access.',
        },
      )
    }
    // Loaded when needed: a warm vault starts a command faster without the protocol.
    const { refreshAccount } = await import('./refresh.ts')
    const ifVersion = stored.version
    const wasInDoubt = stored.refreshStartedAtMs !== undefined
    this.#vault.noteRefresh(this.#id, {
      ifVersion,
      startedAtMs: stored.refreshStartedAtMs ?? this.#clock.nowMs(),
    })
    let inDoubt = wasInDoubt
    for (let attempt = 0; ; attempt++) {
      try {
        const { account, tokens } = await refreshAccount(
          {
            account: this.#placed(stored.account),
            refreshToken,
            discovery,
            ...(stored.clientSecret && { clientSecret: stored.clientSecret }),
            ...(claims !== undefined && { claims }),
          },
          this.#options,
        )
        const saved = this.#vault.replaceTokens(this.#id, { ifVersion, account, tokens })
        return this.#remember(saved ?? this.#readAgain())
      } catch (error) {
        if (!(error instanceof SignInError)) throw error
        const pauseMs = retryPausesMs[attempt]
        if (error.recovery === 'retry' && isPassing(error) && pauseMs !== undefined) {
          inDoubt = true
          await this.#clock.sleep(Math.min(error.retryAfterMs ?? pauseMs * (0.5 + Math.random()), 10_000))
          continue
        }
        // A plain refusal spends nothing; only an answer that never came leaves the token in doubt.
        if (!isPassing(error))
          this.#vault.noteRefresh(this.#id, {
            ifVersion,
            startedAtMs: wasInDoubt ? stored.refreshStartedAtMs : undefined,
          })
        throw inDoubt ? outcomeLost(error, stored.account) : error
      }
    }
  }

  async #discover(account: Account): Promise<Discovery> {
    const nowMs = this.#clock.nowMs()
    if (!this.#discovery || Math.abs(nowMs - this.#discovery.atMs) > discoveryLifeMs) {
      const { cloud, tid } = this.#placed(account)
      this.#discovery = {
        found: await (await import('./discovery.ts')).fetchDiscovery(cloud, tid, this.#options),
        atMs: nowMs,
      }
    }
    return this.#discovery.found
  }

  #placed(account: Account): Account {
    return this.#options.cloud ? { ...account, cloud: this.#options.cloud } : account
  }

  #current(): StoredSignIn {
    return this.#vault.changeMark() === this.#mark ? this.#stored : this.#readAgain()
  }

  #readAgain(): StoredSignIn {
    this.#mark = this.#vault.changeMark()
    const stored = this.#vault.read(this.#id)
    if (!stored) {
      throw new SignInError('signin/account-unknown', 'this account is not signed in here', {
        fix: 'Sign in again.',
      })
    }
    return this.#remember(stored)
  }

  #remember(stored: StoredSignIn): StoredSignIn {
    this.#stored = stored
    return stored
  }

  #isFresh(stored: StoredSignIn): boolean {
    const { expiresAtMs, obtainedAtMs } = stored.tokens
    const nowMs = this.#clock.nowMs()
    // Short-lived tokens are used for half of their life. A clock set back makes old tokens look new: refresh.
    const margin = Math.min(marginMs, (expiresAtMs - obtainedAtMs) / 2)
    return nowMs < expiresAtMs - margin && nowMs >= obtainedAtMs - marginMs
  }
}

function accessTokenOf(stored: StoredSignIn): AccessToken {
  const { accessToken, expiresAtMs, scopes } = stored.tokens
  return { token: accessToken, expiresAtMs, scopes }
}

function isPassing(error: SignInError): boolean {
  return error.code === 'signin/unreachable' || error.code === 'signin/unavailable'
}

/** With an AADSTS number the server said why itself; Entra keeps the old refresh token valid (E 4.3). */
function outcomeLost(error: SignInError, account: Account): SignInError {
  if (error.oauthError !== 'invalid_grant' || error.entraCode !== undefined) return error
  return new SignInError(
    'signin/refresh-outcome-lost',
    `an earlier refresh of ${account.username} was cut off before its answer was kept, and the server takes each refresh token once`,
    { cause: error, fix: 'Sign in again.', ids: error.ids, oauthError: error.oauthError },
  )
}

function interrupted(signal: AbortSignal): SignInError {
  return new SignInError('signin/aborted', 'the wait for a token was interrupted', { cause: signal.reason })
}

/** One caller who gives up does not stop a refresh that others wait for. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  const { promise: given, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => reject(interrupted(signal))
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work, given])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
