// Which client signs in, and what it proves itself with: from the flags, then from what was set up here.
import { readFileSync } from 'node:fs'
import type { Cloud } from '../facts/clouds.ts'
import { seedScopes } from '../facts/scopes.ts'
import type { ClientCredential, ClientRegistration } from '../signin/index.ts'
import { Secret } from '../signin/secret.ts'
import { CliError } from './cli-error.ts'
import type { Invocation } from './invocation.ts'
import { askHidden } from './ask-hidden.ts'
import { askedCloud, resolveCloud } from './resolve-cloud.ts'
import { readSettings } from './settings.ts'
import { needTenant } from './tenant-control.ts'

export interface ClientFlags {
  readonly tenant?: string
  readonly clientId?: string
  readonly client?: string
  readonly redirectUri?: string
  readonly scope?: string
  readonly app?: boolean
  readonly secretFile?: string
  readonly certificate?: string
  readonly federatedTokenFile?: string
}

/** @throws {CliError} `cli/client-unknown`, `cli/usage`, `cli/cloud-unknown`, `cli/tenant-down` */
export async function chooseClient(invocation: Invocation<ClientFlags>): Promise<ClientRegistration> {
  const { flags, home } = invocation
  const saved = readSettings(home).registration
  const cloudName = askedCloud(flags) ?? saved?.cloud ?? 'local'
  const own = saved?.cloud === cloudName ? saved : undefined
  const clientId = flags.clientId ?? own?.clientId
  if (clientId === undefined) {
    throw new CliError('cli/client-unknown', 'no client ID is known here', {
      fix: 'letterlock setup registers the application; or give --client-id and --tenant',
    })
  }
  const saidKind = flags.client ?? (flags.app ? 'confidential' : own?.clientKind)
  const credential = await chooseCredential(invocation, saidKind)
  const kind = saidKind ?? (credential && flags.client === undefined && !own ? 'confidential' : 'public')
  if (kind !== 'public' && kind !== 'confidential')
    throw new CliError('cli/usage', `"${kind}" is not a kind of client`, {
      fix: 'write public or confidential',
    })
  await refuseUnfit(kind, credential)
  const named = flags.tenant === 'local' ? undefined : flags.tenant
  const tenant =
    named ?? own?.tenant ?? (cloudName === 'local' ? needTenant(home.tenantDir).tenantId : undefined)
  if (tenant === undefined)
    throw new CliError('cli/usage', 'the tenant is not named', {
      fix: 'add --tenant DOMAIN or --tenant GUID',
    })
  return {
    cloud: resolveCloud(home, cloudName),
    tenant,
    clientId,
    clientKind: kind,
    redirectUri: flags.redirectUri ?? own?.redirectUri ?? 'http://localhost:9999/Callback',
    scopes: flags.scope?.split(/[\s,]+/).filter(Boolean) ?? own?.scopes ?? [...seedScopes],
    ...(credential && { credential }),
  }
}

const anyCloud: Cloud = { name: '', authority: 'https://x', graph: 'https://x', ignoresLocalhostPort: true }

/** Before the network, and before the cloud is looked for: AADSTS700025, AADSTS7000218. */
async function refuseUnfit(
  clientKind: 'public' | 'confidential',
  credential: ClientCredential | undefined,
): Promise<void> {
  const { checkClient } = await import('../signin/account.ts')
  checkClient({ cloud: anyCloud, clientKind, ...(credential && { credential }) })
}

/** Secrets come from a file, the environment or a prompt; never from argv, which every process of the machine can read. */
async function chooseCredential(
  invocation: Invocation<ClientFlags>,
  kind: string | undefined,
): Promise<ClientCredential | undefined> {
  const { flags, secrets, output, signal } = invocation
  const given = [flags.secretFile, flags.certificate, flags.federatedTokenFile].filter(Boolean)
  if (given.length > 1)
    throw new CliError('cli/usage', 'a client proves itself in one way', {
      fix: 'give one of --secret-file, --certificate and --federated-token-file',
    })
  if (flags.certificate !== undefined) {
    const passphrase = secrets.certificatePassword
    return { kind: 'certificate', file: flags.certificate, ...(passphrase && { passphrase }) }
  }
  if (flags.federatedTokenFile !== undefined)
    return { kind: 'federation', tokenFile: flags.federatedTokenFile }
  if (flags.secretFile !== undefined) return { kind: 'secret', secret: readSecretFile(flags.secretFile) }
  if (secrets.clientSecret) return { kind: 'secret', secret: secrets.clientSecret }
  const tokenFile = flags.app ? process.env['AZURE_FEDERATED_TOKEN_FILE'] : undefined
  if (tokenFile) return { kind: 'federation', tokenFile }
  if (kind === 'confidential' && output.terminal)
    return { kind: 'secret', secret: await askHidden('client secret (not shown): ', signal) }
  return undefined
}

function readSecretFile(file: string): Secret {
  let text: string
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8').trim()
  } catch (cause) {
    throw new CliError('cli/file-unreadable', `the secret file ${file} cannot be read`, { cause })
  }
  if (text !== '' && !/\s/.test(text)) return new Secret(text)
  throw new CliError('cli/file-unreadable', `the secret file ${file} does not hold one secret`, {
    fix: 'write the secret’s value, and nothing else, into the file',
  })
}
