import type { Clock } from '../facts/clock.ts'

/** Anything whose `reveal()` gives the token, such as signin's `Secret`. */
export interface Revealable {
  reveal(): string
}

/** Gives an access token; `claims` is the decoded JSON of a claims challenge, to be sent with the token request. */
export type GetToken = (o?: {
  claims?: string
  forceRefresh?: boolean
  signal?: AbortSignal
}) => Promise<{ token: Revealable | string }>

export type GraphMethod = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'

export interface GraphRequestOptions {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  /** An object is sent as JSON; a string or bytes as they are, with the `Content-Type` of `headers`. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /**
   * `safe`: may be repeated although an earlier attempt may have been carried out. `never`: repeated only after a clear
   * refusal (429, 401, no connection made). Default: GET, PATCH, PUT, DELETE safe; POST never.
   */
  readonly repeat?: 'safe' | 'never'
  /** The whole conversation with its repeats, milliseconds; waiting for our own throttle is not counted. Default 100_000; with bytes 600_000. */
  readonly deadlineMs?: number
  readonly signal?: AbortSignal
  /** The answer's bytes, as a Uint8Array, instead of its JSON. */
  readonly bytes?: boolean
  /** What the throttle must count beside one request. */
  readonly cost?: ThrottleCost
}

export interface GraphReply<T> {
  readonly status: number
  /** Parsed JSON; undefined for an empty answer. */
  readonly body: T
  readonly headers: Headers
  readonly requestId: string
}

export interface GraphClient {
  readonly graphOrigin: string
  /** Sends one request to `/v1.0` + path (or to an absolute URL of the same origin, such as a nextLink). */
  request<T = unknown>(method: GraphMethod, path: string, o?: GraphRequestOptions): Promise<GraphReply<T>>
  /** The pages of a collection, following nextLink; each page is one request with a deadline of its own. */
  pages<T = unknown>(path: string, o?: GraphRequestOptions): AsyncIterable<T[]>
  /** Sends one range to an upload session's URL, without a token. */
  upload<T = unknown>(uploadUrl: string, range: UploadRange, o?: GraphRequestOptions): Promise<GraphReply<T>>
}

export interface UploadRange {
  readonly bytes: Uint8Array
  readonly from: number
  readonly total: number
}

/** One attempt, reported after it ended; never holds a token or a query. */
export interface RequestReport {
  readonly method: string
  readonly path: string
  readonly attempt: number
  /** 0 when no answer came. */
  readonly status: number
  readonly elapsedMs: number
  readonly clientRequestId: string
  readonly requestId: string | undefined
}

export interface GraphClientOptions {
  readonly graphOrigin: string
  readonly getToken: GetToken
  readonly throttle?: Throttle
  /** Names what the throttle counts together: mailbox and client. Default: the origin. */
  readonly mailboxKey?: string
  readonly fetch?: typeof globalThis.fetch
  readonly clock?: Clock
  /** Between 0 and 1, for jitter. Default Math.random. */
  readonly random?: () => number
  /** Hosts an upload session's URL may name, beside the Graph origin when that is loopback. */
  readonly uploadHosts?: readonly string[]
  readonly onRequest?: (report: RequestReport) => void
}

export interface ThrottleCost {
  readonly sends?: number
  readonly recipients?: number
  readonly uploadBytes?: number
  /** Places taken of the four; more than one only for a batch. */
  readonly places?: number
}

export interface ThrottleTurn {
  /** Ends the turn; with `throttledForMs` every process of this machine waits that long and then goes slower. */
  release(outcome?: { throttledForMs?: number }): void
}

/** Decides when a request may leave. Shared by all processes that open the same file. */
export interface Throttle {
  /** Waits for a place. `leaseMs`: the place frees itself after this, should its holder hang. */
  take(
    key: string,
    o?: { cost?: ThrottleCost; leaseMs?: number; signal?: AbortSignal },
  ): Promise<ThrottleTurn>
  close(): void
}
