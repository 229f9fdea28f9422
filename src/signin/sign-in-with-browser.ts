import { systemClock, type Clock } from '../facts/clock.ts'
import { checkClient, signedInAs, type SignedIn } from './account.ts'
import type { PersonSignIn } from './code-grant.ts'
import type { ReceiverEvent, RedirectReceiver, SignInEnd } from './node/loopback.ts'
import { randomBase64Url } from './pkce.ts'
import { SignInError } from './signin-error.ts'

export type WaitingEvent = ReceiverEvent | { readonly kind: 'page-error-hint' }

export interface SignInOptions extends PersonSignIn {
  /** Opens the address in a browser. May end at once or when the page is left; if it fails, the sign-in fails. */
  openUrl(url: string): Promise<void> | void
  onWaiting?(event: WaitingEvent): void
  /** When to hint that Entra keeps some errors on its own page, milliseconds. Default 20_000. */
  readonly hintAfterMs?: number
  /** How long to wait for the redirect, milliseconds. Default 300_000. */
  readonly timeoutMs?: number
}

/**
 * Signs one account in: authorization code + PKCE in the person's browser, redirect to a listener on this machine.
 * Saves nothing: give the result to `vault.save`.
 *
 * @throws {SignInError} `signin/timed-out`, `signin/aborted`, `signin/browser-not-opened`, `signin/port-busy`, `signin/loopback-unavailable`, `signin/redirect-uri-unsupported`, and what `fetchDiscovery` and `redeemCode` throw
 * @example
 * const signedIn = await signInWithBrowser({ client, openUrl: (url) => void open(url) })
 * vault.save(signedIn)
 * @see RFC 8252, RFC 7636, RFC 9700
 */
export async function signInWithBrowser(options: SignInOptions): Promise<SignedIn> {
  const { client, signal } = options
  const clock = options.clock ?? systemClock
  const requests = { clock, fetch: options.fetch ?? fetch, ...(signal && { signal }) }
  checkClient(client)
  if (signal?.aborted) throw aborted(signal)
  // Loaded when needed: commands that only read the vault start faster without the protocol.
  const [{ fetchDiscovery }, { receiveRedirect }, { beginCodeGrant }] = await Promise.all([
    import('./discovery.ts'),
    import('./node/loopback.ts'),
    import('./code-grant.ts'),
  ])
  const discovery = await fetchDiscovery(client.cloud, client.tenant, requests)
  const state = randomBase64Url()
  const receiver = await receiveRedirect({
    redirectUri: client.redirectUri,
    serverIgnoresPort: client.cloud.ignoresLocalhostPort,
    state,
    ...(options.onWaiting && { onEvent: options.onWaiting }),
  })
  let end: SignInEnd = { kind: 'failed' }
  try {
    const { redirectUri } = receiver
    const grant = await beginCodeGrant(options, { discovery, redirectUri, state })
    const response = await waitForRedirect(receiver, grant.url, options, clock)
    const { tokens, identity } = await grant.redeem(response, requests)
    end = { kind: 'signed-in', username: identity.username }
    return signedInAs(identity, { client, tokens, redirectReceived: redirectUri, signedInBy: 'browser' })
  } catch (given) {
    const error = signal?.aborted ? aborted(signal) : given
    if (error instanceof SignInError) {
      const { code, entraCode } = error
      end = { kind: 'failed', code, ...(entraCode !== undefined && { entraCode }) }
    }
    throw error
  } finally {
    await receiver.finish(end)
  }
}

async function waitForRedirect(
  receiver: RedirectReceiver,
  url: string,
  options: SignInOptions,
  clock: Clock,
): Promise<URLSearchParams> {
  const { signal } = options
  if (signal?.aborted) throw aborted(signal)
  const over = new AbortController()
  const { promise: failed, reject } = Promise.withResolvers<never>()
  const after = (ms: number, then: () => void): void => {
    clock.sleep(ms, over.signal).then(
      () => over.signal.aborted || then(),
      () => undefined,
    )
  }
  const timeoutMs = options.timeoutMs ?? 300_000
  after(options.hintAfterMs ?? 20_000, () => options.onWaiting?.({ kind: 'page-error-hint' }))
  after(timeoutMs, () => reject(timedOut(timeoutMs)))
  const onAbort = (): void => reject(aborted(signal as AbortSignal))
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    const opened = (async () => options.openUrl(url))()
    opened.catch((cause: unknown) => reject(notOpened(cause)))
    return await Promise.race([receiver.response, failed])
  } finally {
    over.abort()
    signal?.removeEventListener('abort', onAbort)
  }
}

function timedOut(timeoutMs: number): SignInError {
  return new SignInError(
    'signin/timed-out',
    `nobody finished the sign-in page within ${Math.round(timeoutMs / 1000)} seconds`,
    {
      fix: 'If the page shows a number such as AADSTS50011, ask "letterlock doctor AADSTS50011"; then sign in again.',
    },
  )
}

function aborted(signal: AbortSignal): SignInError {
  return new SignInError('signin/aborted', 'the sign-in was interrupted', { cause: signal.reason })
}

function notOpened(cause: unknown): SignInError {
  const why = cause instanceof Error ? `: ${cause.message}` : ''
  return new SignInError(
    'signin/browser-not-opened',
    `the sign-in page could not be opened or walked${why}`,
    { cause },
  )
}
