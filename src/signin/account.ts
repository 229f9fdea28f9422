import type { Cloud } from '../facts/clouds.ts'
import type { ClientCredential } from './client-credential.ts'
import type { Secret } from './secret.ts'
import { SignInError } from './signin-error.ts'

export interface ClientRegistration {
  readonly cloud: Cloud
  /** A tenant's GUID or one of its domains. */
  readonly tenant: string
  readonly clientId: string
  readonly clientKind: 'public' | 'confidential'
  /** A confidential client's own; a public one has none. */
  readonly credential?: ClientCredential
  readonly redirectUri: string
  readonly scopes: readonly string[]
}

export interface Account {
  /** `${oid}.${tid}`: the person and the tenant, whatever the name becomes. An application's `oid` is its client ID. */
  readonly id: string
  readonly username: string
  readonly name: string
  readonly oid: string
  readonly tid: string
  readonly cloud: Cloud
  readonly clientId: string
  readonly clientKind: 'public' | 'confidential'
  readonly redirectUri: string
  /** Granted scopes by their bare names; `offline_access` is there when a refresh token came. */
  readonly scopes: string[]
  readonly refreshTokenIssuedAtMs: number
  readonly signedInAtMs: number
  /** Absent in accounts kept before this was noted: they came by the browser. */
  readonly signedInBy?: SignedInBy
  /** When the refresh token ends whatever is done, where the server said so: browser platforms, 24 hours (E 4.3). */
  readonly refreshTokenEndsAtMs?: number
  /** What refusals have taught about how long sign-ins last here; kept over later sign-ins. */
  readonly learned?: LearnedLimits
}

/** `application`: no person; the client signs in as itself with its credential. */
export type SignedInBy = 'browser' | 'device-code' | 'paste' | 'application'

export interface LearnedLimits {
  /** After so long the tenant asked to sign in again, however busy the account was (AADSTS70043). */
  readonly signInFrequencyMs?: number
}

export function isApplication(account: Pick<Account, 'signedInBy'>): boolean {
  return account.signedInBy === 'application'
}

export interface TokenSet {
  readonly accessToken: Secret
  readonly obtainedAtMs: number
  readonly expiresAtMs: number
  readonly refreshToken?: Secret
  readonly scopes: string[]
  /** Access tokens for other resources than the account's Graph, by the scope asked for. */
  readonly others?: Readonly<Record<string, HeldToken>>
}

export interface HeldToken {
  readonly accessToken: Secret
  readonly obtainedAtMs: number
  readonly expiresAtMs: number
  readonly scopes: string[]
}

/** As an answer brings them. */
export interface NewTokens extends TokenSet {
  readonly refreshTokenEndsAtMs?: number
}

export interface SignedIn {
  readonly account: Account
  readonly tokens: TokenSet
  /** The redirect URI that the browser came back to, without its query; empty where none was used. */
  readonly redirectReceived: string
  /** Kept with the account, sealed: a confidential client cannot refresh without it. */
  readonly credential?: ClientCredential
}

/** Puts together what a sign-in ends with. */
export function signedInAs(
  identity: Pick<Account, 'oid' | 'tid' | 'username' | 'name'>,
  how: {
    readonly client: ClientRegistration
    readonly tokens: TokenSet & { readonly refreshTokenEndsAtMs?: number }
    readonly redirectReceived: string
    readonly signedInBy: SignedInBy
  },
): SignedIn {
  const { client, tokens, redirectReceived, signedInBy } = how
  return {
    account: {
      ...identity,
      id: `${identity.oid}.${identity.tid}`,
      cloud: client.cloud,
      clientId: client.clientId,
      clientKind: client.clientKind,
      redirectUri: client.redirectUri,
      scopes: tokens.scopes,
      refreshTokenIssuedAtMs: tokens.obtainedAtMs,
      signedInAtMs: tokens.obtainedAtMs,
      signedInBy,
      ...(tokens.refreshTokenEndsAtMs !== undefined && { refreshTokenEndsAtMs: tokens.refreshTokenEndsAtMs }),
    },
    tokens,
    redirectReceived,
    ...(client.credential && { credential: client.credential }),
  }
}

/**
 * Refuses what the server would refuse, before the network sees a secret.
 *
 * @throws {SignInError} `signin/public-client-has-secret`, `signin/secret-missing`, `signin/insecure-url`
 */
export function checkClient(client: Pick<ClientRegistration, 'cloud' | 'clientKind' | 'credential'>): void {
  if (client.clientKind === 'public' && client.credential !== undefined) {
    throw new SignInError(
      'signin/public-client-has-secret',
      'a public client must not send a client secret or assertion (AADSTS700025)',
      {
        fix: 'Remove the secret, or register the redirect URI as a web platform and mark the client confidential.',
        entraCode: 700025,
      },
    )
  }
  if (client.clientKind === 'confidential' && client.credential === undefined) {
    throw new SignInError(
      'signin/secret-missing',
      'a confidential client needs its client secret or certificate (AADSTS7000218)',
      {
        fix: 'Give the secret, a certificate or a federated token, or mark the client public and register the redirect URI under mobile and desktop.',
        entraCode: 7000218,
      },
    )
  }
  checkSecureOrigin(client.cloud.authority)
}

/** @throws {SignInError} `signin/insecure-url` unless the URL is https, or http to this machine. */
export function checkSecureOrigin(address: string): void {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url.hostname))) return
  throw new SignInError(
    'signin/insecure-url',
    `tokens are sent only over https, or http to this machine: not to ${address}`,
    {
      fix: 'Use an https address for the cloud.',
    },
  )
}

export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}
