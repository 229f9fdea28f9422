// What a `scope` parameter asks for. Bare names are Microsoft Graph's. entra.md section 2.1.
import { findPermission, graphAppId, openIdScopes } from '../../facts/permissions.ts'
import { configuredScopes, type Application } from '../directory/objects.ts'
import { EntraFailure } from './failure.ts'

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

/** @throws {EntraFailure} 70011 */
export function checkScopes(asked: RequestedScopes): void {
  const invalid = (why: string): EntraFailure =>
    new EntraFailure(70011, `The provided value for the input parameter 'scope' is not valid. ${why}`, {
      error: 'invalid_scope',
    })
  if (asked.unknown)
    throw invalid(`The scope '${asked.unknown}' does not exist on the resource '${graphAppId}'.`)
  if (asked.mixedWithDefault) throw invalid(".default scope can't be combined with resource-specific scopes.")
}

/** Checks a scope before anybody is signed in. @throws {EntraFailure} 70011 */
export const checkScopeText = (scope: string, application: Application): void =>
  checkScopes(readScopes(scope, application, new Set()))
