import type { Clock } from '../facts/clock.ts'
import { backoffMs, readRetryAfter } from './backoff.ts'
import { readClaimsChallenge } from './claims.ts'
import type {
  GetToken,
  GraphReply,
  GraphRequestOptions,
  RequestReport,
  Throttle,
  ThrottleCost,
} from './contract.ts'
import { GraphError, type GraphErrorDetails } from './graph-error.ts'
import { readConnectionFailure, readFailure } from './read-failure.ts'

export interface Transport {
  readonly getToken: GetToken
  readonly throttle: Throttle
  readonly throttleKey: string
  readonly fetch: typeof globalThis.fetch
  readonly clock: Clock
  readonly random: () => number
  readonly newId: () => string
  readonly report: (report: RequestReport) => void
}

export interface Target {
  readonly method: string
  readonly url: URL
  readonly withToken: boolean
}

/** Bytes take as long as the line needs; an answer in JSON that takes a minute will not come. */
const patience = {
  json: { deadlineMs: 100_000, attemptMs: 60_000 },
  bytes: { deadlineMs: 600_000, attemptMs: 300_000 },
} as const
const doubtfulRepeats = 6

/**
 * One operation: attempts until it succeeds, is refused, or its deadline is near. A write whose outcome is unknown is
 * repeated only when `repeat` is `safe`, and `mayHaveHappened` stays true from then on, whatever a later attempt says.
 */
export async function sendRequest(
  transport: Transport,
  target: Target,
  options: GraphRequestOptions,
): Promise<GraphReply<unknown>> {
  const operation = new Operation(transport, target, options)
  return operation.run()
}

/** What one attempt came to, when it was not a success. */
interface Failure {
  readonly error: GraphError
  /** Graph has not carried it out, for certain. */
  readonly refused: boolean
  readonly mayRepeat: boolean
  readonly retryAfterMs?: number
}

class Operation {
  readonly #transport: Transport
  readonly #target: Target
  readonly #options: GraphRequestOptions
  readonly #isWrite: boolean
  readonly #repeat: 'safe' | 'never'
  readonly #what: string
  readonly #patience: { deadlineMs: number; attemptMs: number }
  #deadlineAtMs: number
  #attempt = 0
  #failures = 0
  #doubtful = false
  #bearer: string | undefined
  #wasRefreshed = false
  #wasChallenged = false
  #clientRequestId = ''
  /** The claims the last 401 asked for. */
  #challenge: string | undefined

  constructor(transport: Transport, target: Target, options: GraphRequestOptions) {
    this.#transport = transport
    this.#target = target
    this.#options = options
    this.#patience =
      options.bytes === true || options.body instanceof Uint8Array ? patience.bytes : patience.json
    this.#isWrite = target.method !== 'GET'
    this.#repeat = options.repeat ?? (target.method === 'POST' ? 'never' : 'safe')
    // An upload URL's path is itself a permission: the error names only the host.
    this.#what = `${target.method} ${target.withToken ? target.url.pathname.replace(/^\/(v1\.0|beta)/, '') : target.url.host}`
    this.#deadlineAtMs = transport.clock.nowMs() + (options.deadlineMs ?? this.#patience.deadlineMs)
  }

