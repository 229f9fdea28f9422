import { connectAdmin } from '../admin.ts'
import type { Invocation } from '../invocation.ts'
import { CliError } from '../cli-error.ts'
import { type AppFlags, findAppId, readSpec } from './app-target.ts'
import { recipeRequest } from './recipe-request.ts'

export interface ShowFlags extends AppFlags {
  readonly format?: string
  readonly forUser?: string
}

export async function run(invocation: Invocation<ShowFlags>): Promise<void> {
  const { output, flags } = invocation
  if (flags.format !== undefined) return sayRecipe(invocation, flags.format)
  const { showApp } = await import('../../registration/index.ts')
  const { graph } = await connectAdmin(invocation, 'read')
  const shown = await showApp(graph, await findAppId(invocation, graph))
  output.record(shown)
  output.say(output.bold(shown.name))
  output.say(`  client ID          ${shown.appId}`)
  output.say(`  application        ${shown.objectId}`)
  output.say(`  service principal  ${shown.servicePrincipalId ?? 'none'}`)
  output.say(`  client             ${shown.client}, ${shown.audience ?? 'audience unknown'}`)
  for (const [platform, uris] of Object.entries(shown.redirectUris))
    for (const uri of uris) output.say(`  redirect URI       ${uri} (${platform})`)
  const names = shown.assigned.map((one) => one.name).join(', ') || 'nobody'
  output.say(`  assigned           ${shown.assignmentRequired ? 'required; ' : 'not required; '}${names}`)
  for (const one of shown.permissions) {
    const status = one.grantedToAll
      ? 'granted'
      : one.grantedTo.length > 0
        ? `granted to ${one.grantedTo.length}`
        : 'not granted'
    output.say(`  ${one.name.padEnd(24)} ${one.kind}, ${one.listed ? 'listed' : 'not listed'}, ${status}`)
  }
  for (const one of shown.secrets) output.say(`  secret             ${one.name} ends ${one.ends ?? 'never'}`)
}

/** The app file as another tool's commands. Sends nothing. */
async function sayRecipe(invocation: Invocation<ShowFlags>, asked: string): Promise<void> {
  const { recipeFormats, recipeOf, recipeText } = await import('../../registration/index.ts')
  const format = recipeFormats.find((one) => one === asked)
  if (!format)
    throw new CliError('cli/usage', `there is no format "${asked}"`, {
      fix: `--format ${recipeFormats.join(' | ')}`,
    })
  const request = recipeRequest(invocation, await readSpec(invocation))
  invocation.output.record({ format, steps: recipeOf(format, request) })
  invocation.output.say(recipeText(format, request))
}
