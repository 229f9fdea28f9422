// Role assignments of applications: New-, Get-, Set-, Remove-ManagementRoleAssignment, Get-ManagementRole, Test-ServicePrincipalAuthorization.
import { randomUUID } from 'node:crypto'
import { exchangeApplicationRoles } from '../../facts/exchange-roles.ts'
import { findPointer } from './app-pointer-cmdlets.ts'
import type { Cmdlet, ExchangeParts } from './contract.ts'
import { CmdletFailure, notModelled, objectNotFound } from './failures.ts'
import type { AssignmentScope, RoleAssignment } from './objects.ts'
import type { Parameters } from './parameters.ts'
import { findScope } from './scope-cmdlets.ts'

const scopeParameters = ['CustomResourceScope', 'RecipientAdministrativeUnitScope', 'RecipientGroupScope']

export function assignmentCmdlets(parts: ExchangeParts): readonly Cmdlet[] {
  return [...changes(parts), ...readings(parts)]
}

function changes(parts: ExchangeParts): readonly Cmdlet[] {
  const { objects } = parts
  return [
    {
      name: 'New-ManagementRoleAssignment',
      parameters: ['Name', 'Role', 'App', ...scopeParameters, 'User', 'SecurityGroup', 'Policy'],
      run(parameters) {
        for (const other of ['User', 'SecurityGroup', 'Policy'])
          if (parameters.has(other)) throw notModelled(`role assignments by -${other}`)
        const app = findPointer(objects, parameters.required('App'))
        const role = readRole(parameters.required('Role'))
        const scope = readScope(parameters, parts) ?? { kind: 'Organization' }
        const kept = objects.all('assignment')
        const isSame = (one: RoleAssignment): boolean =>
          one.app === app.id && one.role === role && JSON.stringify(one.scope) === JSON.stringify(scope)
        const name = parameters.text('Name') ?? freeName(`${role}-${app.displayName}`, kept)
        if (kept.some((one) => isSame(one) || one.name.toLowerCase() === name.toLowerCase()))
          throw new CmdletFailure(
            'already-exists',
            `The management role assignment '${name}' already exists.`,
          )
        const made = { id: randomUUID(), name: name.slice(0, 64), role, app: app.id, enabled: true, scope }
        return [assignmentView(objects.put('assignment', made), parts)]
      },
    },
    {
      name: 'Set-ManagementRoleAssignment',
      parameters: ['Identity', 'Enabled', ...scopeParameters],
      run(parameters) {
        const one = find(parameters.required('Identity'), parts)
        const scope = readScope(parameters, parts) ?? one.scope
        objects.put('assignment', { ...one, scope, enabled: parameters.flag('Enabled') ?? one.enabled })
        return []
      },
    },
    {
      name: 'Remove-ManagementRoleAssignment',
      parameters: ['Identity'],
      run(parameters) {
        objects.remove('assignment', find(parameters.required('Identity'), parts).id)
        return []
      },
    },
  ]
}

