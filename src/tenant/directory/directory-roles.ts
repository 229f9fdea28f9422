// Who holds which directory role: people (kept with the person, by the role's name), service principals and groups. Graph: directoryRole.
import { createHash } from 'node:crypto'
import { directoryRoles } from '../../facts/directory-roles.ts'
import type { DirectoryParts } from './contract.ts'

export interface RoleTemplate {
  readonly id: string
  readonly displayName: string
}
export interface HeldRole {
  /** As roleAssignments shows it: the same for the same holder and role. */
  readonly id: string
  readonly template: RoleTemplate
  readonly principalId: string
}

export const roleTemplates: readonly RoleTemplate[] = [...directoryRoles].map(([displayName, id]) => ({
  id,
  displayName,
}))
export const findTemplate = (id: string): RoleTemplate | undefined =>
  roleTemplates.find((one) => one.id === id.toLowerCase())

export function openDirectoryRoles({ context, directory, users }: DirectoryParts) {
  const { roleHolders } = directory
  const roles = {
    /** IDs of everyone who holds it, people first. */
    holderIds: ({ id, displayName }: RoleTemplate): string[] => [
      ...context.allUsers().flatMap((user) => (user.roles.includes(displayName) ? [user.id] : [])),
      ...roleHolders.holdersOf(id),
    ],
    heldBy(principalId: string): RoleTemplate[] {
      const names = context.findUser(principalId)?.roles ?? []
      const templates = roleHolders.templatesHeldBy(principalId)
      return roleTemplates.filter((one) => names.includes(one.displayName) || templates.includes(one.id))
    },
    all: (): HeldRole[] =>
      roleTemplates.flatMap((template) =>
        roles
          .holderIds(template)
          .map((principalId) => ({ id: assignmentId(template.id, principalId), template, principalId })),
      ),
    /** A role that is held was activated by that. */
    isActivated: (template: RoleTemplate): boolean =>
      roleHolders.activatedId(template.id) !== undefined || roles.holderIds(template).length > 0,
    holds: (template: RoleTemplate, principalId: string): boolean =>
      roles.holderIds(template).includes(principalId),
    add(template: RoleTemplate, principalId: string): void {
      roleHolders.activate(template.id)
      const user = context.findUser(principalId)
      if (user) users.update(user.id, { roles: [...user.roles, template.displayName] })
      else roleHolders.add(template.id, principalId)
    },
    remove(template: RoleTemplate, principalId: string): void {
      const user = context.findUser(principalId)
      if (user) users.update(user.id, { roles: user.roles.filter((one) => one !== template.displayName) })
      else roleHolders.remove(template.id, principalId)
    },
  }
  return roles
}

export type DirectoryRoles = ReturnType<typeof openDirectoryRoles>

function assignmentId(templateId: string, principalId: string): string {
  return `${createHash('sha256').update(`${templateId} ${principalId}`).digest('base64url').slice(0, 42)}-1`
}
