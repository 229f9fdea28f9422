// Mounts the directory's tables of routes: permission first, then role, then the work. entra.md section 8.
import type { Context, Hono } from 'hono'
import { type Caller, GraphFailure } from '../context.ts'
import { applicationRoutes } from './application-routes.ts'
import { auditRoutes } from './audit-routes.ts'
import { type Call, denied, type DirectoryParts, globalAdministrator, type Route } from './contract.ts'
import { deletedRoutes } from './deleted-routes.ts'
import { grantRoutes } from './grant-routes.ts'
import { groupRoutes } from './group-routes.ts'
import { organizationRoutes } from './organization-routes.ts'
import { principalRoutes } from './principal-routes.ts'
import { userInfo } from './user-info.ts'
import { userRoutes } from './user-routes.ts'

export function directoryRoutes(parts: DirectoryParts): readonly Route[] {
  return [
    ...applicationRoutes(parts),
    ...principalRoutes(parts),
    ...grantRoutes(parts),
    ...userRoutes(parts),
    ...groupRoutes(parts),
    ...deletedRoutes(parts),
    ...organizationRoutes(parts),
    ...auditRoutes(parts),
  ]
}

export function mountDirectory(app: Hono, parts: DirectoryParts): void {
  app.on(['GET', 'POST'], '/oidc/userinfo', (c) => userInfo(c, parts))
  for (const route of directoryRoutes(parts)) {
    const [method, path] = route.call.split(' ') as [string, string]
    for (const version of ['/v1.0', '/beta']) app.on(method, version + path, (c) => serve(c, route, parts))
  }
}

async function serve(c: Context, route: Route, parts: DirectoryParts): Promise<Response> {
  const { need } = route
  const caller = await parts.context.authorize(c.req.raw, {
    delegated: need.delegated,
    application: need.application ?? need.delegated,
    area: 'directory',
  })
  const call = callOf(c, caller, parts)
  if (need.roles && caller.kind === 'user' && !call.holdsRole(need.roles)) throw denied()
  return route.serve(call)
}

function callOf(c: Context, caller: Caller, parts: DirectoryParts): Call {
  const { context, directory } = parts
  return {
    c,
    caller,
    param: (name) => c.req.param(name) ?? '',
    json: () => readBody(c),
    holdsRole(roles) {
      const held = caller.userId ? context.findUser(caller.userId)?.roles : undefined
      return held?.some((role) => role === globalAdministrator || roles.includes(role)) ?? false
    },
    change({ targets, ...record }, work) {
      return context.transaction(() => {
        const result = work()
        const correlationId = c.req.header('client-request-id')
        directory.audit.recordDirectory({
          ...record,
          by: initiator(caller, parts),
          targets: targets(),
          ...(correlationId ? { correlationId } : {}),
        })
        return result
      })
    },
  }
}

function initiator(caller: Caller, { context, directory }: DirectoryParts) {
  if (caller.kind === 'app')
    return {
      kind: 'app',
      appId: caller.appId,
      displayName: directory.findApplication(caller.appId)?.displayName ?? caller.appId,
    } as const
  const id = caller.userId!
  return { kind: 'user', id, userPrincipalName: context.findUser(id)?.userPrincipalName ?? id } as const
}

async function readBody(c: Context): Promise<Record<string, unknown>> {
  let body: unknown
  try {
    body = JSON.parse(await c.req.text())
  } catch {
    throw new GraphFailure(
      400,
      'BadRequest',
      'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.',
    )
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new GraphFailure(400, 'Request_BadRequest', 'A JSON object was expected in the request body.')
  return body as Record<string, unknown>
}
