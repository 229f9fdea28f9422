// /roleManagement/directory: the same roles, as assignments. Graph "List unifiedRoleAssignments", "Create", "Delete"; unifiedRoleDefinition.
import { GraphFailure } from '../context.ts'
import { type Call, type DirectoryParts, notModelled, type Route } from './contract.ts'
import { findObject } from './directory-object.ts'
import {
  findTemplate,
  type HeldRole,
  openDirectoryRoles,
  type RoleTemplate,
  roleTemplates,
} from './directory-roles.ts'
import { invalidValue, notFound } from './objects.ts'
import { answerCollection, answerItem } from './odata.ts'
import { refuseHolder, roleRecord } from './role-routes.ts'

const need = {
  read: {},
  write: { roles: ['Privileged Role Administrator'] },
}

export function roleManagementRoutes(parts: DirectoryParts): readonly Route[] {
  return [...definitionRoutes(), ...assignmentRoutes(parts)]
}

const definitionView = (one: RoleTemplate): object => ({
  id: one.id,
  description: one.displayName,
  displayName: one.displayName,
  isBuiltIn: true,
  isEnabled: true,
  resourceScopes: ['/'],
  templateId: one.id,
  version: '1',
  rolePermissions: [],
})

function definitionRoutes(): readonly Route[] {
  const path = '/roleManagement/directory/roleDefinitions'
  const custom = (): never => {
    throw notModelled('custom directory roles')
  }
  return [
    {
      call: `GET ${path}`,
      need: need.read,
      fact: 'Graph "List roleDefinitions"',
      serve: ({ c }) =>
        answerCollection(c, 'roleManagement/directory/roleDefinitions', roleTemplates.map(definitionView)),
    },
    {
      call: `GET ${path}/:id`,
      need: need.read,
      fact: 'Graph "Get unifiedRoleDefinition"',
      serve(call) {
        const found = findTemplate(call.param('id'))
        if (!found) throw notFound(call.param('id'))
        return answerItem(call.c, 'roleManagement/directory/roleDefinitions', definitionView(found))
      },
    },
    { call: `POST ${path}`, need: need.write, fact: 'Graph "Create roleDefinitions"', serve: custom },
    {
      call: `DELETE ${path}/:id`,
      need: need.write,
      fact: 'Graph "Delete unifiedRoleDefinition"',
      serve(call) {
        if (!findTemplate(call.param('id'))) throw notFound(call.param('id'))
        throw new GraphFailure(400, 'Request_BadRequest', 'A built-in role definition cannot be deleted.')
      },
    },
  ]
}

function assignmentRoutes(parts: DirectoryParts): readonly Route[] {
  const path = '/roleManagement/directory/roleAssignments'
  const set = 'roleManagement/directory/roleAssignments'
  const roles = openDirectoryRoles(parts)
  const found = (call: Call): HeldRole => {
    const one = roles.all().find(({ id }) => id === call.param('id'))
    if (!one) throw notFound(call.param('id'))
    return one
  }
  const shape = {
    expand: {
      principal: (row: Record<string, unknown>) => findObject(String(row['principalId']), parts) ?? {},
      roleDefinition: (row: Record<string, unknown>) =>
        definitionView(findTemplate(String(row['roleDefinitionId']))!),
    },
  }
  return [
    {
      call: `GET ${path}`,
      need: need.read,
      fact: 'Graph "List unifiedRoleAssignments"',
      serve: ({ c }) => answerCollection(c, set, roles.all().map(assignmentView), shape),
    },
    {
      call: `GET ${path}/:id`,
      need: need.read,
      fact: 'Graph "Get unifiedRoleAssignment"',
      serve: (call) => answerItem(call.c, set, assignmentView(found(call)), shape),
    },
    {
      call: `POST ${path}`,
      need: need.write,
      fact: 'Graph "Create unifiedRoleAssignment"',
      async serve(call) {
        const { principalId, roleDefinitionId, directoryScopeId, appScopeId } = await call.json()
        const template = typeof roleDefinitionId === 'string' ? findTemplate(roleDefinitionId) : undefined
        if (!template) throw invalidValue('roleDefinitionId', 'UnifiedRoleAssignment')
        if (appScopeId !== undefined) throw notModelled('roles with an application scope')
        if (directoryScopeId !== '/')
          throw notModelled('roles in a part of the directory: directoryScopeId other than "/"')
        const id = String(principalId)
        refuseHolder(parts, id)
        if (roles.holds(template, id))
          throw new GraphFailure(400, 'Request_BadRequest', 'A conflicting object with one or more of the specified property values is present in the directory.') // prettier-ignore
        const record = roleRecord(parts, { template, activity: 'Add member to role', operation: 'Assign' })
        call.change(record, () => roles.add(template, id))
        const made = roles.all().find((one) => one.principalId === id && one.template.id === template.id)!
        return answerItem(call.c, set, assignmentView(made), { status: 201 })
      },
    },
    {
      call: `DELETE ${path}/:id`,
      need: need.write,
      fact: 'Graph "Delete unifiedRoleAssignment"',
      serve(call) {
        const { template, principalId } = found(call)
        const record = roleRecord(parts, {
          template,
          activity: 'Remove member from role',
          operation: 'Unassign',
        })
        call.change(record, () => roles.remove(template, principalId))
        return call.c.body(null, 204)
      },
    },
  ]
}

const assignmentView = ({ id, template, principalId }: HeldRole): object => ({
  id,
  principalId,
  resourceScope: '/',
  directoryScopeId: '/',
  roleDefinitionId: template.id,
})
