import { connectAdmin } from '../admin.ts'
import { confirm } from '../ask.ts'
import { CliError } from '../cli-error.ts'
import type { Invocation } from '../invocation.ts'
import { readSettings } from '../settings.ts'
import { type AppFlags, findAppId, readSpecIfThere } from './app-target.ts'

export async function run(invocation: Invocation<AppFlags & { forUser?: string }>): Promise<void> {
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
  const forWhom = flags.forUser ?? 'the whole organisation'
  if (cloud.name !== 'local') await confirm(invocation, `Consent to ${scopes.join(' ')} for ${forWhom}?`)
  const consent = await grantConsent(graph, {
    appId,
    scopes,
    ...(spec?.applicationPermissions && { roles: spec.applicationPermissions }),
    ...(flags.forUser !== undefined && { forUser: flags.forUser }),
  })
  output.record({ appId, ...consent })
  const added = consent.after.filter((one) => !consent.before.includes(one))
  output.say(`granted for ${forWhom}: ${consent.after.join(' ')}`)
  output.say(added.length > 0 ? `  new: ${added.join(' ')}` : '  all of it was granted before')
}
