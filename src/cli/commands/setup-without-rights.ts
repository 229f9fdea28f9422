import type { AppSpec, FlowNeeds } from '../../registration/index.ts'
import { CliError } from '../cli-error.ts'
import type { ExitCode, Invocation } from '../invocation.ts'
import { saveSettings } from '../settings.ts'
import { writeConsentPack } from './consent-pack.ts'
import { recipeRequest } from './recipe-request.ts'
import type { SetupFlags } from './setup.ts'

/** What setup is to make, or to have made. */
export interface Wanted {
  readonly name: string
  readonly redirectUri: string
  readonly user: string | undefined
  readonly permissions: readonly string[]
  readonly flows: readonly FlowNeeds[]
}

const packFile = 'letterlock-consent.html'

/** Writes the page for an administrator, says how to go on, and sends nothing. */
export async function prepareForAdministrator(
  invocation: Invocation<SetupFlags>,
  wanted: Wanted,
): Promise<ExitCode> {
  const { output, flags } = invocation
  const spec = specOf(wanted)
  const own = withoutClient(invocation)
  const file = await writeConsentPack(own, { spec, flows: wanted.flows, file: flags.pack ?? packFile })
  const { cloud, tenant } = recipeRequest(own, spec)
  const portal = (cloud.portal ?? 'https://portal.azure.com').replace(
    'portal.azure.com',
    'entra.microsoft.com',
  )
  const link = `${portal}/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade`
  const kept = [
    ...(flags.tenant === undefined ? [] : [`--tenant ${tenant}`]),
    ...(flags.cloud === undefined ? [] : [`--cloud ${flags.cloud}`]),
    ...(flags.for === undefined ? [] : [`--for ${flags.for}`]),
    ...(flags.user === undefined ? [] : [`--user ${flags.user}`]),
  ]
  const next = ['letterlock setup', ...kept, '--client-id ID'].join(' ')
  output.record({ ok: false, needs: 'administrator', pack: file, portal: link, next })
  output.say(`nothing was registered; written: ${file}`)
  output.say('  send it to an Application Administrator: it says what they would allow, why, and how')
  output.say(`  or register it yourself, where members may: ${link}`)
  output.say(`then, with the client ID that comes back: ${next}`)
  return 4
}

/** The client ID that an administrator sent back: kept for `login`. Sends nothing. */
export function keepGivenClient(
  invocation: Invocation<SetupFlags>,
  wanted: Wanted,
  clientId: string,
): ExitCode {
  const { output, home } = invocation
  if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(clientId.trim()))
    throw new CliError('cli/usage', `"${clientId}" is not a client ID`, {
      fix: 'copy "Application (client) ID" from the registration’s overview; the Object ID is another one',
    })
  const { cloud, tenant } = recipeRequest(withoutClient(invocation), specOf(wanted))
  saveSettings(home, {
    registration: {
      cloud: cloud.name,
      tenant,
      clientId: clientId.trim().toLowerCase(),
      clientKind: 'public',
      redirectUri: wanted.redirectUri,
      scopes: wanted.permissions,
    },
  })
  output.record({ ok: true, clientId: clientId.trim().toLowerCase(), tenant, user: wanted.user ?? null })
  output.say(`kept: client ID ${clientId.trim().toLowerCase()}, tenant ${tenant}`)
  output.say(`next: letterlock login${wanted.user === undefined ? '' : ` ${wanted.user}`}`)
  return 0
}

/** What is said of the client by flag names another thing to `app`: there it is `--app-id`. */
function withoutClient(invocation: Invocation<SetupFlags>): Invocation<Omit<SetupFlags, 'clientId'>> {
  const { clientId: _clientId, ...flags } = invocation.flags
  return { ...invocation, flags }
}

function specOf(wanted: Wanted): AppSpec {
  return {
    name: wanted.name,
    audience: 'AzureADMyOrg',
    client: 'public',
    redirectUris: [wanted.redirectUri],
    permissions: wanted.permissions,
    assignmentRequired: wanted.user !== undefined,
    assigned: wanted.user === undefined ? [] : [wanted.user],
  }
}
