// The seed that startTenant() is given: checked as the control API would, made before anybody can ask.
import { getDotPath, safeParse } from 'valibot'
import { GraphFailure, TenantError } from '../context.ts'
import { ControlFailure } from './control-error.ts'
import type { ControlParts } from './control-parts.ts'
import type { Shape } from './operation.ts'
import { schemas } from './schemas/schemas.ts'
import { applySeed } from './seed-operations.ts'

/** @throws {TenantError} `tenant/seed-refused` */
export function plant(parts: ControlParts, seed: object): Shape<'Seeded'> {
  const read = safeParse(schemas.Seed, seed)
  if (!read.success) {
    const [issue] = read.issues
    throw refused(`"${getDotPath(issue)}" does not fit: expected ${issue.expected}`)
  }
  try {
    const made = applySeed(parts, read.output)
    parts.store.flush()
    return made
  } catch (error) {
    if (error instanceof ControlFailure || error instanceof GraphFailure) throw refused(error.message, error)
    throw error
  }
}

const refused = (why: string, cause?: Error): TenantError =>
  new TenantError('tenant/seed-refused', why, cause && { cause })
