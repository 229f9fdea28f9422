import { systemClock, type Clock } from '../facts/clock.ts'
import { checkClient, signedInAs, type Account, type ClientRegistration, type SignedIn } from './account.ts'
import type { DeviceCode, PollEvent } from './device-code.ts'
import { SignInError } from './signin-error.ts'

export interface DeviceSignInOptions {
  readonly client: ClientRegistration
  /** Compared, without case, with the name in the ID token. */
  readonly expectedUsername?: string
  /** The account already kept under that name: only this very person may sign in. */
  readonly pinnedTo?: Pick<Account, 'oid' | 'tid'>
  /** Shows the code and where to type it. */
  onCode(code: DeviceCode): void
  onWaiting?(event: PollEvent): void
  /** What a claims challenge asked for. */
  readonly claims?: string
  /** How long to wait for the person, milliseconds. Default: as long as the code lives. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  readonly clock?: Clock
  readonly fetch?: typeof fetch
}

/**
 * Signs one account in with a code that the person types on another device: for machines without a browser. Needs
 * `isFallbackPublicClient` in the registration, and many organisations forbid it. Saves nothing.
 *
 * @throws {SignInError} `signin/timed-out`, `signin/aborted`, and what `fetchDiscovery`, `requestDeviceCode` and `pollForTokens` throw
 * @example
 * const signedIn = await signInWithDeviceCode({ client, onCode: (code) => console.error(code.verificationUri, code.userCode) })
 * @see RFC 8628
 */
export async function signInWithDeviceCode(options: DeviceSignInOptions): Promise<SignedIn> {
  const { client, signal, claims } = options
  const clock = options.clock ?? systemClock
  checkClient(client)
  const over = new AbortController()
  const waits = signal ? AbortSignal.any([signal, over.signal]) : over.signal
  const requests = { clock, fetch: options.fetch ?? fetch, signal: waits }
  const [{ fetchDiscovery }, { pollForTokens, requestDeviceCode }] = await Promise.all([
    import('./discovery.ts'),
    import('./device-code.ts'),
  ])
  const { timeoutMs } = options
  let hasTimedOut = false
  if (timeoutMs !== undefined)
    clock.sleep(timeoutMs, over.signal).then(
      () => {
        hasTimedOut = !over.signal.aborted
        over.abort()
      },
      () => undefined,
    )
  try {
    const discovery = await fetchDiscovery(client.cloud, client.tenant, requests)
    const request = { client, discovery, ...(claims !== undefined && { claims }) }
    const code = await requestDeviceCode(request, requests)
    const { deviceCode: _, intervalMs: __, ...shown } = code
    options.onCode(shown)
    const { tokens, identity } = await pollForTokens(
      {
        ...request,
        code,
        expected: {
          ...(options.expectedUsername && { username: options.expectedUsername }),
          ...(options.pinnedTo && { pinnedTo: options.pinnedTo }),
        },
        ...(options.onWaiting && { onEvent: options.onWaiting }),
      },
      requests,
    )
    return signedInAs(identity, { client, tokens, redirectReceived: '', signedInBy: 'device-code' })
  } catch (error) {
    if (signal?.aborted)
      throw new SignInError('signin/aborted', 'the sign-in was interrupted', { cause: signal.reason })
    if (hasTimedOut)
      throw new SignInError(
        'signin/timed-out',
        `nobody typed the code within ${Math.round((timeoutMs ?? 0) / 1000)} seconds`,
      )
    throw error
  } finally {
    over.abort()
  }
}
