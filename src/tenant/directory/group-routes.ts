// /groups with members and owners. Graph "Create group", "List group members", "Add members" and their neighbours.
import { GraphFailure } from '../context.ts'
import { badRequest, type Call, denied, type DirectoryParts, type Route } from './contract.ts'
import { type DirectoryObject, findObject, findObjects, ofType } from './directory-object.ts'
import { checkGroup, checkNewGroup, readReference } from './group-body.ts'
import type { Group, GroupLink } from './groups.ts'
import { notFound } from './objects.ts'
import { answerCollection, answerCount, answerItem } from './odata.ts'

const write = ['Group.ReadWrite.All', 'Directory.ReadWrite.All']
const need = {
  read: {},
  /** Not in Microsoft's list: a member alone is read as the list of members is. */
  member: {
    delegated: [
      'GroupMember.Read.All',
      'Group.Read.All',
      'Directory.Read.All',
      'GroupMember.ReadWrite.All',
      ...write,
    ],
  },
  create: { delegated: write, application: ['Group.Create', ...write] },
  change: {},
  update: { delegated: ['GroupMember.ReadWrite.All', ...write] },
  addMember: { delegated: ['GroupMember.ReadWrite.All', ...write] },
}
const administrators = ['Groups Administrator', 'User Administrator']

export function groupRoutes(parts: DirectoryParts): readonly Route[] {
  return [
    ...objectRoutes(parts),
    ...linkRoutes(parts, { path: 'members', kind: 'member' }),
    ...linkRoutes(parts, { path: 'owners', kind: 'owner' }),
    ...transitiveRoutes(parts),
  ]
}

function objectRoutes(parts: DirectoryParts): readonly Route[] {
  const { groups } = parts.directory
  const found = finder(parts)
  const linked = (kind: GroupLink) => (row: Record<string, unknown>) =>
    findObjects(groups.idsOf(String(row['id']), kind), parts)
  const shape = { expand: { members: linked('member'), owners: linked('owner') } }
  return [
    {
      call: 'GET /groups',
      need: need.read,
      fact: 'Graph "List groups"',
      serve: ({ c }) => answerCollection(c, 'groups', groups.all(), shape),
    },
    {
      call: 'GET /groups/$count',
      need: need.read,
      fact: 'Graph "Advanced query capabilities"',
      serve: ({ c }) => answerCount(c, 'groups', groups.all()),
    },
    {
      call: 'POST /groups',
      need: need.create,
      fact: 'Graph "Create group"',
      async serve(call) {
        const body = checkNewGroup(await call.json(), parts.context.tenant.domains[0]!)
        for (const id of [...body.members, ...body.owners]) if (!findObject(id, parts)) throw notFound(id)
        let made: Group | undefined
        call.change({ ...groupRecord('Add group', 'Add'), targets: () => [target(made!)] }, () => {
          made = groups.create(body.properties)
          for (const id of body.members) groups.link(made.id, 'member', id)
          // A person who names no owner becomes it.
          const owners = body.owners.length > 0 ? body.owners : call.caller.userId ? [call.caller.userId] : []
          for (const id of owners) groups.link(made.id, 'owner', id)
        })
        return answerItem(call.c, 'groups', made!, { status: 201 })
      },
    },
    {
      call: 'GET /groups/:id',
      need: need.read,
      fact: 'Graph "Get group"',
      serve: (call) => answerItem(call.c, 'groups', found(call), shape),
    },
    {
      call: 'PATCH /groups/:id',
      need: need.update,
      fact: 'Graph "Update group"',
      async serve(call) {
        const group = found(call)
        refuseStranger(call, group, parts)
        const json = await call.json()
        const body = checkGroup(json)
        if ('groupTypes' in body.properties) throw badRequest("Property 'groupTypes' cannot be changed.")
        const onlyMembers = Object.keys(body.properties).length === 0 && body.owners.length === 0
        if (!onlyMembers) needsGroupWrite(call)
        for (const id of body.members) refuseLink(parts, { group, kind: 'member', id })
        const record = {
          ...groupRecord('Update group', 'Update'),
          targets: () => [target(group, Object.keys(json))],
        }
        call.change(record, () => {
          groups.update(group, body.properties)
          for (const id of body.members) groups.link(group.id, 'member', id)
          for (const id of body.owners) groups.link(group.id, 'owner', id)
        })
        return call.c.body(null, 204)
      },
    },
    {
      call: 'DELETE /groups/:id',
      need: need.change,
      fact: 'Graph "Delete group"',
      serve(call) {
        const group = found(call)
        refuseStranger(call, group, parts)
        call.change({ ...groupRecord('Delete group', 'Delete'), targets: () => [target(group)] }, () => {
          // Only Microsoft 365 groups go into the recycle bin; a security group is gone.
          groups.remove(group.id)
          if (!group.groupTypes.includes('Unified')) groups.purge(group.id)
        })
        return call.c.body(null, 204)
      },
    },
  ]
}

