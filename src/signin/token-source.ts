import { systemClock, type Clock } from '../facts/clock.ts'
import type { Cloud } from '../facts/clouds.ts'
import { isApplication, type Account, type HeldToken, type NewTokens, type TokenSet } from './account.ts'
import type { Discovery } from './discovery.ts'
import { missingScopes, planScopes, type ScopePlan } from './scope-plan.ts'
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
  /** Default: whatever the account has for Graph. More than it has are asked for; consent to them must be there. */
  readonly scopes?: readonly string[]
  /** What a claims challenge of Graph asked for: refreshes. */
  readonly claims?: string
  /** Graph refused the token that `getToken` gave last: refreshes, unless another process just did. */
  readonly forceRefresh?: boolean
  readonly signal?: AbortSignal
}

export interface AccessToken {
  readonly token: Secret
  readonly expiresAtMs: number
  readonly obtainedAtMs: number
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
 * @throws {SignInError} `signin/account-unknown` at once; `getToken`: `signin/account-unknown`, `signin/scopes-mixed`, `signin/aborted`, `signin/refresh-busy`, `signin/refresh-outcome-lost`, `signin/refresh-token-missing`, `signin/vault-busy`, `signin/vault-unreadable`, and what `refreshAccount` throws
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
  readonly #inFlight = new Map<string, Promise<HeldToken>>()
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
    const { claims, scopes, forceRefresh = false } = options
    const seen = this.#current()
    const mustRefresh = forceRefresh || claims !== undefined
    const plan = scopes === undefined ? wholeGraph : planScopes(scopes, seen.account)
    const held = heldFor(seen, plan)
    if (!mustRefresh && held && this.#isFresh(held)) return given(held)
    const { signal } = options
    if (signal?.aborted) throw interrupted(signal)
    const ask: Ask = { plan, forced: mustRefresh, ...(claims !== undefined && { claims }) }
    const key = JSON.stringify(ask)
    let refresh = this.#inFlight.get(key)
    if (!refresh) {
      refresh = this.#refresh(held, ask).finally(() => this.#inFlight.delete(key))
      refresh.catch(() => undefined)
      this.#inFlight.set(key, refresh)
    }
    try {
      return given(await unlessAborted(refresh, signal))
    } catch (error) {
      // The margin exists for this: a server that is away for a minute stops nobody.
      const stillGood = held && held.expiresAtMs - this.#clock.nowMs() > 30_000
      const passing =
        error instanceof SignInError && error.recovery === 'retry' && error.code !== 'signin/aborted'
      if (!mustRefresh && stillGood && passing) return given(held)
      throw error
    }
  }

  async #refresh(seen: HeldToken | undefined, ask: Ask): Promise<HeldToken> {
    // Of a hundred processes that wait, one refreshes; the others see its token in the vault and need no lock.
    let found: HeldToken | undefined
    const isDone = (): boolean => (found = this.#doneByOthers(seen, ask)) !== undefined
    const lock = await this.#vault.lockRefresh(this.#id, { isDone })
    try {
      if (found ?? isDone()) return found!
      const stored = this.#stored
      const next = await this.#refreshAlone(stored, await this.#discover(stored.account), ask)
      const got = heldFor(next, ask.plan)
      if (got) return got
      throw consentMissing(next.account, ask.plan)
    } finally {
      lock?.release()
    }
  }

