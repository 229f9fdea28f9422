// How the control API reads and refuses a body.
import type { Context } from 'hono'
import { GraphFailure } from '../context.ts'

export const base = '/_letterlock'

/** @throws {GraphFailure} 400 `control/invalid` */
export async function readJson(c: Context): Promise<Record<string, unknown>> {
  try {
    const body = JSON.parse((await c.req.text()) || '{}') as unknown
    if (typeof body === 'object' && body !== null && !Array.isArray(body))
      return body as Record<string, unknown>
  } catch {
    // named below
  }
  throw new GraphFailure(400, 'control/invalid', 'The body must be a JSON object.')
}

export const invalid = (c: Context, message: string): Response =>
  c.json({ error: { code: 'control/invalid', message } }, 400)
