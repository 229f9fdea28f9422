// /servicePrincipals with their app role assignments. entra.md section 8.1.
import { graphAppId } from '../../facts/permissions.ts'
import { GraphFailure } from '../context.ts'
import {
  applicationAdministrators,
  badRequest,
  type Call,
  type DirectoryParts,
  type Route,
} from './contract.ts'
import { ownerOfNew, refuseUnlessManaged } from './manage.ts'
import {
  graphEntitlements,
  invalidValue,
  notFound,
  type RoleAssignment,
  type ServicePrincipal,
} from './objects.ts'
import { answerCollection, answerCount, answerItem } from './odata.ts'
import { ownerRoutes } from './owner-routes.ts'
import { principalSecretRoutes } from './principal-secret-routes.ts'

const fact = 'entra.md 8.1'
const read = [
  'Application.Read.All',
  'Application.ReadWrite.All',
  'Directory.Read.All',
  'Directory.ReadWrite.All',
]
const assignWrite = ['AppRoleAssignment.ReadWrite.All']
const need = {
  read: {},
  create: { roles: applicationAdministrators },
  /** Whose it is, is asked beside the permission. */
  change: {},
  grants: {},
  assignments: {},
  /** Microsoft asks for both: the right to assign, and to read what is assigned (entra.md section 8.1). */
  assign: {
    delegated: assignWrite,
    also: read,
    roles: [...applicationAdministrators, 'Privileged Role Administrator'],
  },
  unassign: { roles: [...applicationAdministrators, 'Privileged Role Administrator'] },
}

export function principalRoutes(parts: DirectoryParts): readonly Route[] {
  return [
    ...objectRoutes(parts),
    ...assignmentRoutes(parts),
    ...ownerRoutes(parts, { path: '/servicePrincipals/:id', find: finder(parts) }),
    ...principalSecretRoutes(parts, finder(parts)),
  ]
}

function finder({ directory }: DirectoryParts): (call: Call) => ServicePrincipal {
  return (call) => {
    const id = call.param('id').replace(/^appId:/, '')
    const principal = directory.findPrincipal(id)
    if (!principal) throw notFound(id)
    return principal
  }
}

const target = (one: ServicePrincipal, modified: readonly string[] = []) =>
  ({ id: one.id, displayName: one.displayName, type: 'ServicePrincipal', modified }) as const

function objectRoutes(parts: DirectoryParts): readonly Route[] {
  const { directory } = parts
  const found = finder(parts)
  return [
    {
      call: 'GET /servicePrincipals',
      need: need.read,
      fact,
      serve: ({ c }) =>
        answerCollection(c, 'servicePrincipals', directory.principals().map(withEntitlements)),
    },
    {
      call: 'GET /servicePrincipals/$count',
      need: need.read,
      fact: 'Graph "Advanced query capabilities"',
      serve: ({ c }) => answerCount(c, 'servicePrincipals', directory.principals()),
    },
    {
      call: 'POST /servicePrincipals',
      need: need.create,
      fact,
      async serve(call) {
        const { appId, ...rest } = (await call.json()) as { appId?: unknown }
        if (typeof appId !== 'string') throw invalidValue('appId', 'ServicePrincipal')
        if (!directory.findAvailable(appId))
          throw badRequest(
            `The appId '${appId}' of the service principal does not reference a valid application object.`,
          )
        if (directory.findPrincipal(appId))
          throw new GraphFailure(
            409,
            'Request_MultipleObjectsWithSameKeyValue',
            `The service principal cannot be created, updated, or restored because the service principal name ${appId} is already in use.`,
          )
        let made: ServicePrincipal | undefined
        const record = {
          activity: 'Add service principal',
          category: 'ApplicationManagement',
          operation: 'Add',
          targets: () => [target(made!)],
        } as const
        call.change(record, () => {
          made = directory.createPrincipal(appId, rest)
          // An application that may manage only what it owns owns what it makes.
          const maker = call.caller.kind === 'app' ? ownerOfNew(call, parts) : undefined
          if (maker) directory.owners.add(made.id, maker)
        })
        return answerItem(call.c, 'servicePrincipals', made!, { status: 201 })
      },
    },
    {
      call: 'GET /servicePrincipals/:id',
      need: need.read,
      fact,
      serve(call) {
        const principal = found(call)
        const passwordCredentials = directory.principalSecrets.secretsOf(principal)
        return answerItem(call.c, 'servicePrincipals', {
          ...withEntitlements(principal),
          passwordCredentials,
        })
      },
    },
    {
      call: 'PATCH /servicePrincipals/:id',
      need: need.change,
      fact,
      async serve(call) {
        const principal = found(call)
        refuseUnlessManaged(call, principal.id, parts)
        const body = await call.json()
        for (const name of ['appRoleAssignmentRequired', 'accountEnabled'])
          if (name in body && typeof body[name] !== 'boolean') throw invalidValue(name, 'ServicePrincipal')
        const record = {
          activity: 'Update service principal',
          category: 'ApplicationManagement',
          operation: 'Update',
          targets: () => [target(principal, Object.keys(body))],
        } as const
        call.change(record, () => directory.updatePrincipal(principal, body))
        return call.c.body(null, 204)
      },
    },
    {
      call: 'DELETE /servicePrincipals/:id',
      need: need.change,
      fact,
      serve(call) {
        const principal = found(call)
        refuseUnlessManaged(call, principal.id, parts)
        const record = {
          activity: 'Remove service principal',
          category: 'ApplicationManagement',
          operation: 'Delete',
          targets: () => [target(principal)],
        } as const
        call.change(record, () => directory.deletePrincipal(principal.id))
        return call.c.body(null, 204)
      },
    },
    {
      call: 'GET /servicePrincipals/:id/oauth2PermissionGrants',
      need: need.grants,
      fact,
      serve(call) {
        const client = found(call)
        const own = directory.grants().filter((one) => one.clientId === client.id)
        return answerCollection(call.c, 'oauth2PermissionGrants', own)
      },
    },
  ]
}

