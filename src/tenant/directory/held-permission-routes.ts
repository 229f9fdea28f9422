// What a person was granted: app roles, and what applications may do for them. /me and /users/{id}.
// Graph "List appRoleAssignments granted to a user", "Grant an appRoleAssignment to a user", "List a user's oauth2PermissionGrants".
import { GraphFailure } from '../context.ts'
import {
  applicationAdministrators,
  badRequest,
  type Call,
  type ChangeRecord,
  type DirectoryParts,
  type Route,
} from './contract.ts'
import { invalidValue, notFound } from './objects.ts'
import { answerCollection, answerItem } from './odata.ts'
import { assignmentView } from './principal-routes.ts'

const need = {
  list: {},
  /** Not in Microsoft's list for /me: as for /users/{id}. */
  ownAssignments: { delegated: ['AppRoleAssignment.ReadWrite.All', 'Directory.Read.All'] },
  assign: { roles: [...applicationAdministrators, 'Privileged Role Administrator', 'User Administrator'] },
}

export function heldPermissionRoutes(parts: DirectoryParts): readonly Route[] {
  return [...listRoutes(parts), ...assignRoutes(parts)]
}

function listRoutes(parts: DirectoryParts): readonly Route[] {
  const { context, directory } = parts
  const whose = [
    { path: '/me', idOf: ownId },
    {
      path: '/users/:id',
      idOf(call: Call): string {
        const user = context.findUser(call.param('id'))
        if (!user) throw notFound(call.param('id'))
        return user.id
      },
    },
  ]
  return whose.flatMap(({ path, idOf }): Route[] => [
    {
      call: `GET ${path}/appRoleAssignments`,
      need: path === '/me' ? need.ownAssignments : need.list,
      fact: 'Graph "List appRoleAssignments granted to a user"',
      serve: (call) =>
        answerCollection(
          call.c,
          'appRoleAssignments',
          directory.assignmentsHeldBy(idOf(call)).map((one) => assignmentView(one, parts)),
        ),
    },
    {
      call: `GET ${path}/oauth2PermissionGrants`,
      need: need.list,
      fact: 'Graph "List a user\'s oauth2PermissionGrants"',
      serve(call) {
        const id = idOf(call)
        const own = directory.grants().filter((one) => one.principalId === id)
        return answerCollection(call.c, 'oauth2PermissionGrants', own)
      },
    },
  ])
}

function assignRoutes(parts: DirectoryParts): readonly Route[] {
  const { context, directory } = parts
  const found = (call: Call) => {
    const user = context.findUser(call.param('id'))
    if (!user) throw notFound(call.param('id'))
    return user
  }
  const record = (o: Pick<ChangeRecord, 'activity' | 'operation'>, call: Call): ChangeRecord => {
    const { id, displayName, userPrincipalName } = found(call)
    return {
      ...o,
      category: 'UserManagement',
      targets: () => [{ id, displayName, type: 'User', userPrincipalName, modified: ['AppRole.Id'] }],
    }
  }
  return [
    {
      call: 'POST /users/:id/appRoleAssignments',
      need: need.assign,
      fact: 'Graph "Grant an appRoleAssignment to a user"',
      async serve(call) {
        const user = found(call)
        const body = await call.json()
        if (body['principalId'] !== user.id) throw invalidValue('principalId', 'AppRoleAssignment')
        const resource = directory.findPrincipal(String(body['resourceId']))
        if (!resource || resource.id !== body['resourceId']) throw notFound(String(body['resourceId']))
        const appRoleId = String(body['appRoleId'] ?? '00000000-0000-0000-0000-000000000000')
        const held = directory.assignmentsHeldBy(user.id)
        if (held.some((one) => one.resourceId === resource.id && one.appRoleId === appRoleId))
          throw badRequest('Permission being assigned already exists on the object')
        const wanted = { principalId: user.id, resourceId: resource.id, appRoleId }
        const change = record(
          { activity: 'Add app role assignment grant to user', operation: 'Assign' },
          call,
        )
        const made = call.change(change, () => directory.createAssignment(wanted))
        return answerItem(call.c, 'appRoleAssignments', assignmentView(made, parts), { status: 201 })
      },
    },
    {
      call: 'DELETE /users/:id/appRoleAssignments/:assignment',
      need: need.assign,
      fact: 'Graph "Delete an appRoleAssignment that has been granted to a user"',
      serve(call) {
        const user = found(call)
        const change = record(
          { activity: 'Remove app role assignment from user', operation: 'Unassign' },
          call,
        )
        call.change(change, () => {
          if (!directory.deleteAssignment(call.param('assignment'), user.id))
            throw notFound(call.param('assignment'))
        })
        return call.c.body(null, 204)
      },
    },
  ]
}

function ownId({ caller }: Call): string {
  if (caller.userId === undefined)
    throw new GraphFailure(400, 'BadRequest', '/me request is only valid with delegated authentication flow.')
  return caller.userId
}
