// What the tenant serves, read from the routers themselves. docs/fidelity.md and the fuzzer go by it.
import type { Hono } from 'hono'
import type { DirectoryParts } from '../directory/contract.ts'
import { directoryRoutes } from '../directory/routes.ts'
import { mailRoutes } from '../mail/index.ts'

export interface ServedRoute {
  readonly method: string
  /** `:name` is one segment. Graph's are without `/v1.0` or `/beta`. */
  readonly path: string
  /** Where Microsoft says so, when the router knows it. */
  readonly fact?: string
}

export function servedRoutes(app: Hono, parts: DirectoryParts): ServedRoute[] {
  const directory = directoryRoutes(parts).map(({ call, fact }): ServedRoute => {
    const [method = '', path = ''] = call.split(' ')
    return { method, path, fact }
  })
  const others = app.routes
    .filter(({ method, path }) => method !== 'ALL' && method !== 'OPTIONS' && !path.includes('*'))
    .map(({ method, path }) => ({ method, path: path.replace(/^\/(v1\.0|beta)(?=\/)/, '') }))
  const known = new Map<string, ServedRoute>()
  for (const one of [...directory, ...mailRoutes(), ...others]) {
    const key = `${one.method} ${one.path}`
    if (!known.has(key)) known.set(key, one)
  }
  return [...known.values()]
}