function linkRoutes(parts: DirectoryParts, o: { path: string; kind: GroupLink }): readonly Route[] {
  const { groups } = parts.directory
  const found = finder(parts)
  const fact =
    o.kind === 'member'
      ? 'Graph "List group members", "Add members"'
      : 'Graph "List group owners", "Add owners"'
  const change = (call: Call, group: Group, operation: 'Assign' | 'Unassign') => ({
    activity: `${operation === 'Assign' ? 'Add' : 'Remove'} ${o.kind} ${operation === 'Assign' ? 'to' : 'from'} group`,
    category: 'GroupManagement' as const,
    operation,
    targets: () => [target(group)],
  })
  return [
    ...listRoutes(parts, { path: o.path, fact, ids: (group) => groups.idsOf(group.id, o.kind) }),
    {
      call: `POST /groups/:id/${o.path}/$ref`,
      need: o.kind === 'member' ? need.addMember : need.change,
      fact,
      async serve(call) {
        const group = found(call)
        refuseStranger(call, group, parts)
        const id = readReference((await call.json())['@odata.id'])
        refuseLink(parts, { group, kind: o.kind, id })
        call.change(change(call, group, 'Assign'), () => groups.link(group.id, o.kind, id))
        return call.c.body(null, 204)
      },
    },
    {
      call: `DELETE /groups/:id/${o.path}/:member/$ref`,
      need: need.change,
      fact,
      serve(call) {
        const group = found(call)
        refuseStranger(call, group, parts)
        const id = call.param('member')
        if (!groups.has(group.id, o.kind, id)) throw notFound(id)
        if (o.kind === 'owner' && groups.idsOf(group.id, 'owner').length === 1)
          throw badRequest('The group must have at least one owner, hence this owner cannot be removed.')
        call.change(change(call, group, 'Unassign'), () => groups.unlink(group.id, o.kind, id))
        return call.c.body(null, 204)
      },
    },
  ]
}

function transitiveRoutes(parts: DirectoryParts): readonly Route[] {
  const { groups } = parts.directory
  const found = finder(parts)
  return [
    ...listRoutes(parts, {
      path: 'transitiveMembers',
      fact: 'Graph "List group transitive members"',
      ids: (group) => groups.transitiveMemberIds(group.id),
    }),
    ...listRoutes(parts, {
      path: 'memberOf',
      fact: 'Graph "List group memberOf"',
      ids: (group) => groups.groupIdsOf(group.id, 'member'),
    }),
    ...listRoutes(parts, {
      path: 'transitiveMemberOf',
      fact: 'Graph "List group transitive memberOf"',
      ids: (group) => groups.transitiveGroupIdsOf(group.id),
    }),
    {
      call: 'GET /groups/:id/members/:member',
      need: need.member,
      fact: 'Graph "List group members"',
      serve(call) {
        const group = found(call)
        const id = call.param('member')
        const object = groups.has(group.id, 'member', id) ? findObject(id, parts) : undefined
        if (!object) throw notFound(id)
        return answerItem(call.c, 'directoryObjects', object)
      },
    },
  ]
}

/** The list, its count, and the list of one kind: `members`, `members/$count`, `members/microsoft.graph.user`. */
function listRoutes(
  parts: DirectoryParts,
  o: { path: string; fact: string; ids: (group: Group) => string[] },
): readonly Route[] {
  const found = finder(parts)
  const { fact } = o
  const list = (call: Call) => findObjects(o.ids(found(call)), parts).map((one) => asSeenBy(call, one))
  return [
    {
      call: `GET /groups/:id/${o.path}`,
      need: need.read,
      fact,
      serve: (call) => answerCollection(call.c, 'directoryObjects', list(call)),
    },
    {
      call: `GET /groups/:id/${o.path}/$count`,
      need: need.read,
      fact,
      serve: (call) => answerCount(call.c, 'directoryObjects', list(call)),
    },
    {
      call: `GET /groups/:id/${o.path}/:type{microsoft\\.graph\\.\\w+}`,
      need: need.read,
      fact,
      serve: (call) => answerCollection(call.c, 'directoryObjects', ofType(list(call), call.param('type'))),
    },
  ]
}

/** Who may read groups but not people sees only that there is someone: "limited information for inaccessible member objects". */
function asSeenBy({ caller }: Call, object: DirectoryObject): DirectoryObject {
  const held = [...caller.scopes, ...caller.roles]
  const isUser = object['@odata.type'] === '#microsoft.graph.user'
  const mayRead = held.some((one) => /^(User\.Read(Basic|Write)?|Directory\.Read(Write)?)\.All$/.test(one))
  if (!isUser || mayRead) return object
  const hidden = Object.entries(object).map(([name, value]) => [name, Array.isArray(value) ? [] : null])
  return { ...Object.fromEntries(hidden), id: object.id, '@odata.type': object['@odata.type'] }
}

const finder =
  ({ directory }: DirectoryParts) =>
  (call: Call): Group => {
    const group = directory.groups.find(call.param('id'))
    if (!group) throw notFound(call.param('id'))
    return group
  }

/** A person changes groups as their owner, or with a role that manages groups. */
function refuseStranger(call: Call, group: Group, { directory }: DirectoryParts): void {
  const { caller } = call
  if (caller.kind === 'app' || call.holdsRole(administrators)) return
  if (!directory.groups.has(group.id, 'owner', caller.userId!)) throw denied()
}

function needsGroupWrite({ caller }: Call): void {
  if (![...caller.scopes, ...caller.roles].some((one) => write.includes(one))) throw denied()
}

function refuseLink(parts: DirectoryParts, o: { group: Group; kind: GroupLink; id: string }): void {
  const object = findObject(o.id, parts)
  if (!object || object['@odata.type'] === '#microsoft.graph.application') throw notFound(o.id)
  if (o.kind === 'owner' && object['@odata.type'] === '#microsoft.graph.group')
    throw new GraphFailure(400, 'Request_BadRequest', 'A group cannot be the owner of a group.')
  if (parts.directory.groups.has(o.group.id, o.kind, o.id))
    throw badRequest(
      `One or more added object references already exist for the following modified properties: '${o.kind}s'.`,
    )
}

const groupRecord = (activity: string, operation: 'Add' | 'Update' | 'Delete') =>
  ({ activity, operation, category: 'GroupManagement' }) as const
const target = (group: Group, modified: readonly string[] = []) =>
  ({ id: group.id, displayName: group.displayName, type: 'Group', modified }) as const
