// The recycle bin of the directory: thirty days, then gone. entra.md section 8.1; Graph "List deletedItems", "Restore deleted item".
import { applicationView } from './application-view.ts'
import { recycleMs } from './applications.ts'
import {
  applicationAdministrators,
  badRequest,
  type Call,
  denied,
  type DirectoryParts,
  type Route,
} from './contract.ts'
import { notFound } from './objects.ts'
import { answerCollection, answerItem } from './odata.ts'
import { userView } from './user-view.ts'

const readWrite: Readonly<Record<string, readonly string[]>> = {
  application: ['Application.ReadWrite.All', 'Directory.ReadWrite.All'],
  servicePrincipal: ['Application.ReadWrite.All', 'Directory.ReadWrite.All'],
  user: ['User.DeleteRestore.All', 'User.ReadWrite.All', 'Directory.ReadWrite.All'],
  group: ['Group.ReadWrite.All', 'Directory.ReadWrite.All'],
}
const read: Readonly<Record<string, readonly string[]>> = {
  application: ['Application.Read.All', 'Directory.Read.All'],
  servicePrincipal: ['Application.Read.All', 'Directory.Read.All'],
  user: ['User.Read.All', 'Directory.Read.All'],
  group: ['Group.Read.All', 'Directory.Read.All'],
}
const roles: Readonly<Record<string, readonly string[]>> = {
  application: applicationAdministrators,
  servicePrincipal: applicationAdministrators,
  user: ['User Administrator'],
  group: ['Groups Administrator', 'User Administrator'],
}
type Kind = 'application' | 'servicePrincipal' | 'user' | 'group'
interface Deleted {
  readonly kind: Kind
  readonly row: Record<string, unknown> & { id: string }
}

const anyOf = (table: Readonly<Record<string, readonly string[]>>): string[] => [
  ...new Set(Object.values(table).flat()),
]
const sets = { application: 'applications', servicePrincipal: 'servicePrincipals', user: 'users', group: 'groups' } as const // prettier-ignore

export function deletedRoutes(parts: DirectoryParts): readonly Route[] {
  const { directory, users, context } = parts
  const listOf: Record<Kind, (call: Call) => Deleted['row'][]> = {
    application: ({ c }) =>
      directory
        .deletedApplications()
        .map((one) => ({ ...applicationView(one, { directory, c }), id: one.id })),
    servicePrincipal: () => directory.deletedPrincipals(),
    group: () => directory.groups.deleted(),
    user: () =>
      users
        .deleted()
        .filter((one) => one.deletedMs > context.clock.nowMs() - recycleMs)
        .map(({ user, deletedMs }) => ({
          ...userView(user, users),
          id: user.id,
          deletedDateTime: new Date(deletedMs).toISOString().replace(/\.\d{3}Z$/, 'Z'),
        })),
  }
  const find = (call: Call): Deleted => {
    const id = call.param('id')
    for (const kind of Object.keys(listOf) as Kind[]) {
      const row = listOf[kind](call).find((one) => one.id === id)
      if (row) return { kind, row }
    }
    throw notFound(id)
  }
  return [
    {
      call: 'GET /directory/deletedItems/:type{microsoft\\.graph\\.\\w+}',
      need: { delegated: [...anyOf(read), ...anyOf(readWrite)] },
      fact: 'entra.md 8.1',
      serve(call) {
        const kind = (Object.keys(listOf) as Kind[]).find(
          (one) => `microsoft.graph.${one}`.toLowerCase() === call.param('type').toLowerCase(),
        )
        if (!kind) throw badRequest(`The type '${call.param('type').slice(0, 60)}' has no deleted items.`)
        needs(call, [...read[kind]!, ...readWrite[kind]!])
        return answerCollection(call.c, sets[kind], listOf[kind](call))
      },
    },
    {
      call: 'GET /directory/deletedItems/:id',
      need: { delegated: [...anyOf(read), ...anyOf(readWrite)] },
      fact: 'Graph "Get deletedItem"',
      serve(call) {
        const { kind, row } = find(call)
        needs(call, [...read[kind]!, ...readWrite[kind]!])
        return answerItem(call.c, 'directoryObjects', { '@odata.type': `#microsoft.graph.${kind}`, ...row })
      },
    },
    {
      call: 'POST /directory/deletedItems/:id/restore',
      need: { delegated: anyOf(readWrite) },
      fact: 'entra.md 8.1',
      serve(call) {
        const found = find(call)
        mayChange(call, found.kind)
        call.change(record('Restore', found), () => restore(found, parts))
        return answerItem(call.c, 'directoryObjects', {
          '@odata.type': `#microsoft.graph.${found.kind}`,
          ...found.row,
          deletedDateTime: null,
        })
      },
    },
    {
      call: 'DELETE /directory/deletedItems/:id',
      need: { delegated: anyOf(readWrite) },
      fact: 'entra.md 8.1',
      serve(call) {
        const found = find(call)
        mayChange(call, found.kind)
        call.change(record('Hard Delete', found), () => purge(found, parts))
        return call.c.body(null, 204)
      },
    },
  ]
}

function restore({ kind, row }: Deleted, { directory, users, context }: DirectoryParts): void {
  if (kind === 'application') directory.restoreApplication(row.id)
  else if (kind === 'servicePrincipal') directory.restorePrincipal(row.id)
  else if (kind === 'group') directory.groups.restore(row.id)
  else {
    if (context.findUser(String(row['userPrincipalName'])))
      throw badRequest('Another object with the same value for property userPrincipalName already exists.')
    users.restore(row.id)
  }
}

function purge({ kind, row }: Deleted, { directory, users }: DirectoryParts): void {
  if (kind === 'application') {
    directory.purgeApplication(row.id)
    directory.purgePrincipal(String(row['appId']))
  } else if (kind === 'servicePrincipal') directory.purgePrincipal(row.id)
  else if (kind === 'group') directory.groups.purge(row.id)
  else users.purge(row.id)
}

function needs({ caller }: Call, permissions: readonly string[]): void {
  if (![...caller.scopes, ...caller.roles].some((one) => permissions.includes(one))) throw denied()
}

function mayChange(call: Call, kind: Kind): void {
  needs(call, readWrite[kind]!)
  if (call.caller.kind === 'user' && !call.holdsRole(roles[kind]!)) throw denied()
}

const names = {
  application: 'application',
  servicePrincipal: 'service principal',
  user: 'user',
  group: 'group',
}
const types = { application: 'Application', servicePrincipal: 'ServicePrincipal', user: 'User', group: 'Group' } as const // prettier-ignore
const categories = { application: 'ApplicationManagement', servicePrincipal: 'ApplicationManagement', user: 'UserManagement', group: 'GroupManagement' } as const // prettier-ignore
const record = (verb: 'Restore' | 'Hard Delete', { kind, row }: Deleted) =>
  ({
    activity: `${verb} ${names[kind]}`,
    category: categories[kind],
    operation: verb === 'Restore' ? 'Update' : 'Delete',
    targets: () => [{ id: row.id, displayName: String(row['displayName'] ?? ''), type: types[kind] }],
  }) as const
