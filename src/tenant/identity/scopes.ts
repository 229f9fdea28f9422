// What a `scope` parameter asks for. Bare names are Microsoft Graph's. entra.md section 2.1.
import { findPermission, openIdScopes } from '../../facts/permissions.ts'
import { configuredScopes, type Application } from '../directory/objects.ts'

const graphPrefixes = ['https://graph.microsoft.com/', '00000003-0000-0000-c000-000000000000/']

export interface RequestedScopes {
  readonly openId: ReadonlySet<string>
  /** Canonical names of Graph's delegated permissions. */
  readonly graph: ReadonlySet<string>
  /** true when any was asked for with Graph's prefix, so the answer names them so too. */
  readonly qualified: boolean
  readonly unknown: string | undefined
  readonly mixedWithDefault: boolean
}

export function readScopes(
  scope: string,
  application: Application,
  consented: ReadonlySet<string>,
): RequestedScopes {
  const openId = new Set<string>()
  const graph = new Set<string>()
  let [qualified, isDefault] = [false, false]
  let unknown: string | undefined
  for (const word of scope.split(/\s+/).filter(Boolean)) {
    const prefix = graphPrefixes.find((one) => word.toLowerCase().startsWith(one))
    const name = prefix ? word.slice(prefix.length) : word
    if (prefix) qualified = true
    if (openIdScopes.has(name.toLowerCase())) openId.add(name.toLowerCase())
    else if (name === '.default') isDefault = true
    else {
      const permission = findPermission(name)
      if (permission) graph.add(permission.value)
      else unknown ??= word
    }
  }
  const mixedWithDefault = isDefault && graph.size > 0
  if (isDefault) {
    for (const name of [...configuredScopes(application), ...consented])
      if (!openIdScopes.has(name)) graph.add(name)
  }
  return { openId, graph, qualified, unknown, mixedWithDefault }
}
