import type { Context } from 'hono'
import { type Application, defaultApplication } from './applications.ts'
import type { Directory } from './objects.ts'

/** An application as Graph shows it: a certificate's key only where it is selected by name. entra.md section 8.1. */
export function applicationView(
  one: Application,
  o: { directory: Directory; c: Context },
): Record<string, unknown> {
  const wanted = /(^|,)\s*keycredentials\s*(,|$)/i.test(o.c.req.query('$select') ?? '')
  const keys = (one['keyCredentials'] ?? []) as { key?: unknown }[]
  return {
    ...defaultApplication,
    ...one,
    keyCredentials: wanted ? keys : keys.map((key) => ({ ...key, key: null })),
    passwordCredentials: o.directory.secretsOf(one),
  }
}
