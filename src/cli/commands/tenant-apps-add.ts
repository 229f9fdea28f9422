import { readFileSync } from 'node:fs'
import { CliError } from '../cli-error.ts'
import type { Invocation } from '../invocation.ts'
import type { Output } from '../output.ts'
import { openControl } from '../tenant-control.ts'
import { splitList } from './user-states.ts'

export interface AddAppFlags {
  readonly redirect?: string
  readonly platform?: string
  readonly publicClient?: boolean
  readonly permission?: string
  readonly role?: string
  readonly consent?: string
  readonly assign?: string
  readonly secret?: boolean
  readonly certificate?: string
  readonly clientId?: string
}

export interface SeededApp {
  readonly displayName: string
  readonly clientId: string
  readonly secrets: readonly { readonly secretText: string }[]
}

export async function run({ args, flags, output, home }: Invocation<AddAppFlags>): Promise<void> {
  const body = bodyOf(args[0]!, flags)
  sayApp(output, await openControl(home.tenantDir).call<SeededApp>('POST', 'apps', body))
}

/** The secrets are shown here and never again: the tenant keeps their hashes alone. */
export function sayApp(output: Output, app: SeededApp): void {
  output.record(app)
  output.say(`${app.displayName}`)
  output.say(`  client ID  ${app.clientId}`)
  for (const { secretText } of app.secrets) output.say(`  secret     ${secretText}`)
}

function bodyOf(displayName: string, flags: AddAppFlags): object {
  const list = (value: string | undefined) => (value === undefined ? undefined : splitList(value))
  const { consent, platform = 'publicClient' } = flags
  return {
    displayName,
    clientId: flags.clientId,
    publicClient: flags.publicClient,
    redirectUris: flags.redirect && { [platform]: splitList(flags.redirect) },
    permissions: { delegated: list(flags.permission), application: list(flags.role) },
    consent: consent === 'all' || consent === undefined ? consent : splitList(consent),
    assignmentRequired: flags.assign === undefined ? undefined : true,
    assignTo: list(flags.assign),
    secrets: flags.secret ? [{}] : undefined,
    certificates: flags.certificate && [readCertificate(flags.certificate)],
  }
}

/** @throws {CliError} `cli/file-unreadable` */
function readCertificate(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new CliError('cli/file-unreadable', `the certificate ${file} cannot be read`, { cause })
  }
}
