// What a `scope` parameter asks for. Bare names are Microsoft Graph's. entra.md section 2.1.
import { findPermission, graphAppId, openIdScopes } from '../../facts/permissions.ts'
import { configuredScopes, type Application, type Directory } from '../directory/objects.ts'
import { EntraFailure } from './failure.ts'
import { findResource, graphUris, type Resource } from './resources.ts'

const isGraphUri = (uri: string): boolean => graphUris.includes(uri.toLowerCase())

export interface RequestedScopes {
  readonly openId: ReadonlySet<string>
  /** Canonical names of Graph's delegated permissions. */
  readonly graph: ReadonlySet<string>
  /** true when any was asked for with Graph's prefix, so the answer names them so too. */
  readonly qualified: boolean
  readonly unknown: string | undefined
  readonly mixedWithDefault: boolean
}

/** One resource of a `scope` parameter, in the order of the words. */
export interface AskedResource {
  /** As it was written; empty for bare names, which are Graph's. */
  readonly uri: string
  readonly names: readonly string[]
  readonly isDefault: boolean
}

/** Splits a `scope` into OpenID's own words and, by resource, the rest. */
export function splitScopes(scope: string): { openId: Set<string>; resources: AskedResource[] } {
  const openId = new Set<string>()
  const resources = new Map<string, { uri: string; names: string[]; isDefault: boolean }>()
  for (const word of scope.split(/\s+/).filter(Boolean)) {
    const slash = word.lastIndexOf('/')
    const [uri, name] = [word.slice(0, Math.max(slash, 0)), word.slice(slash + 1)]
    const ofGraph = uri === '' || isGraphUri(uri)
    if (ofGraph && openIdScopes.has(name.toLowerCase())) {
      openId.add(name.toLowerCase())
      continue
    }
    const key = ofGraph ? graphAppId : uri.toLowerCase()
    const asked = resources.get(key) ?? { uri, names: [], isDefault: false }
    if (uri !== '') asked.uri = uri
    if (name === '.default') asked.isDefault = true
    else asked.names.push(name)
    resources.set(key, asked)
  }
  return { openId, resources: [...resources.values()] }
}

export function readScopes(
  scope: string,
  application: Application,
  consented: ReadonlySet<string>,
): RequestedScopes {
  const { openId, resources } = splitScopes(scope)
  const asked = resources.find((one) => one.uri === '' || isGraphUri(one.uri))
  const graph = new Set<string>()
  let unknown: string | undefined
  for (const name of asked?.names ?? []) {
    const permission = findPermission(name)
    if (permission) graph.add(permission.value)
    else unknown ??= asked!.uri ? `${asked!.uri}/${name}` : name
  }
  const mixedWithDefault = asked?.isDefault === true && asked.names.length > 0
  if (asked?.isDefault) {
    for (const name of [...configuredScopes(application), ...consented])
      if (!openIdScopes.has(name)) graph.add(name)
  }
  return { openId, graph, qualified: (asked?.uri ?? '') !== '', unknown, mixedWithDefault }
}

const invalidScope = (why: string): EntraFailure =>
  new EntraFailure(70011, `The provided value for the input parameter 'scope' is not valid. ${why}`, {
    error: 'invalid_scope',
  })

/** The resource and the canonical names asked of it. @throws {EntraFailure} 500011, 500014, 70011 */
export function resolveAsked(
  directory: Directory,
  asked: AskedResource,
  organisation: string,
): { resource: Resource; names: string[] } {
  const resource = findResource(directory, asked.uri || directory.cloud.graph, organisation)
  const names = asked.names.map((name) => {
    const known = resource.delegated(name)
    if (known === undefined)
      throw invalidScope(`The scope '${name}' does not exist on the resource '${resource.principal.appId}'.`)
    return known
  })
  if (asked.isDefault && names.length > 0)
    throw invalidScope(".default scope can't be combined with resource-specific scopes.")
  return { resource, names }
}