function readings(parts: ExchangeParts): readonly Cmdlet[] {
  const { objects, authorizations, recipients } = parts
  return [
    {
      name: 'Get-ManagementRoleAssignment',
      parameters: ['Identity', 'Role', 'RoleAssignee', 'App', 'CustomResourceScope'],
      run(parameters) {
        const identity = parameters.text('Identity')
        const assignee = parameters.text('RoleAssignee') ?? parameters.text('App')
        const app = assignee === undefined ? undefined : findPointer(objects, assignee).id
        const role = parameters.text('Role')?.toLowerCase()
        const rows = identity === undefined ? objects.all('assignment') : [find(identity, parts)]
        return rows
          .filter(
            (one) =>
              (app === undefined || one.app === app) &&
              (role === undefined || one.role.toLowerCase() === role),
          ) // prettier-ignore
          .map((one) => assignmentView(one, parts))
      },
    },
    {
      name: 'Get-ManagementRole',
      parameters: ['Identity', 'RoleType'],
      run(parameters) {
        const wanted = parameters.text('Identity')?.toLowerCase()
        const rows = [...exchangeApplicationRoles.keys()]
          .filter((name) => wanted === undefined || name.toLowerCase() === wanted)
          .map((name) => ({
            Name: name,
            Identity: name,
            RoleType: name.replaceAll(/[ .-]/g, ''),
            IsRootRole: true,
          }))
        if (rows.length === 0) throw objectNotFound(parameters.text('Identity')!)
        return rows
      },
    },
    {
      // Reads past the cache: what is configured, not yet what an active application meets.
      name: 'Test-ServicePrincipalAuthorization',
      parameters: ['Identity', 'Resource'],
      run(parameters) {
        const pointer = findPointer(objects, parameters.required('Identity'))
        const resource = parameters.text('Resource')
        const recipient = resource === undefined ? undefined : recipients.find(resource)
        return authorizations.of(pointer.appId).map((one) => ({
          RoleName: one.assignment.role,
          GrantedPermissions: one.permissions.join(', '),
          AllowedResourceScope: one.scopeName,
          ScopeType: one.scopeType,
          InScope: recipient === undefined ? 'Not Run' : one.covers(recipient),
        }))
      },
    },
  ]
}

function assignmentView(one: RoleAssignment, { objects }: ExchangeParts): object {
  const { scope } = one
  const custom = scope.kind === 'CustomRecipientScope' ? objects.all('scope').find(({ id }) => id === scope.id) : undefined // prettier-ignore
  return {
    Name: one.name,
    Identity: one.name,
    Guid: one.id,
    Role: one.role,
    RoleAssignee: one.app,
    RoleAssigneeName: one.app,
    RoleAssigneeType: 'ServicePrincipal',
    AssignmentMethod: 'Direct',
    App: one.app,
    CustomResourceScope: custom?.name ?? null,
    RecipientAdministrativeUnitScope: scope.kind === 'AdministrativeUnit' ? scope.id : null,
    RecipientGroupScope: scope.kind === 'Group' ? scope.id : null,
    Enabled: one.enabled,
    IsValid: true,
    ObjectState: 'Unchanged',
  }
}

function find(identity: string, { objects }: ExchangeParts): RoleAssignment {
  const wanted = identity.toLowerCase()
  const found = objects
    .all('assignment')
    .find((one) => one.id === wanted || one.name.toLowerCase() === wanted)
  if (!found) throw objectNotFound(identity)
  return found
}

function readRole(given: string): string {
  const name = [...exchangeApplicationRoles.keys()].find((one) => one.toLowerCase() === given.toLowerCase())
  if (name === undefined) throw objectNotFound(given)
  return name
}

function readScope(parameters: Parameters, parts: ExchangeParts): AssignmentScope | undefined {
  const given = scopeParameters.filter((name) => parameters.has(name))
  if (given.length > 1)
    throw new CmdletFailure(
      'parameter-unknown',
      'Parameter set cannot be resolved using the specified named parameters.',
    )
  const [name] = given
  if (name === undefined) return undefined
  const identity = parameters.required(name)
  if (name === 'CustomResourceScope')
    return { kind: 'CustomRecipientScope', id: findScope(parts.objects, identity).id }
  if (name === 'RecipientGroupScope') {
    const group = parts.recipients.find(identity)
    if (!group.type.endsWith('Group')) throw objectNotFound(identity)
    return { kind: 'Group', id: group.id }
  }
  const unit = parts.directory.administrativeUnits.find(identity)
  if (!unit) throw objectNotFound(identity)
  return { kind: 'AdministrativeUnit', id: unit.id }
}

function freeName(wanted: string, kept: readonly RoleAssignment[]): string {
  const base = wanted.slice(0, 60)
  const taken = new Set(kept.map((one) => one.name.toLowerCase()))
  let name = base
  for (let at = 1; taken.has(name.toLowerCase()); at += 1) name = `${base}-${at}`
  return name
}