  async run(): Promise<GraphReply<unknown>> {
    for (;;) {
      this.#options.signal?.throwIfAborted()
      if (this.#target.withToken) this.#bearer ??= await this.#fetchBearer({})
      const outcome = await this.#attemptOnce()
      if (!('error' in outcome)) return outcome
      if (outcome.error.status === 401 && (await this.#renewBearer(outcome))) continue
      await this.#waitOrThrow(outcome)
    }
  }

  async #fetchBearer(o: { claims?: string; forceRefresh?: boolean }): Promise<string> {
    const signal = this.#options.signal
    const { token } = await this.#transport.getToken(signal === undefined ? o : { ...o, signal })
    return typeof token === 'string' ? token : token.reveal()
  }

  /** True when a 401 brought a token that was not tried yet: once for a claims challenge, once for a dead token. */
  async #renewBearer(failure: Failure): Promise<boolean> {
    if (!this.#target.withToken) return false
    const claims = this.#challenge
    if (claims === undefined ? this.#wasRefreshed : this.#wasChallenged) return false
    if (claims === undefined) this.#wasRefreshed = true
    else this.#wasChallenged = true
    const bearer = await this.#fetchBearer(
      claims === undefined ? { forceRefresh: true } : { claims, forceRefresh: true },
    )
    if (bearer === this.#bearer) throw this.#sealed(failure.error)
    this.#bearer = bearer
    return true
  }

  async #attemptOnce(): Promise<GraphReply<unknown> | Failure> {
    const { clock, throttle, throttleKey } = this.#transport
    const queuedAtMs = clock.nowMs()
    const signal = this.#options.signal
    const turn = await throttle.take(throttleKey, {
      cost: costOf(this.#target, this.#options),
      leaseMs: this.#patience.attemptMs + 30_000,
      ...(signal === undefined ? {} : { signal }),
    })
    this.#deadlineAtMs += clock.nowMs() - queuedAtMs
    let throttledForMs: number | undefined
    try {
      const outcome = await this.#exchange()
      if ('error' in outcome && outcome.error.status === 429) throttledForMs = outcome.retryAfterMs ?? 1_000
      return outcome
    } finally {
      turn.release(throttledForMs === undefined ? {} : { throttledForMs })
    }
  }

  async #exchange(): Promise<GraphReply<unknown> | Failure> {
    this.#attempt += 1
    this.#clientRequestId = this.#transport.newId()
    const startedAtMs = performance.now()
    const attemptMs = Math.max(
      1,
      Math.min(this.#patience.attemptMs, this.#deadlineAtMs - this.#transport.clock.nowMs()),
    )
    // A socket lives in real time, whatever clock the caller gave.
    const timeout = AbortSignal.timeout(attemptMs)
    const signal =
      this.#options.signal === undefined ? timeout : AbortSignal.any([timeout, this.#options.signal])
    let response: Response | undefined
    try {
      response = await this.#transport.fetch(this.#target.url, this.#init(signal))
      return await this.#judge(response)
    } catch (cause) {
      this.#options.signal?.throwIfAborted()
      if (cause instanceof GraphError) throw cause
      return this.#brokenOff(cause, timeout.aborted, attemptMs)
    } finally {
      this.#transport.report({
        method: this.#target.method,
        path: this.#target.withToken ? this.#target.url.pathname : this.#target.url.host,
        attempt: this.#attempt,
        status: response?.status ?? 0,
        elapsedMs: performance.now() - startedAtMs,
        clientRequestId: this.#clientRequestId,
        requestId: response?.headers.get('request-id') ?? undefined,
      })
    }
  }

  #init(signal: AbortSignal): RequestInit {
    const headers = new Headers(this.#options.headers)
    headers.set('client-request-id', this.#clientRequestId)
    if (this.#bearer !== undefined) headers.set('Authorization', `Bearer ${this.#bearer}`)
    const body = this.#options.body
    const init: RequestInit = { method: this.#target.method, headers, signal, redirect: 'manual' }
    if (body === undefined) return init
    if (typeof body === 'string' || body instanceof Uint8Array)
      return { ...init, body: body as NonNullable<RequestInit['body']> }
    if (!headers.has('Content-Type')) headers.set('Content-Type', 'application/json')
    return { ...init, body: JSON.stringify(body) }
  }

  async #judge(response: Response): Promise<GraphReply<unknown> | Failure> {
    const { status, headers } = response
    const details = this.#details(headers)
    if (response.type === 'opaqueredirect' || (status >= 300 && status < 400)) {
      await response.body?.cancel()
      throw this.#sealed(
        new GraphError('graph/foreign-origin', `Refused to follow a redirect of ${this.#what}`, {
          ...details,
          status,
        }),
      )
    }
    if (status >= 200 && status < 300) return this.#readSuccess(response, details)
    const error = readFailure(this.#what, response, await response.text(), details)
    if (status === 401) this.#challenge = readClaimsChallenge(headers.get('www-authenticate'))
    if (status === 429) return { error, refused: true, mayRepeat: true, ...retryAfterOf(error) }
    const isServerSide = status >= 500 && status !== 501 && status !== 507
    if (!isServerSide && status !== 408) return { error, refused: true, mayRepeat: false }
    return { error, refused: false, mayRepeat: this.#repeat === 'safe', ...retryAfterOf(error) }
  }

  async #readSuccess(response: Response, details: GraphErrorDetails): Promise<GraphReply<unknown>> {
    const { status, headers } = response
    const requestId = details.requestId ?? ''
    if (this.#options.bytes === true) {
      return { status, headers, requestId, body: new Uint8Array(await response.arrayBuffer()) }
    }
    const text = await response.text()
    if (text === '') return { status, headers, requestId, body: undefined }
    try {
      return { status, headers, requestId, body: JSON.parse(text) as unknown }
    } catch {
      // The cause is left out: its message quotes the body.
      throw new GraphError('graph/reply-malformed', `Graph's answer to ${this.#what} is not JSON`, {
        ...details,
        status,
        mayHaveHappened: this.#isWrite,
      })
    }
  }

  #brokenOff(cause: unknown, timedOut: boolean, attemptMs: number): Failure {
    const details = this.#details(undefined)
    if (timedOut) {
      const error = new GraphError(
        'graph/timed-out',
        `No answer to ${this.#what} within ${attemptMs} ms`,
        details,
      )
      return { error, refused: false, mayRepeat: this.#repeat === 'safe' }
    }
    const { error, neverSent, hopeless } = readConnectionFailure(this.#what, cause, details)
    return { error, refused: neverSent, mayRepeat: !hopeless && (neverSent || this.#repeat === 'safe') }
  }

  async #waitOrThrow(failure: Failure): Promise<void> {
    const { clock, random } = this.#transport
    if (!failure.refused && this.#isWrite) this.#doubtful = true
    if (!failure.mayRepeat) throw this.#sealed(failure.error)
    const isThrottled = failure.error.status === 429
    if (!isThrottled && this.#failures >= doubtfulRepeats) throw this.#sealed(failure.error)
    const jitterMs = backoffMs(this.#failures, random)
    // After Retry-After a little jitter more, so that waiting callers do not all come back in the same instant.
    const waitMs =
      failure.retryAfterMs === undefined ? jitterMs : failure.retryAfterMs + Math.min(jitterMs, 500)
    this.#failures += 1
    if (clock.nowMs() + waitMs >= this.#deadlineAtMs) throw this.#sealed(failure.error)
    await clock.sleep(waitMs, this.#options.signal)
  }

  /** The error with what this operation, over all its attempts, knows about having happened. */
  #sealed(error: GraphError): GraphError {
    if (error.mayHaveHappened || !this.#doubtful) return error
    return new GraphError(error.code, error.message, {
      ...error,
      recovery: error.recovery,
      mayHaveHappened: true,
      cause: error.cause,
    } as GraphErrorDetails)
  }

  #details(headers: Headers | undefined): GraphErrorDetails {
    const requestId = headers?.get('request-id') ?? undefined
    const retryAfterMs = readRetryAfter(headers?.get('retry-after') ?? null, this.#transport.clock.nowMs())
    return {
      clientRequestId: this.#clientRequestId,
      ...(requestId === undefined ? {} : { requestId }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    }
  }
}

function retryAfterOf(error: GraphError): { retryAfterMs?: number } {
  return error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }
}

/** A POST to one of these paths sends mail. */
const sendingPath = /\/(send|sendmail|reply|replyall|forward)$/i

function costOf(target: Target, options: GraphRequestOptions): ThrottleCost {
  const sends = target.method === 'POST' && sendingPath.test(target.url.pathname) ? 1 : 0
  const uploadBytes = options.body instanceof Uint8Array ? options.body.length : 0
  return { sends, recipients: sends, uploadBytes, ...options.cost }
}
