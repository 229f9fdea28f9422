import type { AppSpec, FlowNeeds } from '../../registration/index.ts'
import { CliError } from '../cli-error.ts'
import type { Invocation } from '../invocation.ts'
import { type AppFlags, readSpecIfThere } from './app-target.ts'

/** The app file with the permissions that these flows need; without an app file, the least that lets them work. */
export async function specForFlows(
  invocation: Invocation<AppFlags>,
  list: string,
): Promise<{ spec: AppSpec; flows: readonly FlowNeeds[] }> {
  const { permissionsFor, readFlowNeeds } = await import('../../registration/index.ts')
  const files = list.split(',').filter((file) => file.trim() !== '')
  if (files.length === 0)
    throw new CliError('cli/usage', '--for names no flow file', { fix: '--for invoices.flow.ts' })
  const flows = files.map((file) => readFlowNeeds(file.trim()))
  const spec = (await readSpecIfThere(invocation)) ?? leastSpec(flows)
  return { spec: { ...spec, permissions: permissionsFor(flows), applicationPermissions: undefined }, flows }
}

function leastSpec(flows: readonly FlowNeeds[]): AppSpec {
  const accounts = flows.flatMap((one) => one.account ?? [])
  return {
    name: `Letterlock ${flows[0]!.name}`,
    audience: 'AzureADMyOrg',
    client: 'public',
    redirectUris: ['http://localhost:9999/Callback'],
    permissions: [],
    // Whoever signs in is not always known from the flow: then nobody must be locked out.
    assignmentRequired: accounts.length === flows.length,
    assigned: [...new Set(accounts)],
  }
}
