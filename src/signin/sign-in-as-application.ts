import { systemClock, type Clock } from '../facts/clock.ts'
import { checkClient, signedInAs, type ClientRegistration, type NewTokens, type SignedIn } from './account.ts'
import type { Discovery } from './discovery.ts'
import { SignInError } from './signin-error.ts'
import { isTenantId } from './tenant-id.ts'
import type { TokenRequestOptions } from './token-reply.ts'

export interface ApplicationSignInOptions {
  /** Confidential, with its credential. `scopes` and `redirectUri` are not used. */
  readonly client: Omit<ClientRegistration, 'redirectUri' | 'scopes'>
  readonly signal?: AbortSignal
  readonly clock?: Clock
  readonly fetch?: typeof fetch
}

/**
 * Signs the application in as itself, without a person: with its secret, certificate or federated token. What it may
 * do are the application permissions that an administrator consented to. Saves nothing.
 *
 * @throws {SignInError} `signin/public-client-has-secret`, `signin/secret-missing`, `signin/tenant-not-found`, and what `requestApplicationTokens` throws
 * @example
 * const signedIn = await signInAsApplication({ client: { ...client, credential: { kind: 'certificate', file: 'bot.pem' } } })
 * vault.save(signedIn)
 * @see RFC 6749 section 4.4
 */
export async function signInAsApplication(options: ApplicationSignInOptions): Promise<SignedIn> {
  const client = { ...options.client, redirectUri: '', scopes: [] }
  checkClient(client)
  if (client.clientKind === 'public') throw needsConfidential()
  const clock = options.clock ?? systemClock
  const requests = { clock, fetch: options.fetch ?? fetch, ...(options.signal && { signal: options.signal }) }
  const { fetchDiscovery } = await import('./discovery.ts')
  const discovery = await fetchDiscovery(client.cloud, client.tenant, requests)
  const tid = discovery.tenantId
  if (!isTenantId(tid)) {
    throw new SignInError('signin/tenant-not-found', 'an application signs in to one tenant: name it', {
      fix: 'Give the domain or ID of the tenant in place of common or organizations.',
    })
  }
  try {
    const tokens = await requestApplicationTokens({ client, discovery }, requests)
    const identity = { oid: client.clientId, tid, username: client.clientId, name: 'the application itself' }
    return signedInAs(identity, { client, tokens, redirectReceived: '', signedInBy: 'application' })
  } catch (error) {
    if (options.signal?.aborted)
      throw new SignInError('signin/aborted', 'the sign-in was interrupted', { cause: options.signal.reason })
    throw error
  }
}

export interface ApplicationTokenRequest {
  readonly client: Pick<ClientRegistration, 'cloud' | 'clientId' | 'clientKind' | 'credential'>
  readonly discovery: Discovery
  /** Default: Graph's `.default`, the only kind of scope there is here (E 4.1). */
  readonly scopes?: readonly string[]
  readonly claims?: string
}

/**
 * Asks for a token of the application itself. Sends one POST; there is no refresh token, and none is needed.
 *
 * @throws {SignInError} `signin/client-refused`, `signin/request-refused`, `signin/reply-malformed`, `signin/unreachable`, `signin/unavailable`, `signin/certificate-unreadable`, `signin/federated-token-unreadable`
 */
export async function requestApplicationTokens(
  request: ApplicationTokenRequest,
  options: TokenRequestOptions = {},
): Promise<NewTokens> {
  const { sendApplicationRequest } = await import('./application-grant.ts')
  return sendApplicationRequest(request, options)
}

function needsConfidential(): SignInError {
  return new SignInError(
    'signin/secret-missing',
    'a public client cannot sign in as itself: it has nothing to prove who it is with',
    { fix: 'Give a certificate, a federated token or a secret, and mark the client confidential.' },
  )
}
