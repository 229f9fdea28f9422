// What a `scope` still lacks consent for, resource by resource, and the grant of it. entra.md sections 2.1 and 11.
import { wellKnownClients } from '../../facts/well-known-clients.ts'
import type { Application, ServicePrincipal } from '../directory/objects.ts'
import type { IdentityParts } from './identity.ts'
import { findResource, type Resource } from './resources.ts'
import { resolveAsked, splitScopes } from './scopes.ts'

export interface ConsentNeed {
  readonly resource: Resource
  /** Delegated permissions, OpenID's own among Graph's. */
  readonly delegated: readonly string[]
  /** Ids of application permissions: only `.default` asks for these, and only administrators grant them. */
  readonly roleIds: readonly string[]
}

/** Everything the `scope` asks for. @throws {EntraFailure} 500011, 500014, 70011 */
export function consentNeeds(parts: IdentityParts, application: Application, scope: string): ConsentNeed[] {
  const { openId, resources } = splitScopes(scope)
  const needs = resources.map((asked): ConsentNeed => {
    const { resource, names } = resolveAsked(parts.directory, asked, parts.organisationName)
    if (!asked.isDefault) return { resource, delegated: names, roleIds: [] }
    const configured = application.requiredResourceAccess.filter(
      (one) => one.resourceAppId === resource.principal.appId,
    )
    const roleIds = configured
      .flatMap((one) => one.resourceAccess)
      .filter((access) => access.type === 'Role' && resource.role(access.id) !== undefined)
      .map((access) => access.id)
    return { resource, delegated: resource.configured(application), roleIds }
  })
  if (openId.size === 0) return needs
  const graphs = needs.find((one) => one.resource.isGraph)
  if (graphs)
    return needs.map((one) => (one === graphs ? { ...one, delegated: [...one.delegated, ...openId] } : one))
  const { resource } = resolveAsked(
    parts.directory,
    { uri: '', names: [], isDefault: false },
    parts.organisationName,
  )
  return [...needs, { resource, delegated: [...openId], roleIds: [] }]
}

/** Grants to everybody in the tenant what is named, application permissions too. Inside the caller's transaction. */
export function grantForAll(
  parts: IdentityParts,
  client: ServicePrincipal,
  needs: readonly ConsentNeed[],
): void {
  const { directory } = parts
  const held = directory.assignmentsHeldBy(client.id)
  for (const { resource, delegated, roleIds } of needs) {
    const resourceId = resource.principal.id
    if (delegated.length > 0) directory.consent(client.id, delegated, null, resourceId)
    for (const appRoleId of roleIds)
      if (!held.some((one) => one.resourceId === resourceId && one.appRoleId === appRoleId))
        directory.createAssignment({ principalId: client.id, resourceId, appRoleId })
  }
}

/** Who asks for a person's permissions; without a service principal nothing was consented to here yet. */
export interface Asking {
  readonly application: Application
  readonly principal: ServicePrincipal | undefined
  readonly userId: string
}

const heldAt = ({ directory }: IdentityParts, o: Asking, resource: Resource): Set<string> =>
  o.principal ? directory.consentedScopes(o.principal.id, o.userId, resource.principal.id) : new Set()

/** A resource asked for with `.default` by a client that lists nothing of it and holds nothing at it: AADSTS650056. */
export function unconfiguredDefault(parts: IdentityParts, scope: string, o: Asking): Resource | undefined {
  // Microsoft's own clients are authorised by the resources, not by a list.
  if (wellKnownClients.has(o.application.appId)) return undefined
  const asked = splitScopes(scope).resources.filter((one) => one.isDefault && one.names.length === 0)
  return asked
    .map((one) => resolveAsked(parts.directory, one, parts.organisationName).resource)
    .find(
      (resource) =>
        !o.application.requiredResourceAccess.some((one) => one.resourceAppId === resource.principal.appId) &&
        resource.preauthorized(o.application).length === 0 &&
        heldAt(parts, o, resource).size === 0,
    )
}

/** What is missing at other resources than Graph, each name with its resource before it: `api://x/access_as_user`. */
export function missingElsewhere(parts: IdentityParts, scope: string, o: Asking): string[] {
  return consentNeeds(parts, o.application, scope)
    .filter(({ resource }) => !resource.isGraph)
    .flatMap(({ resource, delegated }) => {
      const held = heldAt(parts, o, resource)
      for (const name of resource.preauthorized(o.application)) held.add(name)
      return delegated.filter((name) => !held.has(name)).map((name) => `${resource.uri}/${name}`)
    })
}

/** Whether only administrators may grant a name of `missingElsewhere`. */
export function isForAdministrators(parts: IdentityParts, name: string): boolean {
  const [uri, value] = splitName(name)
  return findResource(parts.directory, uri, parts.organisationName).isForAdministrators(value)
}

/** Grants bare names at Graph, the others at their resource; to everybody when no person is named. */
export function grantNames(
  parts: IdentityParts,
  clientId: string,
  o: { names: readonly string[]; principalId: string | null },
): void {
  const byResource = Map.groupBy(o.names, (name) => splitName(name)[0])
  for (const [uri, names] of byResource) {
    const resource = findResource(parts.directory, uri || parts.directory.cloud.graph, parts.organisationName)
    const values = names.map((name) => splitName(name)[1])
    parts.directory.consent(clientId, values, o.principalId, resource.principal.id)
  }
}

function splitName(name: string): [string, string] {
  const slash = name.lastIndexOf('/')
  return [name.slice(0, Math.max(slash, 0)), name.slice(slash + 1)]
}
