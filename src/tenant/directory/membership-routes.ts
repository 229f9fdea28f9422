// What someone is a member of, and what is theirs: /me and /users/{id} with memberOf, getMemberObjects, ownedObjects, licenseDetails, manager.
// Graph "List a user's direct memberships", "directoryObject: getMemberObjects", "List ownedObjects", "List licenseDetails", "List manager".
import { GraphFailure } from '../context.ts'
import { type Call, denied, type DirectoryParts, readsOnlySelf, type Route } from './contract.ts'
import { findObject, findObjects, ofType } from './directory-object.ts'
import { openDirectoryRoles } from './directory-roles.ts'
import { invalidValue, notFound } from './objects.ts'
import { answerCollection, answerCount, contextUrl } from './odata.ts'

/** Whose it is by the path: `/me` for whoever asks, `/users/{id}` by ID or name. */
interface Whose {
  readonly path: '/me' | '/users/:id' | '/servicePrincipals/:id' | '/directoryObjects/:id'
  idOf(call: Call): string
}

export function membershipRoutes(parts: DirectoryParts): readonly Route[] {
  const whose: readonly Whose[] = [
    { path: '/me', idOf: (call) => ownId(call) },
    { path: '/users/:id', idOf: (call) => userId(call, parts) },
  ]
  const principal: Whose = { path: '/servicePrincipals/:id', idOf: (call) => principalId(call, parts) }
  const object: Whose = { path: '/directoryObjects/:id', idOf: (call) => objectId(call, parts) }
  return [
    ...whose.flatMap((one) => [
      ...memberOfRoutes(parts, one),
      ...checkRoutes(parts, one),
      ...belongingRoutes(parts, one),
    ]),
    ...memberOfRoutes(parts, principal),
    ...checkRoutes(parts, principal),
    ...ownedRoutes(parts, principal),
    ...checkRoutes(parts, object),
  ]
}

function principalId(call: Call, { directory }: DirectoryParts): string {
  const id = call.param('id').replace(/^appId:/, '')
  const found = directory.findPrincipal(id)
  if (!found) throw notFound(id)
  return found.id
}

function objectId(call: Call, parts: DirectoryParts): string {
  if (!findObject(call.param('id'), parts)) throw notFound(call.param('id'))
  return call.param('id')
}

function ownId({ caller }: Call): string {
  if (caller.userId === undefined)
    throw new GraphFailure(400, 'BadRequest', '/me request is only valid with delegated authentication flow.')
  return caller.userId
}

/** With User.Read alone a person sees only what is their own. */
function userId(call: Call, { context }: DirectoryParts): string {
  const user = context.findUser(call.param('id'))
  if (!user) throw notFound(call.param('id'))
  if (user.id !== call.caller.userId && readsOnlySelf(call)) throw denied()
  return user.id
}

/** Groups and directory roles. */
function memberOfRoutes(parts: DirectoryParts, { path, idOf }: Whose): readonly Route[] {
  const { groups } = parts.directory
  const roles = openDirectoryRoles(parts)
  const rolesOf = (id: string) =>
    roles.heldBy(id).map((one) => ({
      '@odata.type': '#microsoft.graph.directoryRole',
      id: parts.directory.roleHolders.activate(one.id),
      deletedDateTime: null,
      description: one.displayName,
      displayName: one.displayName,
      roleTemplateId: one.id,
    }))
  const lists = [
    { name: 'memberOf', of: (id: string) => groups.groupIdsOf(id, 'member') },
    { name: 'transitiveMemberOf', of: (id: string) => groups.transitiveGroupIdsOf(id) },
  ]
  return lists.flatMap(({ name, of }) => {
    const fact = `Graph "List a user's ${name === 'memberOf' ? 'direct' : 'transitive'} memberships"`
    const need = {}
    const list = (call: Call) => {
      const id = idOf(call)
      return [...findObjects(of(id), parts), ...rolesOf(id)]
    }
    return [
      {
        call: `GET ${path}/${name}`,
        need,
        fact,
        serve: (call: Call) => answerCollection(call.c, 'directoryObjects', list(call)),
      },
      {
        call: `GET ${path}/${name}/$count`,
        need,
        fact,
        serve: (call: Call) => answerCount(call.c, 'directoryObjects', list(call)),
      },
      {
        call: `GET ${path}/${name}/:type{microsoft\\.graph\\.\\w+}`,
        need,
        fact,
        serve: (call: Call) =>
          answerCollection(call.c, 'directoryObjects', ofType(list(call), call.param('type'))),
      },
    ]
  })
}

