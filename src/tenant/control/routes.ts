// The control API under /_letterlock. A bearer token, JSON only, never from a web page of elsewhere. design section 3.
import type { Hono } from 'hono'
import { ControlFailure } from './control-error.ts'
import type { ControlParts } from './control-parts.ts'
import { checkCaller } from './guard.ts'
import { operations } from './operations.ts'
import { base, mountOperations, problem } from './serve-operation.ts'
import type { TenantView } from '../tenant-views.ts'

export type ControlMount = Omit<ControlParts, keyof TenantView>

export function mountControl(app: Hono, mount: ControlMount): void {
  const parts: ControlParts = { ...mount, ...mount.views.primary }
  app.use(`${base}/*`, async (c, next) => {
    try {
      await checkCaller(c, parts, operations)
    } catch (error) {
      return problem(c, error)
    }
    await next()
  })
  mountOperations(app, operations, (c) => partsOf(parts, c.req.query('tenant')))
}

/** @throws {ControlFailure} `control/not-found` */
function partsOf(parts: ControlParts, tenant: string | undefined): ControlParts {
  if (tenant === undefined) return parts
  const found = parts.views.registry.find(tenant)
  if (!found) throw new ControlFailure('control/not-found', `there is no tenant ${tenant}`)
  return { ...parts, ...parts.views.at(found.id) }
}
