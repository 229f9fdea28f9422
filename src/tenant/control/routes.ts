// The control API under /_letterlock. A bearer token, JSON only, never from a web page of elsewhere. design section 3.
import type { Hono } from 'hono'
import type { ControlParts } from './control-parts.ts'
import { checkCaller } from './guard.ts'
import { operations } from './operations.ts'
import { base, mountOperations, problem } from './serve-operation.ts'

export type { ControlParts } from './control-parts.ts'

export function mountControl(app: Hono, parts: ControlParts): void {
  app.use(`${base}/*`, async (c, next) => {
    try {
      await checkCaller(c, parts, operations)
    } catch (error) {
      return problem(c, error)
    }
    await next()
  })
  mountOperations(app, operations, () => parts)
}
