import { createHash, timingSafeEqual } from 'node:crypto'
import { systemClock } from '../facts/clock.ts'
import { checkClient, signedInAs, type SignedIn } from './account.ts'
import type { PersonSignIn } from './code-grant.ts'
import { randomBase64Url } from './pkce.ts'
import { SignInError } from './signin-error.ts'

export type PasteRefusal =
  | 'not-an-address'
  | 'other-address'
  | 'repeated-parameter'
  | 'wrong-state'
  | 'no-code'

export interface PasteSignInOptions extends PersonSignIn {
  /** Shows the address to open, on whatever machine has a browser. */
  onUrl(url: string): void
  /** Gives the address that the browser ended on, which it could not open; undefined: the person gave up. */
  readAddress(): Promise<string | undefined>
  /** What was pasted is not the answer; `readAddress` is asked again. */
  onRefused?(why: PasteRefusal): void
}

/**
 * Signs one account in where the browser cannot reach this machine: it fails on the redirect to localhost, and the
 * person pastes the address it failed on. Nothing listens. Saves nothing.
 *
 * @throws {SignInError} `signin/aborted`, `signin/pasted-address-refused`, and what `fetchDiscovery` and `redeemCode` throw
 * @example
 * await signInByPaste({ client, onUrl: console.error, readAddress: () => question('paste the address: ') })
 * @see RFC 8252 section 7.3, RFC 9700 section 4.7
 */
export async function signInByPaste(options: PasteSignInOptions): Promise<SignedIn> {
  const { client, signal } = options
  checkClient(client)
  const requests = {
    clock: options.clock ?? systemClock,
    fetch: options.fetch ?? fetch,
    ...(signal && { signal }),
  }
  const [{ fetchDiscovery }, { beginCodeGrant }] = await Promise.all([
    import('./discovery.ts'),
    import('./code-grant.ts'),
  ])
  try {
    const discovery = await fetchDiscovery(client.cloud, client.tenant, requests)
    const { redirectUri } = client
    const state = randomBase64Url()
    const grant = await beginCodeGrant(options, { discovery, redirectUri, state })
    options.onUrl(grant.url)
    const response = await askForAnswer(options, redirectUri, state)
    const { tokens, identity } = await grant.redeem(response, requests)
    return signedInAs(identity, { client, tokens, redirectReceived: redirectUri, signedInBy: 'paste' })
  } catch (error) {
    if (signal?.aborted)
      throw new SignInError('signin/aborted', 'the sign-in was interrupted', { cause: signal.reason })
    throw error
  }
}

async function askForAnswer(
  options: PasteSignInOptions,
  redirectUri: string,
  state: string,
): Promise<URLSearchParams> {
  for (;;) {
    const pasted = await options.readAddress()
    if (pasted === undefined) {
      throw new SignInError('signin/pasted-address-refused', 'no address of this sign-in was pasted', {
        fix: 'Sign in again with --paste, and copy the whole address the browser shows at the end.',
      })
    }
    const answer = readPastedAddress(pasted, { redirectUri, state })
    if (answer instanceof URLSearchParams) return answer
    options.onRefused?.(answer)
  }
}

/** The parameters of the answer, or why it is none. The port is not compared: Entra ignores it, and it was never used. */
export function readPastedAddress(
  pasted: string,
  expected: { readonly redirectUri: string; readonly state: string },
): URLSearchParams | PasteRefusal {
  const url = URL.parse(pasted.trim().replace(/^["'<]+|["'>]+$/g, ''))
  if (!url) return 'not-an-address'
  const ours = new URL(expected.redirectUri)
  if (url.protocol !== ours.protocol || url.hostname !== ours.hostname || url.pathname !== ours.pathname)
    return 'other-address'
  const names = [...url.searchParams.keys()]
  if (new Set(names).size !== names.length) return 'repeated-parameter'
  if (!sameText(url.searchParams.get('state') ?? '', expected.state)) return 'wrong-state'
  if (!url.searchParams.get('code') && !url.searchParams.get('error')) return 'no-code'
  return url.searchParams
}

/** In constant time. */
function sameText(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(one), digest(other))
}
