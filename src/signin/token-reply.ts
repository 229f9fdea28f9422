import {
  allowInsecureRequests,
  clockSkew,
  clockTolerance,
  customFetch,
  type Client,
  type TokenEndpointResponse,
} from 'oauth4webapi'
import { systemClock, type Clock } from '../facts/clock.ts'
import type { ClientRegistration, NewTokens } from './account.ts'
import { graphName } from './scope-plan.ts'
import { Secret } from './secret.ts'

export interface TokenRequestOptions {
  readonly clock?: Clock
  readonly fetch?: typeof fetch
  readonly signal?: AbortSignal
  /** Whole request, milliseconds. Default 30_000. */
  readonly timeoutMs?: number
}

/** What the protocol library needs for one request: http only to loopback, our fetch, our time-out, ids to ask support with. */
export function libraryOptions(
  authority: string,
  options: TokenRequestOptions,
): {
  [allowInsecureRequests]: boolean
  [customFetch]: typeof fetch
  signal: AbortSignal
  headers: Headers
} {
  const limit = AbortSignal.timeout(options.timeoutMs ?? 30_000)
  return {
    [allowInsecureRequests]: authority.startsWith('http://'),
    [customFetch]: options.fetch ?? fetch,
    signal: options.signal ? AbortSignal.any([options.signal, limit]) : limit,
    headers: new Headers({ 'client-request-id': crypto.randomUUID() }),
  }
}

export function libraryClient(clientId: string, clock: Clock = systemClock): Client {
  return {
    client_id: clientId,
    [clockSkew]: Math.round((clock.nowMs() - Date.now()) / 1000),
    // Entra's own libraries allow five minutes.
    [clockTolerance]: 300,
  }
}

/** Reads a checked token answer (E 4.2). A missing `scope` means: as asked (RFC 6749 5.1). */
export function readTokens(
  reply: TokenEndpointResponse,
  about: {
    readonly client: Pick<ClientRegistration, 'cloud' | 'scopes'>
    readonly nowMs: number
    readonly kept?: Secret
  },
): NewTokens {
  const refreshToken = reply.refresh_token ? new Secret(reply.refresh_token) : about.kept
  const granted = reply.scope === undefined ? [...about.client.scopes] : reply.scope.split(' ')
  const names = granted
    .filter((scope) => scope !== '')
    .map((scope) => graphName(scope, about.client.cloud.graph))
  if (refreshToken) names.push('offline_access')
  const refreshEnds = secondsOf(reply.refresh_token_expires_in)
  return {
    accessToken: new Secret(reply.access_token),
    obtainedAtMs: about.nowMs,
    // RFC 6749 5.1 only recommends expires_in; five minutes is what a server that says nothing gets.
    expiresAtMs: about.nowMs + (reply.expires_in ?? 300) * 1000,
    ...(refreshToken && { refreshToken }),
    ...(refreshEnds !== undefined && { refreshTokenEndsAtMs: about.nowMs + refreshEnds * 1000 }),
    scopes: [...new Set(names)],
  }
}

/** Entra writes numbers also as texts. */
function secondsOf(value: unknown): number | undefined {
  const seconds = typeof value === 'string' ? Number(value) : value
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0 ? seconds : undefined
}
