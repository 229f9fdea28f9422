import type { Cloud } from '../../facts/clouds.ts'
import type { GraphClient } from '../../graph/index.ts'
import type { AppSpec, ConsentTaken } from '../../registration/index.ts'
import { connectAdmin } from '../admin.ts'
import { confirm } from '../ask.ts'
import { CliError } from '../cli-error.ts'
import type { Invocation } from '../invocation.ts'
import { readSettings } from '../settings.ts'
import { type AppFlags, findAppId, readSpecIfThere } from './app-target.ts'

export interface ConsentFlags extends AppFlags {
  readonly forUser?: string
  readonly exact?: boolean
}

export async function run(invocation: Invocation<ConsentFlags>): Promise<void> {
  const { output, flags, home } = invocation
  const spec = await readSpecIfThere(invocation)
  const scopes = spec?.permissions ?? readSettings(home).registration?.scopes
  if (!scopes || scopes.length === 0)
    throw new CliError('cli/client-unknown', 'there are no permissions to consent to', {
      fix: 'letterlock app apply',
    })
  const { grantConsent } = await import('../../registration/index.ts')
  const { graph, cloud } = await connectAdmin(invocation)
  const appId = await findAppId(invocation, graph)
  const taken = flags.exact ? await takeExcess(invocation, { graph, cloud, appId, scopes, spec }) : undefined
  const forWhom = flags.forUser ?? 'the whole organisation'
  if (cloud.name !== 'local') await confirm(invocation, `Consent to ${scopes.join(' ')} for ${forWhom}?`)
  const consent = await grantConsent(graph, {
    appId,
    scopes,
    ...(spec?.applicationPermissions && { roles: spec.applicationPermissions }),
    ...(flags.forUser !== undefined && { forUser: flags.forUser }),
  })
  output.record({ appId, ...consent, ...(taken && { taken }) })
  const added = consent.after.filter((one) => !consent.before.includes(one))
  output.say(`granted for ${forWhom}: ${consent.after.join(' ')}`)
  output.say(added.length > 0 ? `  new: ${added.join(' ')}` : '  all of it was granted before')
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
