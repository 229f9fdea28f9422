// Owners of applications and service principals. Graph "List owners", "Add owner", "Remove owner".
import { badRequest, type Call, type ChangeRecord, type DirectoryParts, type Route } from './contract.ts'
import { type DirectoryObject, findObject, findObjects } from './directory-object.ts'
import { readReference } from './group-body.ts'
import { applicationNeeds as need, refuseUnlessManaged } from './manage.ts'
import { notFound } from './objects.ts'
import { answerCollection } from './odata.ts'

export interface OwnedSet {
  /** `/applications/:id` */
  readonly path: string
  find(call: Call): { readonly id: string; readonly displayName: string }
}

export const ownersOf = (id: string, parts: DirectoryParts): DirectoryObject[] =>
  findObjects(parts.directory.owners.of(id), parts)

export function ownerRoutes(parts: DirectoryParts, set: OwnedSet): readonly Route[] {
  const { owners } = parts.directory
  const type = set.path.startsWith('/applications') ? 'Application' : 'ServicePrincipal'
  const noun = type === 'Application' ? 'application' : 'service principal'
  const record = (
    operation: 'Assign' | 'Unassign',
    one: { id: string; displayName: string },
  ): ChangeRecord => ({
    activity: operation === 'Assign' ? `Add owner to ${noun}` : `Remove owner from ${noun}`,
    category: 'ApplicationManagement',
    operation,
    targets: () => [{ id: one.id, displayName: one.displayName, type }],
  })
  return [
    {
      call: `GET ${set.path}/owners`,
      need: need.read,
      fact: 'Graph "List owners"',
      serve: (call) => answerCollection(call.c, 'directoryObjects', ownersOf(set.find(call).id, parts)),
    },
    {
      call: `POST ${set.path}/owners/$ref`,
      need: need.addOwner,
      fact: 'Graph "Add owner"',
      async serve(call) {
        const object = set.find(call)
        refuseUnlessManaged(call, object.id, parts)
        const id = readReference((await call.json())['@odata.id'])
        const owner = findObject(id, parts)
        if (!owner) throw notFound(id)
        if (!/user$|servicePrincipal$/.test(owner['@odata.type']))
          throw badRequest('The owner must be a user or a service principal.')
        if (owners.of(object.id).includes(id))
          throw badRequest(
            "One or more added object references already exist for the following modified properties: 'owners'.",
          )
        call.change(record('Assign', object), () => owners.add(object.id, id))
        return call.c.body(null, 204)
      },
    },
    {
      call: `DELETE ${set.path}/owners/:owner/$ref`,
      need: need.change,
      fact: 'Graph "Remove owner"',
      serve(call) {
        const object = set.find(call)
        refuseUnlessManaged(call, object.id, parts)
        const id = call.param('owner')
        if (!owners.of(object.id).includes(id)) throw notFound(id)
        call.change(record('Unassign', object), () => owners.remove(object.id, id))
        return call.c.body(null, 204)
      },
    },
  ]
}
