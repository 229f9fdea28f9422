// Mounts the directory's tables of routes: permission first, then role, then the work. entra.md section 8.
import type { Context, Hono } from 'hono'
import { callPermissions } from '../../facts/call-permissions.ts'
import { type Caller, GraphFailure, type Need } from '../context.ts'
import { administrativeUnitRoutes } from './administrative-unit-routes.ts'
import { applicationRoutes } from './application-routes.ts'
import { auditRoutes } from './audit-routes.ts'
import { consentPolicyRoutes } from './consent-policy-routes.ts'
import {
  type Call,
  denied,
  type DirectoryNeed,
  type DirectoryParts,
  globalAdministrator,
  type Route,
} from './contract.ts'
import { directoryObjectRoutes } from './directory-object-routes.ts'
import { domainRoutes } from './domain-routes.ts'
import { deletedRoutes } from './deleted-routes.ts'
import { grantRoutes } from './grant-routes.ts'
import { groupRoutes } from './group-routes.ts'
import { heldPermissionRoutes } from './held-permission-routes.ts'
import { invitationRoutes } from './invitation-routes.ts'
import { membershipRoutes } from './membership-routes.ts'
import { organizationRoutes } from './organization-routes.ts'
import { policyRoutes } from './policy-routes.ts'
import { principalRoutes } from './principal-routes.ts'
import { roleManagementRoutes } from './role-management-routes.ts'
import { roleRoutes } from './role-routes.ts'
import { tokenLifetimeRoutes } from './token-lifetime-routes.ts'
import { userInfo } from './user-info.ts'
import { userRoutes } from './user-routes.ts'

export function directoryRoutes(parts: DirectoryParts): readonly Route[] {
  return [
    ...applicationRoutes(parts),
    ...principalRoutes(parts),
    ...grantRoutes(parts),
    ...userRoutes(parts),
    ...invitationRoutes(parts),
    ...groupRoutes(parts),
    ...deletedRoutes(parts),
    ...organizationRoutes(parts),
    ...policyRoutes(parts),
    ...consentPolicyRoutes(parts),
    ...tokenLifetimeRoutes(parts),
    ...auditRoutes(parts),
    ...roleRoutes(parts),
    ...roleManagementRoutes(parts),
    ...administrativeUnitRoutes(parts),
    ...membershipRoutes(parts),
    ...heldPermissionRoutes(parts),
    ...domainRoutes(parts),
    ...directoryObjectRoutes(parts),
  ]
}

/** The tables of the tenants: the same routes in the same order, each over its own tenant's objects. */
export interface DirectoryTenants {
  readonly primary: DirectoryParts
  at(tenantId: string): DirectoryParts
}

export function mountDirectory(app: Hono, tenants: DirectoryTenants): void {
  const { primary } = tenants
  app.on(['GET', 'POST'], '/oidc/userinfo', (c) => userInfo(c, primary.context))
  const own = directoryRoutes(primary)
  const others = new Map<string, readonly Route[]>()
  const routesOf = (parts: DirectoryParts): readonly Route[] => {
    const { tenantId } = parts.context
    if (tenantId === primary.context.tenantId) return own
    const made = others.get(tenantId) ?? directoryRoutes(parts)
    others.set(tenantId, made)
    return made
  }
  for (const [index, { call, need }] of own.entries()) {
    const [method, path] = call.split(' ') as [string, string]
    let known: Need | undefined
    const serve = async (c: Context): Promise<Response> => {
      const asked = (known ??= permissionsOf(call, need))
      const caller = await primary.context.authorize(c.req.raw, asked)
      const parts = tenants.at(caller.tenantId)
      return answer(callOf(c, { caller, parts, asked }), routesOf(parts)[index]!, parts)
    }
    for (const version of ['/v1.0', '/beta']) app.on(method, version + path, serve)
  }
}

function answer(call: Call, route: Route, parts: DirectoryParts): Promise<Response> | Response {
  const { also, roles, rolesWaived } = route.need
  const held = [...call.caller.scopes, ...call.caller.roles]
  if (also && !held.some((one) => also.includes(one))) throw denied()
  const isPerson = call.caller.kind === 'user'
  if (roles && isPerson && !rolesWaived?.(parts) && !call.holdsRole(roles)) throw denied()
  return route.serve(call)
}

/** What the route itself says, else what Microsoft publishes. */
export function permissionsOf(call: string, need: DirectoryNeed): Need & { application: readonly string[] } {
  const published = need.delegated ? undefined : callPermissions(call)
  const delegated = need.delegated ?? published?.delegated
  if (!delegated) throw new Error(`nobody says which permission ${call} needs`)
  // An application that holds what a person would need is told that it has no /me; others that they may not.
  const isOwn = / \/me(\/|$)/.test(call)
  const application = need.application ?? (isOwn ? delegated : (published?.application ?? delegated))
  return { delegated, application, area: 'directory' }
}

function callOf(c: Context, o: { caller: Caller; parts: DirectoryParts; asked: Need }): Call {
  const { caller, parts, asked } = o
  const { context, directory } = parts
  const names = new Set([...asked.delegated, ...(asked.application ?? [])])
  return {
    c,
    caller,
    param: (name) => c.req.param(name) ?? '',
    json: () => readBody(c),
    permissions: [...caller.scopes, ...caller.roles].filter((one) => names.has(one)),
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
