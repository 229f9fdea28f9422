// The permissions an application offers: scopes of its API, and app roles. Graph permissionScope, appRole; entra.md section 8.1.
import { GraphFailure } from '../context.ts'
import type { Application } from './applications.ts'
import { isGuid } from './contract.ts'
import { invalidValue } from './objects.ts'

interface Entitlement extends Record<string, unknown> {
  readonly id: string
  readonly value?: string | null
  readonly isEnabled?: boolean
}

/** @throws {GraphFailure} 400 `Request_BadRequest`, 400 `CannotDeleteOrUpdateEnabledEntitlement` */
export function checkEntitlements(kept: Record<string, unknown>, current: Application | undefined): void {
  const api = kept['api'] as Record<string, unknown> | undefined
  if (api) {
    const version = api['requestedAccessTokenVersion'] ?? null
    if (version !== null && version !== 1 && version !== 2)
      throw invalidValue('requestedAccessTokenVersion', 'Application')
    const before = (current?.['api'] as Record<string, unknown> | undefined)?.['oauth2PermissionScopes']
    checkList(api['oauth2PermissionScopes'] ?? [], before, 'oauth2PermissionScopes')
    for (const scope of (api['oauth2PermissionScopes'] ?? []) as Entitlement[])
      if (!scope.value || !['User', 'Admin'].includes(String(scope['type'] ?? 'User')))
        throw invalidValue('oauth2PermissionScopes', 'Application')
  }
  if (kept['appRoles'] === undefined) return
  checkList(kept['appRoles'], current?.['appRoles'], 'appRoles')
  for (const role of kept['appRoles'] as Entitlement[]) {
    const members = role['allowedMemberTypes']
    const fits = Array.isArray(members) && members.length > 0 && members.every((one) => ['User', 'Application'].includes(String(one))) // prettier-ignore
    if (!fits || !role['displayName'] || !role['description']) throw invalidValue('appRoles', 'Application')
  }
}

function checkList(value: unknown, before: unknown, name: string): void {
  const refuse = (): GraphFailure => invalidValue(name, 'Application')
  if (!Array.isArray(value)) throw refuse()
  const list = value as (Entitlement | null)[]
  for (const one of list) {
    if (!one || !isGuid(String(one.id))) throw refuse()
    if (
      one.value !== undefined &&
      one.value !== null &&
      !/^[\w!#$%&'()*+,\-./:;<=>?@[\\\]^`{|}~]{1,120}$/.test(one.value)
    )
      throw refuse()
  }
  for (const key of ['id', 'value'] as const) {
    const given = list
      .map((one) => one![key])
      .filter((one) => one !== undefined && one !== null && one !== '')
    if (new Set(given.map((one) => one!.toLowerCase())).size !== given.length) throw refuse()
  }
  for (const old of (before ?? []) as Entitlement[]) {
    if (old.isEnabled === false) continue
    const next = list.find((one) => one!.id === old.id)
    // Disabling it is the way to change or remove it: first that, then the rest.
    if (!next || (next.value ?? null) !== (old.value ?? null))
      throw new GraphFailure(
        400,
        'CannotDeleteOrUpdateEnabledEntitlement',
        'Permission (scope or role) cannot be deleted or updated unless disabled first.',
      )
  }
}
