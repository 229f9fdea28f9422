import {
  deviceAuthorizationRequest,
  deviceCodeGrantRequest,
  processDeviceAuthorizationResponse,
  processDeviceCodeResponse,
} from 'oauth4webapi'
import { systemClock, type Clock } from '../facts/clock.ts'
import { isLoopbackHost, type ClientRegistration, type NewTokens } from './account.ts'
import { claimsParameter, requestedScope } from './authorize.ts'
import type { Discovery } from './discovery.ts'
import type { ExpectedIdentity, Identity } from './id-token.ts'
import { judgeTokenReply } from './judge-token-reply.ts'
import { clientAuthentication } from './client-credential.ts'
import { Secret } from './secret.ts'
import { plainText, readFailure, unavailable } from './server-reply.ts'
import { SignInError } from './signin-error.ts'
import { libraryClient, libraryOptions, readTokens, type TokenRequestOptions } from './token-reply.ts'

/** What a person needs to sign in on any device. Both addresses are https, or of this machine. */
export interface DeviceCode {
  readonly userCode: string
  readonly verificationUri: string
  /** With the code in it; Entra sends none. */
  readonly verificationUriComplete?: string
  readonly expiresAtMs: number
}

export interface IssuedDeviceCode extends DeviceCode {
  readonly deviceCode: Secret
  readonly intervalMs: number
}

/** Why the next question to the server comes later than the last one did. */
export type PollEvent = {
  readonly kind: 'asking-slower'
  readonly why: 'slow-down' | 'server-away'
  readonly intervalMs: number
}

const slowDownMs = 5_000
const maxIntervalMs = 60_000

/**
 * Asks for a device code. Sends one POST.
 *
 * @throws {SignInError} `signin/grant-not-offered`, `signin/client-refused`, `signin/request-refused`, `signin/reply-malformed`, `signin/unreachable`, `signin/unavailable`
 * @see RFC 8628 sections 3.1 and 3.2
 */
export async function requestDeviceCode(
  request: { readonly client: ClientRegistration; readonly discovery: Discovery; readonly claims?: string },
  options: TokenRequestOptions = {},
): Promise<IssuedDeviceCode> {
  const { client, discovery } = request
  const clock = options.clock ?? systemClock
  if (discovery.server.device_authorization_endpoint === undefined) {
    throw new SignInError('signin/grant-not-offered', 'this server gives out no device codes', {
      fix: 'Sign in with the browser: letterlock login, or letterlock login --paste.',
    })
  }
  const parameters = { scope: requestedScope(client.scopes), claims: claimsParameter(request.claims) }
  const libClient = libraryClient(client.clientId, clock)
  try {
    const reply = await deviceAuthorizationRequest(
      discovery.server,
      libClient,
      await clientAuthentication(client),
      parameters,
      libraryOptions(client.cloud.authority, options),
    )
    if (reply.status === 429 || reply.status >= 500) throw unavailable(reply)
    const body = await processDeviceAuthorizationResponse(discovery.server, libClient, reply)
    const complete = body.verification_uri_complete
    return {
      deviceCode: new Secret(body.device_code),
      userCode: plainText(body.user_code),
      verificationUri: safeAddress(body.verification_uri),
      ...(complete !== undefined && { verificationUriComplete: safeAddress(complete) }),
      expiresAtMs: clock.nowMs() + body.expires_in * 1000,
      // RFC 8628 3.2: five seconds where the server says nothing.
      intervalMs: (body.interval ?? 5) * 1000,
    }
  } catch (error) {
    throw readFailure(error, 'device', client.cloud.authority)
  }
}

export interface PollRequest {
  readonly client: ClientRegistration
  readonly discovery: Discovery
  readonly code: IssuedDeviceCode
  readonly expected?: Omit<ExpectedIdentity, 'tenantId'>
  readonly claims?: string
  onEvent?(event: PollEvent): void
}

/**
 * Asks at the server's pace until the person has signed in, then judges the ID token as any sign-in does. Slower by
 * five seconds after each `slow_down`, by half as much again and more while the server is away; ends with the code.
 *
 * @throws {SignInError} `signin/declined`, `signin/device-code-expired`, `signin/code-refused`, `signin/client-refused`, `signin/consent-missing`, `signin/request-refused`, `signin/id-token-invalid`, `signin/issuer-mismatch`, `signin/clock-skewed`, `signin/wrong-tenant`, `signin/wrong-account`, `signin/reply-malformed`
 * @see RFC 8628 sections 3.4 and 3.5
 */
export async function pollForTokens(
  request: PollRequest,
  options: TokenRequestOptions = {},
): Promise<{ tokens: NewTokens; identity: Identity }> {
  const { code } = request
  const clock = options.clock ?? systemClock
  let { intervalMs } = code
  const askSlower = (why: PollEvent['why'], nextMs: number): void => {
    intervalMs = nextMs
    request.onEvent?.({ kind: 'asking-slower', why, intervalMs })
  }
  for (;;) {
    await pause(clock, Math.min(intervalMs, code.expiresAtMs - clock.nowMs()), options.signal)
    if (clock.nowMs() >= code.expiresAtMs) throw expired()
    try {
      return await askOnce(request, options)
    } catch (error) {
      const failure = readFailure(error, 'device', request.client.cloud.authority)
      if (options.signal?.aborted) throw failure
      if (failure.oauthError === 'authorization_pending') continue
      if (failure.oauthError === 'slow_down') askSlower('slow-down', intervalMs + slowDownMs)
      else if (failure.code === 'signin/unreachable' || failure.code === 'signin/unavailable') {
        const doubled = Math.min(intervalMs * 2, maxIntervalMs)
        askSlower('server-away', Math.max(doubled, failure.retryAfterMs ?? 0))
      } else throw failure
    }
  }
}

async function askOnce(
  request: PollRequest,
  options: TokenRequestOptions,
): Promise<{ tokens: NewTokens; identity: Identity }> {
  const { client, discovery, code } = request
  const clock = options.clock ?? systemClock
  const libClient = libraryClient(client.clientId, clock)
  const library = libraryOptions(client.cloud.authority, options)
  const reply = await deviceCodeGrantRequest(
    discovery.server,
    libClient,
    await clientAuthentication(client),
    code.deviceCode.reveal(),
    { ...library, additionalParameters: { claims: claimsParameter(request.claims) } },
  )
  if (reply.status === 429 || reply.status >= 500) throw unavailable(reply)
  const { body, identity } = await judgeTokenReply({
    discovery,
    reply,
    library,
    expected: request.expected ?? {},
    clock,
    client: libClient,
    process: (server, known, answer) => processDeviceCodeResponse(server, known, answer),
  })
  return { tokens: readTokens(body, { client, nowMs: clock.nowMs() }), identity }
}

async function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (ms > 0) await clock.sleep(ms, signal)
}

/** The address is shown to a person who will type a password there: never plain http to elsewhere, nothing hidden in it. */
function safeAddress(address: string): string {
  const url = URL.parse(address)
  const isSafe =
    url && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname)))
  if (isSafe && !url.username && !url.password) return url.href
  throw new SignInError('signin/reply-malformed', 'the server names no safe address to type the code at')
}

function expired(): SignInError {
  return new SignInError('signin/device-code-expired', 'the code was not typed in time', {
    fix: 'letterlock login --device-code gives a new one.',
  })
}
