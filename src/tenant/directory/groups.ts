// Groups with their members and owners, as the directory keeps them. Graph: group resource.
import { randomUUID } from 'node:crypto'
import type { TenantClock } from '../context.ts'
import type { Store } from '../store/open-store.ts'

export interface Group {
  readonly id: string
  displayName: string
  mailNickname: string
  mailEnabled: boolean
  securityEnabled: boolean
  groupTypes: readonly string[]
  mail: string | null
  readonly createdDateTime: string
  deletedDateTime: string | null
  [other: string]: unknown
}
export type GroupLink = 'member' | 'owner'
export type Groups = ReturnType<typeof openGroups>

export function openGroups(store: Store, clock: TenantClock, tenantId: string) {
  const { db } = store
  const one = db.prepare('SELECT json FROM groups WHERE id = ? AND tenant_id = ? AND deleted_ms IS NULL')
  const all = db.prepare('SELECT json FROM groups WHERE tenant_id = ? AND deleted_ms IS NULL ORDER BY rowid')
  const add = db.prepare('INSERT INTO groups (id, tenant_id, json, created_ms) VALUES (?, ?, ?, ?)')
  const set = db.prepare('UPDATE groups SET json = ? WHERE id = ?')
  const bin = db.prepare('UPDATE groups SET deleted_ms = ? WHERE id = ?')
  const unbin = db.prepare(
    'UPDATE groups SET deleted_ms = NULL WHERE id = ? AND tenant_id = ? AND deleted_ms IS NOT NULL',
  )
  const binned = db.prepare(
    'SELECT json, deleted_ms FROM groups WHERE tenant_id = ? AND deleted_ms IS NOT NULL',
  )
  const purge = db.prepare('DELETE FROM groups WHERE id = ? AND tenant_id = ? AND deleted_ms IS NOT NULL')
  const links = db.prepare('SELECT object_id FROM group_links WHERE group_id = ? AND kind = ? ORDER BY rowid')
  const hasLink = db.prepare('SELECT 1 FROM group_links WHERE group_id = ? AND kind = ? AND object_id = ?')
  const addLink = db.prepare('INSERT OR IGNORE INTO group_links VALUES (?, ?, ?)')
  const dropLink = db.prepare('DELETE FROM group_links WHERE group_id = ? AND kind = ? AND object_id = ?')
  const linksOf = db.prepare(
    'SELECT group_id FROM group_links JOIN groups ON groups.id = group_id WHERE object_id = ? AND kind = ? AND deleted_ms IS NULL',
  )
  const read = (row: unknown): Group | undefined =>
    row ? (JSON.parse((row as { json: string }).json) as Group) : undefined
  const now = (): string => new Date(clock.nowMs()).toISOString().replace(/\.\d{3}Z$/, 'Z')

  const groups = {
    find: (id: string) => read(one.get(id, tenantId)),
    all: () => all.all(tenantId).map((row) => read(row)!),
    create(body: Record<string, unknown>): Group {
      const id = randomUUID()
      const at = now()
      const group = {
        ...emptyGroup,
        ...body,
        id,
        createdDateTime: at,
        renewedDateTime: at,
        securityIdentifier: securityIdentifier(id),
      } as unknown as Group
      add.run(id, tenantId, JSON.stringify(group), clock.nowMs())
      return group
    },
    update(group: Group, body: Record<string, unknown>): void {
      set.run(JSON.stringify({ ...group, ...body, id: group.id }), group.id)
    },
    remove: (id: string) => void bin.run(clock.nowMs(), id),
    restore: (id: string) => unbin.run(id, tenantId).changes > 0,
    purge: (id: string) => purge.run(id, tenantId).changes > 0,
    deleted: () =>
      (binned.all(tenantId) as { json: string; deleted_ms: number }[]).map((row) => ({
        ...read(row)!,
        deletedDateTime: new Date(row.deleted_ms).toISOString(),
      })),
    idsOf: (groupId: string, kind: GroupLink) =>
      (links.all(groupId, kind) as { object_id: string }[]).map((row) => row.object_id),
    has: (groupId: string, kind: GroupLink, objectId: string) =>
      hasLink.get(groupId, kind, objectId) !== undefined,
    /** false: it was there already. */
    link: (groupId: string, kind: GroupLink, objectId: string) =>
      addLink.run(groupId, kind, objectId).changes > 0,
    unlink: (groupId: string, kind: GroupLink, objectId: string) =>
      dropLink.run(groupId, kind, objectId).changes > 0,
    /** Groups the object is a direct member (or owner) of. */
    groupIdsOf: (objectId: string, kind: GroupLink) =>
      (linksOf.all(objectId, kind) as { group_id: string }[]).map((row) => row.group_id),
    /** Groups the object is a member of, directly or through other groups. */
    transitiveGroupIdsOf(objectId: string): string[] {
      const found = new Set<string>()
      const open = [objectId]
      while (open.length > 0)
        for (const id of groups.groupIdsOf(open.pop()!, 'member'))
          if (!found.has(id)) {
            found.add(id)
            open.push(id)
          }
      return [...found]
    },
    /** Members of the group and of the groups in it, each once. */
    transitiveMemberIds(groupId: string): string[] {
      const found = new Set<string>()
      const open = [groupId]
      while (open.length > 0)
        for (const id of groups.idsOf(open.pop()!, 'member'))
          if (!found.has(id)) {
            found.add(id)
            open.push(id)
          }
      return [...found]
    },
  }
  return groups
}

/** `S-1-12-1-` and the four little-endian words of the object ID. */
function securityIdentifier(id: string): string {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex')
  const ordered = Buffer.concat([
    bytes.subarray(0, 4).reverse(),
    bytes.subarray(4, 6).reverse(),
    bytes.subarray(6, 8).reverse(),
    bytes.subarray(8),
  ])
  return `S-1-12-1-${[0, 4, 8, 12].map((at) => ordered.readUInt32LE(at)).join('-')}`
}

const emptyGroup = {
  deletedDateTime: null,
  classification: null,
  description: null,
  displayName: '',
  expirationDateTime: null,
  groupTypes: [],
  isAssignableToRole: null,
  mail: null,
  mailEnabled: false,
  mailNickname: '',
  membershipRule: null,
  membershipRuleProcessingState: null,
  onPremisesDomainName: null,
  onPremisesLastSyncDateTime: null,
  onPremisesNetBiosName: null,
  onPremisesSamAccountName: null,
  onPremisesSecurityIdentifier: null,
  onPremisesSyncEnabled: null,
  preferredDataLocation: null,
  preferredLanguage: null,
  proxyAddresses: [],
  resourceBehaviorOptions: [],
  resourceProvisioningOptions: [],
  securityEnabled: false,
  theme: null,
  visibility: null,
  onPremisesProvisioningErrors: [],
}