function assignmentRoutes(parts: DirectoryParts): readonly Route[] {
  const { context, directory } = parts
  const found = finder(parts)
  const view = (one: RoleAssignment) => assignmentView(one, parts)
  /** @param side Whose collection it was sent to: the body has to name the same. */
  const assign = async (
    call: Call,
    side: { resource: ServicePrincipal } | { holder: ServicePrincipal },
  ): Promise<Response> => {
    const body = (await call.json()) as { principalId?: string; resourceId?: string; appRoleId?: string }
    const principalId = String(body.principalId)
    const { groups } = directory
    if (!context.findUser(principalId) && !directory.findPrincipal(principalId) && !groups.find(principalId))
      throw notFound(principalId)
    if ('holder' in side && side.holder.id !== principalId)
      throw invalidValue('principalId', 'AppRoleAssignment')
    const resource = 'resource' in side ? side.resource : directory.findPrincipal(String(body.resourceId))
    if (!resource || body.resourceId !== resource.id) throw invalidValue('resourceId', 'AppRoleAssignment')
    const appRoleId = body.appRoleId ?? '00000000-0000-0000-0000-000000000000'
    const existing = directory
      .assignments(resource.id)
      .some((one) => one.principalId === principalId && one.appRoleId === appRoleId)
    if (existing) throw badRequest('Permission being assigned already exists on the object')
    const record = {
      activity: 'Add app role assignment to service principal',
      category: 'ApplicationManagement',
      operation: 'Assign',
      targets: () => [target(resource, ['AppRole.Id'])],
    } as const
    const wanted = { principalId, resourceId: resource.id, appRoleId }
    const made = call.change(record, () => directory.createAssignment(wanted))
    return answerItem(call.c, 'appRoleAssignments', view(made), { status: 201 })
  }
  return [
    {
      call: 'GET /servicePrincipals/:id/appRoleAssignments',
      need: need.assignments,
      fact,
      serve: (call) =>
        answerCollection(call.c, 'appRoleAssignments', directory.assignmentsHeldBy(found(call).id).map(view)),
    },
    {
      call: 'GET /servicePrincipals/:id/appRoleAssignedTo',
      need: need.assignments,
      fact,
      serve: (call) =>
        answerCollection(call.c, 'appRoleAssignments', directory.assignments(found(call).id).map(view)),
    },
    {
      call: 'POST /servicePrincipals/:id/appRoleAssignedTo',
      need: need.assign,
      fact,
      serve: (call) => assign(call, { resource: found(call) }),
    },
    {
      // The same from the holder's side; what the CLI for Microsoft 365 sends.
      call: 'POST /servicePrincipals/:id/appRoleAssignments',
      need: need.assign,
      fact: 'Graph "Grant an appRoleAssignment to a service principal"',
      serve: (call) => assign(call, { holder: found(call) }),
    },
    {
      call: 'DELETE /servicePrincipals/:id/appRoleAssignedTo/:assignment',
      need: need.unassign,
      fact,
      serve(call) {
        const resource = found(call)
        const record = {
          activity: 'Remove app role assignment from service principal',
          category: 'ApplicationManagement',
          operation: 'Unassign',
          targets: () => [target(resource, ['AppRole.Id'])],
        } as const
        call.change(record, () => {
          if (!directory.deleteAssignment(call.param('assignment'), resource.id))
            throw notFound(call.param('assignment'))
        })
        return call.c.body(null, 204)
      },
    },
  ]
}

/** One assignment with the names of both sides, as Graph shows it. */
export function assignmentView(one: RoleAssignment, { context, directory }: DirectoryParts): object {
  const user = context.findUser(one.principalId)
  const group = user ? undefined : directory.groups.find(one.principalId)
  const holder = user ?? group ?? directory.findPrincipal(one.principalId)
  return {
    ...one,
    deletedDateTime: null,
    principalType: user ? 'User' : group ? 'Group' : 'ServicePrincipal',
    principalDisplayName: holder?.displayName ?? '',
    resourceDisplayName: directory.findPrincipal(one.resourceId)?.displayName ?? '',
  }
}

function withEntitlements(one: ServicePrincipal): ServicePrincipal {
  return one.appId === graphAppId ? { ...one, ...graphEntitlements } : one
}
