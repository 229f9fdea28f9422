// The seeds that startTenant() is given: checked as the control API would, made before anybody can ask.
import { getDotPath, safeParse } from 'valibot'
import { GraphFailure, TenantError } from '../context.ts'
import { ControlFailure } from './control-error.ts'
import type { ControlParts } from './control-parts.ts'
import type { Shape } from './operation.ts'
import { schemas } from './schemas/schemas.ts'
import { applySeed } from './seed-operations.ts'
import { createTenant } from './tenant-operations.ts'

/** @throws {TenantError} `tenant/seed-refused` */
export const plant = (parts: ControlParts, seed: object): Shape<'Seeded'> =>
  make(parts, () => applySeed(parts, readAs('Seed', seed)))

/** @throws {TenantError} `tenant/seed-refused` */
export const plantTenant = (parts: ControlParts, seed: object): Shape<'CreatedTenant'> =>
  make(parts, () => createTenant(parts, readAs('NewTenant', seed)))

function readAs<Name extends 'Seed' | 'NewTenant'>(name: Name, seed: object): Shape<Name> {
  const read = safeParse(schemas[name], seed)
  if (read.success) return read.output as Shape<Name>
  const [issue] = read.issues
  throw refused(`"${getDotPath(issue)}" does not fit: expected ${issue.expected}`)
}

function make<T>(parts: ControlParts, work: () => T): T {
  try {
    const made = work()
    parts.store.flush()
    return made
  } catch (error) {
    if (error instanceof ControlFailure || error instanceof GraphFailure) throw refused(error.message, error)
    throw error
  }
}

const refused = (why: string, cause?: Error): TenantError =>
  new TenantError('tenant/seed-refused', why, cause && { cause })
