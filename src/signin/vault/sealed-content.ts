// What one row of the vault holds, before it is sealed. Rows of earlier versions are read as they were written.
import type { Account, HeldToken } from '../account.ts'
import type { ClientCredential } from '../client-credential.ts'
import { Secret } from '../secret.ts'
import type { StoredSignIn } from './contract.ts'

type Content = Omit<StoredSignIn, 'version' | 'refreshStartedAtMs'>

interface PlainToken {
  readonly accessToken: string
  readonly obtainedAtMs: number
  readonly expiresAtMs: number
  readonly scopes: string[]
}

type PlainCredential =
  | { readonly kind: 'secret'; readonly secret: string }
  | { readonly kind: 'certificate'; readonly file: string; readonly passphrase?: string }
  | { readonly kind: 'federation'; readonly tokenFile: string }

interface PlainContent {
  readonly account: Account
  readonly credential?: PlainCredential
  /** As version 1 wrote a secret. */
  readonly clientSecret?: string
  readonly tokens: PlainToken & {
    readonly refreshToken?: string
    readonly others?: Readonly<Record<string, PlainToken>>
  }
}

/** The one place where secrets become text: to be sealed at once. */
export function writeContent({ account, tokens, credential }: Content): string {
  const others = Object.entries(tokens.others ?? {}).map(([key, held]) => [key, writeToken(held)])
  const plain: PlainContent = {
    account,
    tokens: {
      ...writeToken(tokens),
      ...(tokens.refreshToken && { refreshToken: tokens.refreshToken.reveal() }),
      ...(others.length > 0 && { others: Object.fromEntries(others) as Record<string, PlainToken> }),
    },
    ...(credential && { credential: writeCredential(credential) }),
  }
  return JSON.stringify(plain)
}

export function readContent(text: string): Content {
  const plain = JSON.parse(text) as PlainContent
  const { refreshToken, others = {} } = plain.tokens
  const credential = readCredential(plain)
  const read = Object.entries(others).map(([key, token]) => [key, readToken(token)])
  return {
    account: plain.account,
    tokens: {
      ...readToken(plain.tokens),
      ...(refreshToken !== undefined && { refreshToken: new Secret(refreshToken) }),
      ...(read.length > 0 && { others: Object.fromEntries(read) as Record<string, HeldToken> }),
    },
    ...(credential && { credential }),
  }
}

function writeToken({ accessToken, obtainedAtMs, expiresAtMs, scopes }: HeldToken): PlainToken {
  return { accessToken: accessToken.reveal(), obtainedAtMs, expiresAtMs, scopes }
}

function readToken({ accessToken, obtainedAtMs, expiresAtMs, scopes }: PlainToken): HeldToken {
  return { accessToken: new Secret(accessToken), obtainedAtMs, expiresAtMs, scopes }
}

function writeCredential(credential: ClientCredential): PlainCredential {
  if (credential.kind === 'secret') return { kind: 'secret', secret: credential.secret.reveal() }
  if (credential.kind === 'federation') return credential
  const { passphrase, ...rest } = credential
  return { ...rest, ...(passphrase && { passphrase: passphrase.reveal() }) }
}

function readCredential({ credential, clientSecret }: PlainContent): ClientCredential | undefined {
  if (clientSecret !== undefined) return { kind: 'secret', secret: new Secret(clientSecret) }
  if (credential?.kind === 'secret') return { kind: 'secret', secret: new Secret(credential.secret) }
  if (credential?.kind !== 'certificate') return credential
  const { passphrase, ...rest } = credential
  return { ...rest, ...(passphrase !== undefined && { passphrase: new Secret(passphrase) }) }
}
