// /directoryObjects: anything of the directory by its ID. Graph "Get directoryObject", "directoryObject: getByIds".
import { isGuid, type DirectoryParts, type Route } from './contract.ts'
import { findObject, findObjects } from './directory-object.ts'
import { invalidValue, notFound } from './objects.ts'
import { answerItem, contextUrl } from './odata.ts'

/** "You can specify up to 1000 IDs". */
const maxIds = 1_000

export function directoryObjectRoutes(parts: DirectoryParts): readonly Route[] {
  return [
    {
      call: 'GET /directoryObjects/:id',
      need: {},
      fact: 'Graph "Get directoryObject"',
      serve(call) {
        const found = findObject(call.param('id'), parts)
        if (!found) throw notFound(call.param('id'))
        return answerItem(call.c, 'directoryObjects', found)
      },
    },
    {
      call: 'POST /directoryObjects/getByIds',
      need: {},
      fact: 'Graph "directoryObject: getByIds": IDs of nothing are left out',
      async serve(call) {
        const { ids, types } = await call.json()
        if (!Array.isArray(ids) || ids.length > maxIds || !ids.every((one) => isGuid(String(one))))
          throw invalidValue('ids', 'DirectoryObject')
        if (types !== undefined && !Array.isArray(types)) throw invalidValue('types', 'DirectoryObject')
        const wanted = (types as unknown[] | undefined)?.map((one) => String(one).toLowerCase())
        const kindOf = (type: string): string => type.replace('#microsoft.graph.', '').toLowerCase()
        const value = findObjects(ids.map(String), parts).filter(
          (one) =>
            !wanted || wanted.includes('directoryobject') || wanted.includes(kindOf(one['@odata.type'])),
        )
        return call.c.json({ '@odata.context': contextUrl(call.c, 'directoryObjects'), value })
      },
    },
  ]
}
