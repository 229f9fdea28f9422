// /directory/administrativeUnits with their members. Graph "Create administrativeUnit", "Add a member", "List members".
import type { AdministrativeUnit } from './administrative-units.ts'
import {
  badRequest,
  type Call,
  type ChangeRecord,
  type DirectoryParts,
  missingValue,
  notModelled,
  type Route,
} from './contract.ts'
import { findObject, findObjects } from './directory-object.ts'
import { readReference } from './group-body.ts'
import { invalidValue, notFound } from './objects.ts'
import { answerCollection, answerItem } from './odata.ts'

const need = {
  read: {},
  write: { roles: ['Privileged Role Administrator'] },
}
const set = 'directory/administrativeUnits'
const path = '/directory/administrativeUnits'

export function administrativeUnitRoutes(parts: DirectoryParts): readonly Route[] {
  return [...unitRoutes(parts), ...memberRoutes(parts)]
}

function finder({ directory }: DirectoryParts): (call: Call) => AdministrativeUnit {
  return (call) => {
    const found = directory.administrativeUnits.all().find((one) => one.id === call.param('id'))
    if (!found) throw notFound(call.param('id'))
    return found
  }
}

const record = (
  activity: string,
  o: { operation: ChangeRecord['operation']; unit: () => AdministrativeUnit },
): ChangeRecord => ({
  activity,
  category: 'AdministrativeUnit',
  operation: o.operation,
  targets: () => [{ id: o.unit().id, displayName: o.unit().displayName, type: 'AdministrativeUnit' }],
})

function unitRoutes(parts: DirectoryParts): readonly Route[] {
  const units = parts.directory.administrativeUnits
  const found = finder(parts)
  return [
    {
      call: `GET ${path}`,
      need: need.read,
      fact: 'Graph "List administrativeUnits"',
      serve: ({ c }) => answerCollection(c, set, units.all()),
    },
    {
      call: `POST ${path}`,
      need: need.write,
      fact: 'Graph "Create administrativeUnit"',
      async serve(call) {
        const body = checkUnit(await call.json(), { isNew: true })
        let made: AdministrativeUnit | undefined
        call.change(
          record('Add administrative unit', { operation: 'Add', unit: () => made! }),
          () =>
            (made = units.create({
              displayName: body.displayName!,
              description: null,
              visibility: null,
              ...body,
            })),
        )
        return answerItem(call.c, set, made!, { status: 201 })
      },
    },
    {
      call: `GET ${path}/:id`,
      need: need.read,
      fact: 'Graph "Get administrativeUnit"',
      serve: (call) => answerItem(call.c, set, found(call)),
    },
    {
      call: `PATCH ${path}/:id`,
      need: need.write,
      fact: 'Graph "Update administrativeUnit"',
      async serve(call) {
        const unit = found(call)
        const body = checkUnit(await call.json(), { isNew: false })
        call.change(record('Update administrative unit', { operation: 'Update', unit: () => unit }), () =>
          units.update(unit, body),
        )
        return call.c.body(null, 204)
      },
    },
    {
      call: `DELETE ${path}/:id`,
      need: need.write,
      fact: 'Graph "Delete administrativeUnit"',
      serve(call) {
        const unit = found(call)
        call.change(record('Delete administrative unit', { operation: 'Delete', unit: () => unit }), () =>
          units.remove(unit.id),
        )
        return call.c.body(null, 204)
      },
    },
  ]
}

function memberRoutes(parts: DirectoryParts): readonly Route[] {
  const units = parts.directory.administrativeUnits
  const found = finder(parts)
  return [
    {
      call: `GET ${path}/:id/members`,
      need: need.read,
      fact: 'Graph "List members" of an administrative unit',
      serve: (call) =>
        answerCollection(call.c, 'directoryObjects', findObjects(units.memberIds(found(call).id), parts)),
    },
    {
      call: `POST ${path}/:id/members/$ref`,
      need: need.write,
      fact: 'Graph "Add a member" to an administrative unit',
      async serve(call) {
        const unit = found(call)
        const id = readReference((await call.json())['@odata.id'])
        const object = findObject(id, parts)
        if (!object) throw notFound(id)
        if (!/\.(user|group|device)$/.test(object['@odata.type']))
          throw badRequest('Only users, groups and devices can be members of an administrative unit.')
        if (units.has(unit.id, id))
          throw badRequest("One or more added object references already exist for the following modified properties: 'members'.") // prettier-ignore
        call.change(
          record('Add member to administrative unit', { operation: 'Assign', unit: () => unit }),
          () => units.link(unit.id, id),
        )
        return call.c.body(null, 204)
      },
    },
    {
      call: `DELETE ${path}/:id/members/:member/$ref`,
      need: need.write,
      fact: 'Graph "Remove a member" from an administrative unit',
      serve(call) {
        const unit = found(call)
        const id = call.param('member')
        if (!units.has(unit.id, id)) throw notFound(id)
        call.change(
          record('Remove member from administrative unit', { operation: 'Unassign', unit: () => unit }),
          () => units.unlink(unit.id, id),
        )
        return call.c.body(null, 204)
      },
    },
  ]
}

type UnitBody = Partial<Omit<AdministrativeUnit, 'id'>>

/** @throws {GraphFailure} 400 `Request_BadRequest` naming the property, 501 for what is not modelled */
function checkUnit(body: Record<string, unknown>, { isNew }: { readonly isNew: boolean }): UnitBody {
  for (const [name, value] of Object.entries(body)) {
    if (!['displayName', 'description', 'visibility'].includes(name))
      throw notModelled(`the administrative unit's ${name}`)
    const isText = typeof value === 'string' && value !== '' && value.length <= 256
    if (!isText && (name === 'displayName' || value !== null)) throw invalidValue(name, 'AdministrativeUnit')
  }
  if (isNew && body['displayName'] === undefined) throw missingValue('displayName', 'AdministrativeUnit')
  return body as UnitBody
}
