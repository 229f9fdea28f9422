// The text that git and its helpers exchange. git-credential(1), "INPUT/OUTPUT FORMAT".
import type { Cloud } from '../facts/clouds.ts'
import type { Secret } from '../signin/secret.ts'
import { CliError } from './cli-error.ts'

export interface CredentialQuestion {
  readonly protocol: string
  /** With its port, where one is named. */
  readonly host: string
  readonly username?: string
  /** The asker understands `authtype` and `credential`: then it sends a bearer header, not Basic. */
  readonly takesBearer: boolean
}

/** Other resources of Microsoft's with hosts of their own; Graph's host comes from the account's cloud. */
const otherHosts: Readonly<Record<string, string>> = {
  'outlook.office365.com': 'https://outlook.office365.com/.default',
  'outlook.office.com': 'https://outlook.office365.com/.default',
  'management.azure.com': 'https://management.azure.com/.default',
}

/** @throws {CliError} `cli/usage` */
export function readCredentialQuestion(text: string): CredentialQuestion {
  const said = new Map<string, string>()
  const capabilities: string[] = []
  for (const line of text.split(/\r?\n/)) {
    if (line === '') break
    const at = line.indexOf('=')
    if (at < 1) throw malformed()
    const [name, value] = [line.slice(0, at), line.slice(at + 1)]
    if (name === 'capability[]') capabilities.push(value)
    else said.set(name, value)
  }
  const url = said.get('url') === undefined ? undefined : URL.parse(said.get('url') ?? '')
  const protocol = said.get('protocol') ?? url?.protocol.replace(/:$/, '')
  const host = said.get('host') ?? url?.host
  if (!protocol || !host) throw malformed()
  const username = said.get('username')
  return {
    protocol,
    host: host.toLowerCase(),
    ...(username && { username }),
    takesBearer: capabilities.includes('authtype'),
  }
}

/** A token goes to the host of its resource and to no other. */
export function resourceFor(
  { protocol, host }: CredentialQuestion,
  cloud: Cloud,
): { readonly scopes: readonly string[] } | undefined {
  const asked = `${protocol}://${host}`
  if (URL.parse(asked)?.origin === new URL(cloud.graph).origin) return { scopes: [] }
  const scope = protocol === 'https' ? otherHosts[host] : undefined
  return scope === undefined ? undefined : { scopes: [scope] }
}

export function answerCredential(
  { protocol, host, takesBearer }: CredentialQuestion,
  given: { readonly token: Secret; readonly expiresAtMs: number; readonly username: string },
): string {
  const token = given.token.reveal()
  const proof = takesBearer
    ? ['capability[]=authtype', 'authtype=Bearer', `credential=${token}`, 'ephemeral=1']
    : [`username=${given.username}`, `password=${token}`]
  const expiry = `password_expiry_utc=${Math.floor(given.expiresAtMs / 1000)}`
  return [`protocol=${protocol}`, `host=${host}`, ...proof, expiry, '', ''].join('\n')
}

function malformed(): CliError {
  return new CliError('cli/usage', 'stdin holds no question of git: lines of name=value, protocol and host', {
    fix: 'git config credential.https://graph.microsoft.com.helper "!letterlock credential"',
  })
}
