import type { Cloud } from '../../facts/clouds.ts'
import type { GraphClient } from '../../graph/index.ts'
import type { AppSpec, ConsentTaken } from '../../registration/index.ts'
import { connectAdmin, tenantOf } from '../admin.ts'
import { confirm } from '../ask.ts'
import { CliError } from '../cli-error.ts'
import type { Invocation } from '../invocation.ts'
import { readSettings } from '../settings.ts'
import { type AppFlags, findAppId, readSpec, readSpecIfThere } from './app-target.ts'
import { flowsOf, writeConsentPack } from './consent-pack.ts'
import { specForFlows } from './spec-for-flows.ts'

export interface ConsentFlags extends AppFlags {
  readonly forUser?: string
  readonly exact?: boolean
  readonly url?: boolean
  readonly pack?: string
  readonly for?: string
}

export async function run(invocation: Invocation<ConsentFlags>): Promise<void> {
  const { output, flags, home } = invocation
  if (flags.pack !== undefined) return sayPack(invocation, flags.pack)
  const spec = await readSpecIfThere(invocation)
  if (flags.url) return sayUrl(invocation, spec)
  const scopes = spec?.permissions ?? readSettings(home).registration?.scopes ?? []
  const roles = spec?.applicationPermissions ?? []
  if (scopes.length + roles.length === 0)
    throw new CliError('cli/client-unknown', 'there are no permissions to consent to', {
      fix: 'letterlock app apply',
    })
  const { grantConsent } = await import('../../registration/index.ts')
  const { graph, cloud } = await connectAdmin(invocation, 'consent')
  const appId = await findAppId(invocation, graph)
  const taken = flags.exact ? await takeExcess(invocation, { graph, cloud, appId, scopes, spec }) : undefined
  const forWhom = flags.forUser ?? 'the whole organisation'
  if (cloud.name !== 'local') await confirm(invocation, `Consent to ${named(scopes, roles)} for ${forWhom}?`)
  const consent = await grantConsent(graph, {
    appId,
    scopes,
    roles,
    ...(flags.forUser !== undefined && { forUser: flags.forUser }),
  })
  output.record({ appId, ...consent, ...(taken && { taken }) })
  const added = consent.after.filter((one) => !consent.before.includes(one))
  output.say(`granted for ${forWhom}: ${named(consent.after, roles)}`)
  const fresh = named(added, consent.rolesAdded)
  output.say(fresh === '' ? '  all of it was granted before' : `  new: ${fresh}`)
}

function named(scopes: readonly string[], roles: readonly string[]): string {
  return [...scopes, ...roles.map((one) => `${one} (application: the whole organisation)`)].join(' ')
}

/** `--pack`: the page for an administrator. Asks nobody. */
async function sayPack(invocation: Invocation<ConsentFlags>, file: string): Promise<void> {
  const { flags, output } = invocation
  const derived = flags.for === undefined ? undefined : await specForFlows(invocation, flags.for)
  const spec = derived?.spec ?? (await readSpec(invocation))
  const flows = derived?.flows ?? (await flowsOf(spec))
  const written = await writeConsentPack(invocation, { spec, flows, file })
  output.record({ pack: written })
  output.say(`written: ${written}`)
  output.say('  send it to an administrator of the tenant: it says what they would allow, why, and how')
}

/** `--url`: Microsoft’s page where an administrator consents for the whole organisation. Asks nobody. */
async function sayUrl(invocation: Invocation<ConsentFlags>, spec: AppSpec | undefined): Promise<void> {
  const { flags, output, home } = invocation
  const saved = readSettings(home).registration
  const appId = flags.appId ?? spec?.clientId ?? saved?.clientId
  if (appId === undefined)
    throw new CliError('cli/client-unknown', 'the link needs the client ID', {
      fix: 'add --app-id ID, or write clientId into the app file',
    })
  if (flags.forUser !== undefined)
    throw new CliError(
      'cli/usage',
      'Microsoft’s page consents for the whole organisation, not for one user',
      {
        fix: 'letterlock app consent --for-user NAME, or --pack FILE for somebody who may not run it',
      },
    )
  const { adminConsentUrl, redirectUrisOf } = await import('../../registration/index.ts')
  const { cloud, tenant } = tenantOf(invocation)
  const uris = spec ? redirectUrisOf(spec) : undefined
  const redirectUri = [...(uris?.publicClient ?? []), ...(uris?.web ?? [])][0] ?? saved?.redirectUri
  if (redirectUri === undefined)
    throw new CliError('cli/client-unknown', 'the link needs a registered redirect URI', {
      fix: 'write redirectUris into the app file',
    })
  const url = adminConsentUrl({ cloud, tenant: tenant ?? 'organizations', appId, redirectUri })
  output.record({ url })
  output.say(url)
}

interface Target {
  readonly graph: GraphClient
  readonly cloud: Cloud
  readonly appId: string
  readonly scopes: readonly string[]
  readonly spec: AppSpec | undefined
}

/** `--exact`: what is granted beyond the app file goes, named before it is asked for. */
async function takeExcess(
  invocation: Invocation<ConsentFlags>,
  { graph, cloud, appId, scopes, spec }: Target,
): Promise<readonly ConsentTaken[]> {
  const { narrowConsent } = await import('../../registration/index.ts')
  const request = {
    appId,
    scopes,
    roles: spec?.applicationPermissions ?? [],
    ...(spec?.assignmentRequired && { users: spec.assigned }),
  }
  const excess = await narrowConsent(graph, request, { dryRun: true })
  for (const { permissions, from, userId } of excess)
    invocation.output.say(`taken from the ${from}${userId ? ` ${userId}` : ''}: ${permissions.join(' ')}`)
  if (excess.length === 0) return []
  if (cloud.name !== 'local') await confirm(invocation, 'Take these consents away?')
  return narrowConsent(graph, request)
}
