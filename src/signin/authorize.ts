import type { AuthorizationServer } from 'oauth4webapi'
import type { ClientRegistration } from './account.ts'

export interface AuthorizationRequest {
  readonly client: Pick<ClientRegistration, 'clientId' | 'scopes'>
  /** As sent: with the port that the receiver listens on. */
  readonly redirectUri: string
  readonly state: string
  readonly nonce: string
  readonly challenge: string
  readonly loginHint?: string
  readonly prompt?: string
  /** `organizations`, `consumers` or a domain: skips the question whose account it is (E 2.1). */
  readonly domainHint?: string
  /** What a claims challenge asked for, as JSON. */
  readonly claims?: string
}

const oidcScopes = ['openid', 'profile', 'offline_access']

/** We answer claims challenges, so we say so: Entra then issues longer tokens that it can end at once (CAE). E 2.1. */
const capabilities = { xms_cc: { values: ['cp1'] } }

/** The address to open in the browser. RFC 6749 4.1.1, RFC 7636 4.3, OpenID Connect Core 3.1.2.1. No I/O. */
export function buildAuthorizationUrl(server: AuthorizationServer, request: AuthorizationRequest): string {
  const url = new URL(server.authorization_endpoint ?? '')
  const parameters: Record<string, string | undefined> = {
    client_id: request.client.clientId,
    response_type: 'code',
    response_mode: 'query',
    redirect_uri: request.redirectUri,
    scope: requestedScope(request.client.scopes),
    state: request.state,
    nonce: request.nonce,
    code_challenge: request.challenge,
    code_challenge_method: 'S256',
    claims: claimsParameter(request.claims),
    prompt: request.prompt,
    // Entra refuses an account hint beside select_account (E 2.1).
    domain_hint: request.domainHint,
    login_hint: request.prompt === 'select_account' ? undefined : request.loginHint,
  }
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) url.searchParams.set(name, value)
  return url.href
}

/** The scopes asked for, with those that make us get an ID token and a refresh token. */
export function requestedScope(scopes: readonly string[]): string {
  return [...new Set([...oidcScopes, ...scopes])].join(' ')
}

/** The `claims` parameter: our capability, and what a claims challenge of Graph asked for. */
export function claimsParameter(challenge?: string): string {
  let asked: { access_token?: object } = {}
  try {
    const parsed: unknown = challenge === undefined ? {} : JSON.parse(challenge)
    if (typeof parsed === 'object' && parsed !== null) asked = parsed
  } catch {
    // A challenge that is not JSON asks for nothing we could pass on.
  }
  return JSON.stringify({ ...asked, access_token: { ...asked.access_token, ...capabilities } })
}
