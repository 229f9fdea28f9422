import { seedScopes } from '../../facts/scopes.ts'
import { connectAdmin, type AdminFlags } from '../admin.ts'
import { choose, confirm } from '../ask.ts'
import { CliError } from '../cli-error.ts'
import type { ExitCode, Invocation } from '../invocation.ts'
import { saveSettings } from '../settings.ts'
import { performProcedure } from '../tour/steps.ts'
import { sayStep } from '../tour/say.ts'
import { keepGivenClient, prepareForAdministrator, type Wanted } from './setup-without-rights.ts'

export interface SetupFlags extends AdminFlags {
  readonly yes?: boolean
  readonly name?: string
  readonly user?: string
  readonly redirectUri?: string
  readonly for?: string
  readonly noAdmin?: boolean
  readonly pack?: string
  readonly clientId?: string
}

/** The seed's procedure: with rights it is done, without them it is prepared for whoever has them. */
export async function run(given: Invocation<SetupFlags>): Promise<ExitCode> {
  const { flags } = given
  const remote = flags.tenant !== undefined && flags.tenant !== 'local'
  const cloud = flags.cloud ?? (remote ? undefined : 'local')
  const invocation = { ...given, flags: { ...flags, ...(cloud !== undefined && { cloud }) } }
  const isLocal = cloud === 'local'
  const wanted = await wantedOf(invocation, isLocal)
  if (flags.clientId !== undefined) return keepGivenClient(invocation, wanted, flags.clientId)
  if (flags.noAdmin) return prepareForAdministrator(invocation, wanted)
  if (isLocal) await startLocalTenant(invocation)
  else {
    const answer = await askForRights(invocation, wanted)
    if (answer === 'prepare') return prepareForAdministrator(invocation, wanted)
  }
  try {
    return await register(invocation, wanted)
  } catch (error) {
    if (!isRefusal(error)) throw error
    invocation.output.warn(`letterlock: ${(error as Error).message}: it is prepared for somebody who may`)
    return prepareForAdministrator(invocation, wanted)
  }
}

async function wantedOf(invocation: Invocation<SetupFlags>, isLocal: boolean): Promise<Wanted> {
  const { flags } = invocation
  const { permissionsFor, readFlowNeeds } = await import('../../registration/index.ts')
  const files = (flags.for ?? '').split(',').map((file) => file.trim()).filter(Boolean) // prettier-ignore
  const flows = files.map((file) => readFlowNeeds(file))
  const user = flags.user ?? flows.find((one) => one.account)?.account
  return {
    name: flags.name ?? (flows[0] ? `Letterlock ${flows[0].name}` : 'Invoice bot'),
    redirectUri: flags.redirectUri ?? 'http://localhost:9999/Callback',
    user: user ?? (isLocal ? 'invoice.bot@contoso.example' : undefined),
    permissions: flows.length > 0 ? permissionsFor(flows) : [...seedScopes],
    flows,
  }
}

async function startLocalTenant({ output, home }: Invocation): Promise<void> {
  const { startTenantProcess, usualTenantPort } = await import('../tenant-process.ts')
  const tenant = await startTenantProcess({
    tenantDir: home.tenantDir,
    port: usualTenantPort,
    detach: true,
  })
  output.note(`the local tenant ${tenant.ours ? 'is' : 'was already'} up at ${tenant.address.origin}`)
}

/** On a terminal the person says which way it goes; elsewhere `--yes` does. */
async function askForRights(invocation: Invocation<SetupFlags>, wanted: Wanted): Promise<'go' | 'prepare'> {
  const { flags, secrets, output } = invocation
  if (flags.tenant === undefined && secrets.token === undefined)
    throw new CliError('cli/usage', 'the tenant is not named', {
      fix: 'add --tenant DOMAIN or --tenant GUID',
    })
  const where = flags.tenant ?? 'the tenant of LETTERLOCK_TOKEN'
  output.note(`in ${where}: register "${wanted.name}", ask for ${wanted.permissions.join(' ')},`)
  output.note(`consent for the organisation, and let ${wanted.user ?? 'everybody'} use it`)
  if (flags.yes || !output.terminal || secrets.token || flags.adminTokenCommand !== undefined) {
    await confirm(invocation, 'Go on?')
    return 'go'
  }
  const answer = await choose(invocation, 'You need an Application Administrator’s rights.', {
    a: 'I have them: sign in now, as Microsoft Graph Command Line Tools; the token is not kept',
    p: 'I have not: write a page for somebody who has; nothing is sent',
  })
  return answer === 'a' ? 'go' : 'prepare'
}

async function register(invocation: Invocation<SetupFlags>, wanted: Wanted): Promise<ExitCode> {
  const { output, home } = invocation
  const admin = await connectAdmin(invocation, 'setup')
  const registered = await performProcedure(
    {
      cloud: admin.cloud,
      tenant: admin.tenant,
      name: wanted.name,
      redirectUri: wanted.redirectUri,
      user: wanted.user,
      permissions: wanted.permissions,
      signIn: async () => ({
        graph: admin.graph,
        signedIn: undefined,
        proof: [`an administrator of ${admin.tenant}`],
      }),
    },
    (step) => sayStep((line) => output.note(line), step),
  )
  saveSettings(home, { registration: registered.saved })
  const { clientId, tenantId } = registered
  output.record({ ok: true, clientId, tenantId, steps: registered.steps, user: wanted.user ?? null })
  output.say(`client ID  ${clientId}`)
  output.say(`tenant ID  ${tenantId}`)
  output.say(`next: letterlock login${wanted.user === undefined ? '' : ` ${wanted.user}`}`)
  return 0
}

/** The directory refused this account: asked again as somebody else, it would not. */
function isRefusal(error: unknown): boolean {
  const code = (error as { code?: unknown }).code
  return code === 'registration/not-allowed' || code === 'graph/refused'
}
