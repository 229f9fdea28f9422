// Who may change an application or a service principal. entra.md section 8.1, "rights"; Graph "Application.ReadWrite.OwnedBy".
import {
  applicationAdministrators,
  type Call,
  denied,
  type DirectoryNeed,
  type DirectoryParts,
} from './contract.ts'

const readWrite = ['Application.ReadWrite.All', 'Directory.ReadWrite.All']
/** Reading is as published; so is writing, and whose object it is is asked beside it. */
export const applicationNeeds = {
  read: {},
  create: {
    roles: [...applicationAdministrators, 'Application Developer'],
    rolesWaived: ({ context }) => context.settings.get().allowedToCreateApps,
  },
  change: {},
  /** Adding an owner is not in Microsoft's list; removing one is. */
  addOwner: { delegated: readWrite, application: [...readWrite, 'Application.ReadWrite.OwnedBy'] },
} satisfies Record<string, DirectoryNeed>

/** A person manages what is owned, or everything by role; an application with OwnedBy alone what it owns. @throws {GraphFailure} 403 */
export function refuseUnlessManaged(call: Call, objectId: string, { directory }: DirectoryParts): void {
  const { caller } = call
  const owners = directory.owners.of(objectId)
  if (caller.kind === 'user') {
    if (call.holdsRole(applicationAdministrators) || owners.includes(caller.userId!)) return
    throw denied()
  }
  if (caller.roles.some((one) => readWrite.includes(one))) return
  const self = directory.principalIdOf(caller.appId)
  if (!self || !owners.includes(self)) throw denied()
}

/** Whoever makes an object owns it. */
export function ownerOfNew(call: Call, { directory }: DirectoryParts): string | undefined {
  return call.caller.userId ?? directory.principalIdOf(call.caller.appId)
}
