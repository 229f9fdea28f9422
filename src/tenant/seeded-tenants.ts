// Further tenants of a process that starts: each is made once, and all are listed at every start.
import type { ControlParts } from './control/control-parts.ts'
import type { Shape } from './control/operation.ts'

/** A tenant beside the first: its users, an administrator if none are given, and its applications. */
export type FurtherTenant = Shape<'NewTenant'>

export interface TenantUser {
  readonly id: string
  readonly userPrincipalName: string
  readonly password: string
  readonly roles: readonly string[]
}

export interface StartedTenant {
  readonly id: string
  readonly displayName: string
  readonly domains: readonly string[]
  readonly users: readonly TenantUser[]
  /** What was made at this start, secrets and all. */
  readonly apps: readonly Shape<'SeededApp'>[]
}

type Made = ReadonlyMap<string, StartedTenant['apps']>

/** One whose first domain is there already is not made again. @throws {TenantError} `tenant/seed-refused` */
export async function plantTenants(parts: ControlParts, wanted: readonly FurtherTenant[]): Promise<Made> {
  if (wanted.length === 0) return new Map()
  const { plantTenant } = await import('./control/plant-seed.ts')
  const { registry } = parts.views
  const missing = wanted.filter((one) => !registry.find(String(one.domains?.[0])))
  return new Map(missing.map((one) => plantTenant(parts, one)).map((one) => [one.id, one.apps]))
}

/** In order of creation: the first tenant first. */
export const listTenants = ({ views }: ControlParts, made: Made): StartedTenant[] =>
  views.registry.all().map(({ id, displayName, domains }) => ({
    id,
    displayName,
    domains,
    users: usersOf(views.at(id)),
    apps: made.get(id) ?? [],
  }))

const usersOf = ({ users }: Pick<ControlParts, 'users'>): TenantUser[] =>
  users.all().map((user) => ({
    id: user.id,
    userPrincipalName: user.userPrincipalName,
    password: users.passwordOf(user.id),
    roles: user.roles,
  }))
