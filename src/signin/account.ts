import type { Cloud } from '../facts/clouds.ts'
import { SignInError } from './signin-error.ts'
import type { Secret } from './secret.ts'

export interface ClientRegistration {
  readonly cloud: Cloud
  /** A tenant's GUID or one of its domains. */
  readonly tenant: string
  readonly clientId: string
  readonly clientKind: 'public' | 'confidential'
  readonly clientSecret?: Secret
  readonly redirectUri: string
  readonly scopes: readonly string[]
}

export interface Account {
  /** `${oid}.${tid}`: the person and the tenant, whatever the name becomes. */
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
}

export type SignedInBy = 'browser' | 'device-code'

export interface TokenSet {
  readonly accessToken: Secret
  readonly obtainedAtMs: number
  readonly expiresAtMs: number
  readonly refreshToken?: Secret
  readonly scopes: string[]
}

export interface SignedIn {
  readonly account: Account
  readonly tokens: TokenSet
  /** The redirect URI that the browser came back to, without its query; empty where none was used. */
  readonly redirectReceived: string
  /** Kept with the account, sealed: a confidential client cannot refresh without it. */
  readonly clientSecret?: Secret
}

/** Puts together what a sign-in ends with. */
export function signedInAs(
  identity: Pick<Account, 'oid' | 'tid' | 'username' | 'name'>,
  how: {
    readonly client: ClientRegistration
    readonly tokens: TokenSet
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
    },
    tokens,
    redirectReceived,
    ...(client.clientSecret && { clientSecret: client.clientSecret }),
  }
}

/**
 * Refuses what the server would refuse, before the network sees a secret.
 *
 * @throws {SignInError} `signin/public-client-has-secret`, `signin/secret-missing`, `signin/insecure-url`
 */
export function checkClient(client: Pick<ClientRegistration, 'cloud' | 'clientKind' | 'clientSecret'>): void {
  if (client.clientKind === 'public' && client.clientSecret !== undefined) {
    throw new SignInError(
      'signin/public-client-has-secret',
      'a public client must not send a client secret (AADSTS700025)',
      {
        fix: 'Remove the secret, or register the redirect URI as a web platform and mark the client confidential.',
        entraCode: 700025,
      },
    )
  }
  if (client.clientKind === 'confidential' && client.clientSecret === undefined) {
    throw new SignInError(
      'signin/secret-missing',
      'a confidential client needs its client secret (AADSTS7000218)',
      {
        fix: 'Give the secret, or mark the client public and register the redirect URI under mobile and desktop.',
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