  /** A fresh token that was not there before, or that serves after all. A claims challenge only the server can answer. */
  #doneByOthers(seen: HeldToken | undefined, ask: Ask): HeldToken | undefined {
    const held = heldFor(this.#current(), ask.plan)
    if (!held || ask.claims !== undefined || !this.#isFresh(held)) return undefined
    return !ask.forced || held.accessToken.reveal() !== seen?.accessToken.reveal() ? held : undefined
  }

  /** Under the lock: notes the attempt, refreshes, writes, and only then hands out. */
  async #refreshAlone(stored: StoredSignIn, discovery: Discovery, ask: Ask): Promise<StoredSignIn> {
    // An application's token costs nothing to ask for twice: there is no attempt to note.
    const notes = !isApplication(stored.account)
    const ifVersion = stored.version
    const wasInDoubt = stored.refreshStartedAtMs !== undefined
    const note = (startedAtMs: number | undefined): void => {
      if (notes) this.#vault.noteRefresh(this.#id, { ifVersion, startedAtMs })
    }
    note(stored.refreshStartedAtMs ?? this.#clock.nowMs())
    let inDoubt = wasInDoubt
    for (let attempt = 0; ; attempt++) {
      try {
        const change = await this.#renew(stored, discovery, ask)
        const saved = this.#vault.replaceTokens(this.#id, { ifVersion, ...change })
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
        if (!isPassing(error)) note(wasInDoubt ? stored.refreshStartedAtMs : undefined)
        this.#learn(stored, error)
        throw inDoubt ? outcomeLost(error, stored.account) : error
      }
    }
  }

  /** Asks the server, and says what to keep. */
  async #renew(
    stored: StoredSignIn,
    discovery: Discovery,
    { plan, claims }: Ask,
  ): Promise<{ account: Account; tokens: TokenSet }> {
    const account = this.#placed(stored.account)
    const { credential } = stored
    const common = { discovery, ...(credential && { credential }), ...(claims !== undefined && { claims }) }
    if (isApplication(account)) {
      const { requestApplicationTokens } = await import('./sign-in-as-application.ts')
      const scopes = plan.kind === 'other' ? { scopes: plan.scopes } : {}
      const tokens = await requestApplicationTokens(
        { client: { ...account, ...common }, ...common, ...scopes },
        this.#options,
      )
      return { account, tokens: this.#merge(stored.tokens, tokens, plan) }
    }
    const { refreshToken } = stored.tokens
    if (!refreshToken) throw refreshTokenMissing(account)
    // Loaded when needed: a warm vault starts a command faster without the protocol.
    const { refreshAccount } = await import('./refresh.ts')
    const scopes =
      plan.kind === 'other'
        ? plan.scopes
        : [...new Set([...account.scopes, ...missingScopes(plan.scopes, account.scopes)])]
    const got = await refreshAccount({ account, refreshToken, ...common, scopes }, this.#options)
    const kept = plan.kind === 'other' ? { ...got.account, scopes: account.scopes } : got.account
    return { account: kept, tokens: this.#merge(stored.tokens, got.tokens, plan) }
  }

  /** A token of another resource stands beside Graph's; the refresh token serves both (E 4.3). */
  #merge(before: TokenSet, got: NewTokens, plan: ScopePlan): TokenSet {
    const nowMs = this.#clock.nowMs()
    const live = Object.entries(before.others ?? {}).filter(([, { expiresAtMs }]) => expiresAtMs > nowMs)
    const others = Object.fromEntries(live)
    if (plan.kind === 'graph') return { ...got, others }
    const { accessToken, obtainedAtMs, expiresAtMs, scopes, refreshToken } = got
    const held = { accessToken, obtainedAtMs, expiresAtMs, scopes }
    return { ...before, ...(refreshToken && { refreshToken }), others: { ...others, [plan.key]: held } }
  }

  /** The one limit that a tenant never announces shows in its refusal. */
  #learn(stored: StoredSignIn, error: SignInError): void {
    if (error.entraCode !== 70043) return
    const signInFrequencyMs = this.#clock.nowMs() - stored.account.signedInAtMs
    const account = { ...stored.account, learned: { ...stored.account.learned, signInFrequencyMs } }
    this.#vault.replaceTokens(this.#id, { ifVersion: stored.version, account, tokens: stored.tokens })
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

  #isFresh(held: HeldToken): boolean {
    const nowMs = this.#clock.nowMs()
    // A clock set back makes old tokens look new: refresh.
    return nowMs < held.expiresAtMs - refreshMarginMs(held) && nowMs >= held.obtainedAtMs - marginMs
  }
}

/** How long before its end a token is replaced. Short-lived ones are used for half of their life. */
export function refreshMarginMs({
  expiresAtMs,
  obtainedAtMs,
}: Pick<HeldToken, 'expiresAtMs' | 'obtainedAtMs'>): number {
  return Math.min(marginMs, (expiresAtMs - obtainedAtMs) / 2)
}

interface Ask {
  readonly plan: ScopePlan
  readonly forced: boolean
  readonly claims?: string
}

const wholeGraph: ScopePlan = { kind: 'graph', scopes: [] }

/** The token that serves the plan, whatever its age; undefined when there is none, or it may not do all of it. */
function heldFor({ account, tokens }: StoredSignIn, plan: ScopePlan): HeldToken | undefined {
  if (plan.kind === 'other') return tokens.others?.[plan.key]
  // An application's permissions are all in its token, and its answer does not list them (E 4.1).
  if (isApplication(account) || missingScopes(plan.scopes, tokens.scopes).length === 0) return tokens
  return undefined
}

function given({ accessToken, expiresAtMs, obtainedAtMs, scopes }: HeldToken): AccessToken {
  return { token: accessToken, expiresAtMs, obtainedAtMs, scopes }
}

function refreshTokenMissing(account: Account): SignInError {
  return new SignInError(
    'signin/refresh-token-missing',
    `${account.username} signed in without offline access`,
    { fix: 'Sign in again and ask for offline_access.' },
  )
}

/** The server answered with less than was asked: so it may. RFC 6749 5.1. */
function consentMissing(account: Account, plan: ScopePlan): SignInError {
  return new SignInError(
    'signin/consent-missing',
    `${account.username} has not consented to ${plan.scopes.join(' ')}`,
    { fix: `letterlock login ${account.username} --scope ${plan.scopes.join(',')}` },
  )
}

function isPassing(error: SignInError): boolean {
  return error.code === 'signin/unreachable' || error.code === 'signin/unavailable'
}

/** With an AADSTS number other than 70000 ("invalid") the server said why itself; Entra keeps the old refresh token valid (E 4.3). */
function outcomeLost(error: SignInError, account: Account): SignInError {
  const saysWhy = error.entraCode !== undefined && error.entraCode !== 70000
  if (error.oauthError !== 'invalid_grant' || saysWhy) return error
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