/** IDs alone: getMemberObjects also gives roles, getMemberGroups does not; check… keeps those that were asked about. */
function checkRoutes(parts: DirectoryParts, { path, idOf }: Whose): readonly Route[] {
  const { groups, roleHolders } = parts.directory
  const roles = openDirectoryRoles(parts)
  const groupIds = (id: string, securityOnly: boolean): string[] =>
    groups.transitiveGroupIdsOf(id).filter((one) => !securityOnly || groups.find(one)!.securityEnabled)
  const roleIds = (id: string): string[] => roles.heldBy(id).map((one) => roleHolders.activate(one.id))
  const need = {}
  const answer = (call: Call, value: readonly string[]): Response =>
    call.c.json({ '@odata.context': contextUrl(call.c, 'Collection(Edm.String)'), value })
  const get = (name: 'getMemberObjects' | 'getMemberGroups'): Route => ({
    call: `POST ${path}/${name}`,
    need,
    fact: `Graph "directoryObject: ${name}"`,
    async serve(call) {
      const { securityEnabledOnly } = await call.json()
      if (securityEnabledOnly !== undefined && typeof securityEnabledOnly !== 'boolean')
        throw invalidValue('securityEnabledOnly', 'DirectoryObject')
      const id = idOf(call)
      const ids = groupIds(id, securityEnabledOnly === true)
      return answer(call, name === 'getMemberObjects' ? [...ids, ...roleIds(id)] : ids)
    },
  })
  const check = (name: 'checkMemberObjects' | 'checkMemberGroups', property: string): Route => ({
    call: `POST ${path}/${name}`,
    need,
    fact: `Graph "directoryObject: ${name}"`,
    async serve(call) {
      const asked = (await call.json())[property]
      if (!Array.isArray(asked) || asked.length > 20) throw invalidValue(property, 'DirectoryObject')
      const id = idOf(call)
      const held = new Set([...groupIds(id, false), ...(name === 'checkMemberObjects' ? roleIds(id) : [])])
      return answer(
        call,
        asked.map(String).filter((one) => held.has(one)),
      )
    },
  })
  return [
    get('getMemberObjects'),
    get('getMemberGroups'),
    check('checkMemberObjects', 'ids'),
    check('checkMemberGroups', 'groupIds'),
  ]
}

function ownedRoutes(parts: DirectoryParts, { path, idOf }: Whose): readonly Route[] {
  const { directory } = parts
  const need = {}
  const ownedIds = (id: string): string[] => [
    ...directory.groups.groupIdsOf(id, 'owner'),
    ...directory.owners.ownedBy(id),
  ]
  return [
    {
      call: `GET ${path}/ownedObjects`,
      need,
      fact: 'Graph "List ownedObjects"',
      serve: (call) => answerCollection(call.c, 'directoryObjects', findObjects(ownedIds(idOf(call)), parts)),
    },
  ]
}

function belongingRoutes(parts: DirectoryParts, { path, idOf }: Whose): readonly Route[] {
  const need = {}
  return [
    ...ownedRoutes(parts, { path, idOf }),
    {
      // Licences are not modelled: whoever has a mailbox has it without one.
      call: `GET ${path}/licenseDetails`,
      need,
      fact: 'Graph "List licenseDetails"',
      serve(call) {
        idOf(call)
        return answerCollection(call.c, 'licenseDetails', [])
      },
    },
    {
      // Nobody has a manager here, and Graph then answers 404.
      call: `GET ${path}/manager`,
      need,
      fact: 'Graph "List manager"',
      serve(call) {
        idOf(call)
        throw notFound('manager')
      },
    },
    {
      call: `GET ${path}/directReports`,
      need,
      fact: 'Graph "List directReports"',
      serve(call) {
        idOf(call)
        return answerCollection(call.c, 'directoryObjects', [])
      },
    },
  ]
}
