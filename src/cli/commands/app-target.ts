import type { AppSpec } from '../../registration/index.ts'
import type { AdminFlags } from '../admin.ts'
import { CliError } from '../cli-error.ts'
import type { GraphClient } from '../../graph/index.ts'
import type { Invocation } from '../invocation.ts'
import { readSettings } from '../settings.ts'

export interface AppFlags extends AdminFlags {
  readonly file?: string
  readonly appId?: string
  readonly yes?: boolean
}

/** The app file; `--app-id` says which registration is meant, whatever the file says. */
export async function readSpec(invocation: Invocation<AppFlags>): Promise<AppSpec> {
  const { appFileName, readAppFile } = await import('../../registration/index.ts')
  const { file, appId } = invocation.flags
  const spec = readAppFile(file ?? appFileName)
  return appId === undefined ? spec : { ...spec, clientId: appId }
}

/** The client ID that is meant: the flag's, that of the app file, or the one that was set up here. */
export async function findAppId(invocation: Invocation<AppFlags>, graph: GraphClient): Promise<string> {
  const { flags, home } = invocation
  if (flags.appId !== undefined) return flags.appId
  const spec = await readSpecIfThere(invocation)
  if (spec) {
    const { planApp } = await import('../../registration/index.ts')
    const { appId } = await planApp(graph, spec)
    if (appId !== null) return appId
  }
  const saved = readSettings(home).registration?.clientId
  if (saved !== undefined && !flags.file) return saved
  throw new CliError('cli/client-unknown', 'there is no registration yet', { fix: 'letterlock app apply' })
}

/** Without `--file`, a missing app file is no error: the registration set up here is meant. */
export async function readSpecIfThere(invocation: Invocation<AppFlags>): Promise<AppSpec | undefined> {
  try {
    return await readSpec(invocation)
  } catch (error) {
    const missing = (error as { code?: string }).code === 'registration/app-file-missing'
    if (missing && invocation.flags.file === undefined) return undefined
    throw error
  }
}
