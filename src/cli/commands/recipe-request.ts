import { type Cloud, clouds } from '../../facts/clouds.ts'
import type { AppSpec, RecipeRequest } from '../../registration/index.ts'
import type { Invocation } from '../invocation.ts'
import { askedCloud, resolveCloud } from '../resolve-cloud.ts'
import { readSettings } from '../settings.ts'
import type { AppFlags } from './app-target.ts'

/** What a recipe is written from, without asking anybody: flags first, then what was set up here. */
export function recipeRequest(
  invocation: Invocation<AppFlags & { forUser?: string }>,
  spec: AppSpec,
): RecipeRequest {
  const { flags, home } = invocation
  const saved = readSettings(home).registration
  const name = askedCloud(flags) ?? saved?.cloud ?? 'global'
  // The local tenant answers under the global cloud's names, and need not be up for a text.
  const cloud: Cloud = name === 'local' ? clouds.global : resolveCloud(home, name)
  const asked = flags.tenant === 'local' ? undefined : flags.tenant
  return {
    spec,
    cloud,
    tenant: asked ?? saved?.tenant ?? 'your-tenant.onmicrosoft.com',
    clientId: flags.appId ?? spec.clientId,
    ...(flags.forUser !== undefined && { forUsers: [flags.forUser] }),
  }
}
