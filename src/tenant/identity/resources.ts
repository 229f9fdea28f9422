// Which resource a token is for: Graph, another of Microsoft's, or an API that is registered in the tenant. entra.md sections 6 and 7.
import { graphOrigins } from '../../facts/entra-clouds.ts'
import { findPermission, graphAppId, permissionById } from '../../facts/permissions.ts'
import { azureCliGraphScopes, managementAppId, microsoftResources } from '../../facts/resources.ts'
import { azureCliClientId } from '../../facts/well-known-clients.ts'
import type { Application, Directory, ServicePrincipal } from '../directory/objects.ts'
import { EntraFailure } from './failure.ts'

/** Graph answers to its names in all clouds; a token that was asked for by one is for that one alone. */
export const graphUris: readonly string[] = [graphAppId, ...graphOrigins]

export interface Resource {
  /** As it was asked for, a slash at the end included. */
  readonly uri: string
  /** What a version 1 token for it is addressed to. */
  readonly audience: string
  readonly principal: ServicePrincipal
  readonly isGraph: boolean
  /** Decided by the resource (`api.requestedAccessTokenVersion`), whatever endpoint was asked. */
  readonly tokenVersion: 1 | 2
  /** The delegated permission as it is spelt, letter case of the question ignored. */
  delegated(name: string): string | undefined
  /** Whether users may not consent to it. */
  isForAdministrators(name: string): boolean
  /** The value of an application permission. */
  role(id: string): string | undefined
  /** Names of the delegated permissions that the client's registration lists for this resource. */
  configured(client: Application): string[]
  /** Names of those the resource grants this client without consent. */
  preauthorized(client: Application): string[]
}

interface Entitlement {
  readonly id: string
  readonly value: string
  readonly isEnabled?: boolean
  readonly type?: string
}
interface Api {
  readonly requestedAccessTokenVersion?: number | null
  readonly oauth2PermissionScopes?: readonly Entitlement[]
  readonly preAuthorizedApplications?: readonly {
    appId: string
    delegatedPermissionIds?: readonly string[]
    permissionIds?: readonly string[]
  }[]
}

/** Adds Microsoft's resources beside Graph to the directory, and what Azure CLI holds. Once for each data folder. */
export function seedResources(directory: Directory): void {
  for (const one of microsoftResources) {
    if (directory.principalIdOf(one.appId)) continue
    directory.createPrincipal(one.appId, {
      displayName: one.displayName,
      servicePrincipalNames: [one.appId, ...one.uris[directory.cloud.name]],
      oauth2PermissionScopes: one.delegated.map((scope) => ({
        id: scope.id,
        value: scope.value,
        type: 'User',
        isEnabled: true,
        adminConsentDisplayName: scope.description,
        userConsentDisplayName: scope.description,
      })),
      appRoles: one.roles.map((role) => ({
        id: role.id,
        value: role.value,
        displayName: role.description,
        isEnabled: true,
        allowedMemberTypes: ['Application'],
      })),
    })
  }
  const clientId = directory.principalIdOf(azureCliClientId)
  if (!clientId || directory.grants().some((one) => one.clientId === clientId)) return
  const grant = (resourceId: string, scope: string) =>
    directory.createGrant({ clientId, resourceId, consentType: 'AllPrincipals', principalId: null, scope })
  grant(directory.graphPrincipalId(), azureCliGraphScopes)
  grant(directory.principalIdOf(managementAppId)!, 'user_impersonation')
}

/** @throws {EntraFailure} 500011, 500014 */
export function findResource(directory: Directory, uri: string, organisation: string): Resource {
  const name = uri.toLowerCase().replace(/\/+$/, '')
  const isGraph = graphUris.includes(name)
  const application = isGraph ? undefined : findApi(directory, name)
  const principal = isGraph
    ? directory.findPrincipal(graphAppId)
    : application
      ? directory.findPrincipal(application.appId)
      : findByName(directory, name)
  if (!principal)
    throw new EntraFailure(
      500011,
      `The resource principal named ${uri} was not found in the tenant named ${organisation}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.`,
      { error: 'invalid_resource' },
    )
  if (!principal.accountEnabled)
    throw new EntraFailure(
      500014,
      `The service principal for resource '${uri}' is disabled. This indicate that a subscription within the tenant has lapsed, or that the administrator for this tenant has disabled the application, preventing tokens from being issued for it.`,
      { error: 'invalid_resource' },
    )
  const audience = name === graphAppId ? directory.cloud.graph : name
  return isGraph ? graph({ uri, audience }, principal) : registered(uri, principal, application)
}

function findApi(directory: Directory, name: string): Application | undefined {
  return directory
    .applicationsBehind()
    .find(
      (one) =>
        one.appId.toLowerCase() === name ||
        ((one['identifierUris'] ?? []) as string[]).some((uri) => uri.toLowerCase() === name),
    )
}

function findByName(directory: Directory, name: string): ServicePrincipal | undefined {
  return directory
    .principals()
    .find((one) =>
      ((one['servicePrincipalNames'] ?? []) as string[]).some((uri) => uri.toLowerCase() === name),
    )
}

function graph(names: { uri: string; audience: string }, principal: ServicePrincipal): Resource {
  return {
    ...names,
    principal,
    isGraph: true,
    tokenVersion: 1,
    delegated: (name) => findPermission(name)?.value,
    isForAdministrators: (name) => findPermission(name)?.adminConsentRequired === true,
    role: (id) => permissionById(id)?.value,
    configured: (client) => configured(client, principal.appId, (id) => permissionById(id)?.value),
    preauthorized: () => [],
  }
}

function registered(
  uri: string,
  principal: ServicePrincipal,
  application: Application | undefined,
): Resource {
  const api = (application?.['api'] ?? {}) as Api
  const scopes = enabled(application ? api.oauth2PermissionScopes : principal['oauth2PermissionScopes'])
  const roles = enabled(application ? application['appRoles'] : principal['appRoles'])
  const scopeById = (id: string) => scopes.find((one) => one.id === id)?.value
  return {
    uri,
    audience: uri,
    principal,
    isGraph: false,
    tokenVersion: api.requestedAccessTokenVersion === 2 ? 2 : 1,
    delegated: (name) => scopes.find((one) => one.value.toLowerCase() === name.toLowerCase())?.value,
    isForAdministrators: (name) => scopes.find((one) => one.value === name)?.type === 'Admin',
    role: (id) => roles.find((one) => one.id === id)?.value,
    configured: (client) => configured(client, principal.appId, scopeById),
    preauthorized: (client) =>
      (api.preAuthorizedApplications ?? [])
        .filter((one) => one.appId.toLowerCase() === client.appId.toLowerCase())
        .flatMap((one) => one.delegatedPermissionIds ?? one.permissionIds ?? [])
        .flatMap((id) => scopeById(id) ?? []),
  }
}

const enabled = (entitlements: unknown): readonly Entitlement[] =>
  ((entitlements ?? []) as readonly Entitlement[]).filter((one) => one.isEnabled !== false)

function configured(
  client: Application,
  resourceAppId: string,
  nameOf: (id: string) => string | undefined,
): string[] {
  return client.requiredResourceAccess
    .filter((one) => one.resourceAppId === resourceAppId)
    .flatMap((one) => one.resourceAccess.filter((access) => access.type === 'Scope'))
    .flatMap((access) => nameOf(access.id) ?? [])
}
