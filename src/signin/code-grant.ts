import type { Clock } from '../facts/clock.ts'
import type { Account, ClientRegistration, NewTokens } from './account.ts'
import { buildAuthorizationUrl } from './authorize.ts'
import type { Discovery } from './discovery.ts'
import type { Identity } from './id-token.ts'
import { createPkcePair, randomBase64Url } from './pkce.ts'
import { redeemCode } from './redeem.ts'

/** Who is to sign in, and what Entra is told about it. Common to all sign-ins by authorization code. */
export interface PersonSignIn {
  readonly client: ClientRegistration
  /** Compared, without case, with the name in the ID token; also the login hint. */
  readonly expectedUsername?: string
  /** The account already kept under that name: only this very person may sign in, whatever the name is now. */
  readonly pinnedTo?: Pick<Account, 'oid' | 'tid'>
  /** Fills in the name on the page; `expectedUsername` does so by itself. */
  readonly loginHint?: string
  /** `organizations`, `consumers` or a domain. */
  readonly domainHint?: string
  /** `login`, `select_account`, `consent` or `none`. */
  readonly prompt?: string
  /** What a claims challenge asked for, as JSON. */
  readonly claims?: string
  readonly signal?: AbortSignal
  readonly clock?: Clock
  readonly fetch?: typeof fetch
}

export interface CodeGrant {
  /** The address to open in a browser. */
  readonly url: string
  /** Redeems what came back with our state. */
  redeem(
    response: URLSearchParams,
    options: { readonly clock: Clock; readonly fetch: typeof fetch; readonly signal?: AbortSignal },
  ): Promise<{ tokens: NewTokens; identity: Identity }>
}

/** One authorization request with a PKCE pair and a nonce of its own. No I/O before `redeem`. */
export async function beginCodeGrant(
  person: PersonSignIn,
  at: { readonly discovery: Discovery; readonly redirectUri: string; readonly state: string },
): Promise<CodeGrant> {
  const { client, expectedUsername, pinnedTo, prompt, domainHint, claims } = person
  const { discovery, redirectUri, state } = at
  const [nonce, pkce] = [randomBase64Url(), await createPkcePair()]
  const loginHint = person.loginHint ?? expectedUsername
  const url = buildAuthorizationUrl(discovery.server, {
    client,
    redirectUri,
    state,
    nonce,
    challenge: pkce.challenge,
    ...(prompt && { prompt }),
    ...(loginHint && { loginHint }),
    ...(domainHint && { domainHint }),
    ...(claims !== undefined && { claims }),
  })
  const expected = {
    ...(expectedUsername && { username: expectedUsername }),
    ...(pinnedTo && { pinnedTo }),
  }
  const { verifier } = pkce
  return {
    url,
    redeem: (response, options) =>
      redeemCode({ client, discovery, response, redirectUri, state, nonce, verifier, expected }, options),
  }
}
