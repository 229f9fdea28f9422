// /directoryRoles and /directoryRoleTemplates. Graph "List directoryRoles", "Activate directoryRole", "Add directory role member".
import { GraphFailure } from '../context.ts'
import { badRequest, type Call, type ChangeRecord, type DirectoryParts, type Route } from './contract.ts'
import { findObject, findObjects, ofType } from './directory-object.ts'
import {
  type DirectoryRoles,
  findTemplate,
  openDirectoryRoles,
  type RoleTemplate,
  roleTemplates,
} from './directory-roles.ts'
import { readReference } from './group-body.ts'
import { invalidValue, notFound } from './objects.ts'
import { answerCollection, answerItem } from './odata.ts'

const need = {
  read: {},
  write: { roles: ['Privileged Role Administrator'] },
}

export function roleRoutes(parts: DirectoryParts): readonly Route[] {
  return [...templateRoutes(), ...activatedRoutes(parts), ...memberRoutes(parts)]
}

const templateView = (one: RoleTemplate): object => ({
  id: one.id,
  deletedDateTime: null,
  description: one.displayName,
  displayName: one.displayName,
})

function templateRoutes(): readonly Route[] {
  return [
    {
      call: 'GET /directoryRoleTemplates',
      need: need.read,
      fact: 'Graph "List directoryRoleTemplates"',
      serve: ({ c }) => answerCollection(c, 'directoryRoleTemplates', roleTemplates.map(templateView)),
    },
    {
      call: 'GET /directoryRoleTemplates/:id',
      need: need.read,
      fact: 'Graph "Get directoryRoleTemplate"',
      serve(call) {
        const found = findTemplate(call.param('id'))
        if (!found) throw notFound(call.param('id'))
        return answerItem(call.c, 'directoryRoleTemplates', templateView(found))
      },
    },
  ]
}

/** By the ID in this tenant, or `roleTemplateId='…'`; only what is activated. */
function finder(parts: DirectoryParts, roles: DirectoryRoles): (call: Call) => RoleTemplate {
  return (call) => {
    const id = call.param('id')
    const [, templateId] = /^roleTemplateId:(.*)$/.exec(id) ?? []
    const found = findTemplate(templateId ?? parts.directory.roleHolders.templateOf(id) ?? '')
    if (!found || !roles.isActivated(found)) throw notFound(id)
    return found
  }
}

const roleView = (one: RoleTemplate, { directory }: DirectoryParts): object => ({
  id: directory.roleHolders.activate(one.id),
  deletedDateTime: null,
  description: one.displayName,
  displayName: one.displayName,
  roleTemplateId: one.id,
})

function activatedRoutes(parts: DirectoryParts): readonly Route[] {
  const roles = openDirectoryRoles(parts)
  const found = finder(parts, roles)
  const view = (one: RoleTemplate) => roleView(one, parts)
  return [
    {
      call: 'GET /directoryRoles',
      need: need.read,
      fact: 'Graph "List directoryRoles": only those that are activated',
      serve: ({ c }) =>
        answerCollection(
          c,
          'directoryRoles',
          roleTemplates.filter((one) => roles.isActivated(one)).map(view),
        ),
    },
    {
      call: 'POST /directoryRoles',
      need: need.write,
      fact: 'Graph "Activate directoryRole"',
      async serve(call) {
        const { roleTemplateId } = await call.json()
        const template = typeof roleTemplateId === 'string' ? findTemplate(roleTemplateId) : undefined
        if (!template) throw invalidValue('roleTemplateId', 'DirectoryRole')
        if (roles.isActivated(template))
          throw new GraphFailure(400, 'Request_BadRequest', 'A conflicting object with one or more of the specified property values is present in the directory.') // prettier-ignore
        const record = roleRecord(parts, { template, activity: 'Add role from template', operation: 'Add' })
        call.change(record, () => parts.directory.roleHolders.activate(template.id))
        return answerItem(call.c, 'directoryRoles', view(template), { status: 201 })
      },
    },
    {
      call: 'GET /directoryRoles/:id',
      need: need.read,
      fact: 'Graph "Get directoryRole"',
      serve: (call) => answerItem(call.c, 'directoryRoles', view(found(call))),
    },
  ]
}

function memberRoutes(parts: DirectoryParts): readonly Route[] {
  const roles = openDirectoryRoles(parts)
  const found = finder(parts, roles)
  return [
    {
      call: 'GET /directoryRoles/:id/members',
      need: need.read,
      fact: 'Graph "List members of a directory role"',
      serve: (call) =>
        answerCollection(call.c, 'directoryObjects', findObjects(roles.holderIds(found(call)), parts)),
    },
    {
      call: 'GET /directoryRoles/:id/members/:type{microsoft\\.graph\\.\\w+}',
      need: need.read,
      fact: 'Graph "List members of a directory role"',
      serve: (call) =>
        answerCollection(
          call.c,
          'directoryObjects',
          ofType(findObjects(roles.holderIds(found(call)), parts), call.param('type')),
        ),
    },
    {
      call: 'POST /directoryRoles/:id/members/$ref',
      need: need.write,
      fact: 'Graph "Add directory role member"',
      async serve(call) {
        const template = found(call)
        const id = readReference((await call.json())['@odata.id'])
        refuseHolder(parts, id)
        if (roles.holds(template, id))
          throw badRequest("One or more added object references already exist for the following modified properties: 'members'.") // prettier-ignore
        const record = roleRecord(parts, { template, activity: 'Add member to role', operation: 'Assign' })
        call.change(record, () => roles.add(template, id))
        return call.c.body(null, 204)
      },
    },
    {
      call: 'DELETE /directoryRoles/:id/members/:member/$ref',
      need: need.write,
      fact: 'Graph "Remove directory role member"',
      serve(call) {
        const template = found(call)
        const id = call.param('member')
        if (!roles.holds(template, id)) throw notFound(id)
        const record = roleRecord(parts, {
          template,
          activity: 'Remove member from role',
          operation: 'Unassign',
        })
        call.change(record, () => roles.remove(template, id))
        return call.c.body(null, 204)
      },
    },
  ]
}

/** Users, service principals, and groups that may hold roles. @throws {GraphFailure} 404, 400 */
export function refuseHolder(parts: DirectoryParts, id: string): void {
  const object = findObject(id, parts)
  if (!object || object['@odata.type'].endsWith('.application')) throw notFound(id)
  // No group here is role-assignable: that property is not modelled, and cannot be set later at Microsoft.
  if (object['@odata.type'].endsWith('.group'))
    throw badRequest('The group is not assignable to a role: isAssignableToRole is not set.')
}

export function roleRecord(
  { directory }: DirectoryParts,
  o: Pick<ChangeRecord, 'activity' | 'operation'> & { readonly template: RoleTemplate },
): ChangeRecord {
  const { id, displayName } = o.template
  return {
    activity: o.activity,
    operation: o.operation,
    category: 'RoleManagement',
    targets: () => [{ id: directory.roleHolders.activate(id), displayName, type: 'Role' }],
  }
}
