// The people of every tenant, and those of one as its directory sees them.
import { randomBytes, randomUUID } from 'node:crypto'
import type { Store } from '../store/open-store.ts'
import type { DirectoryUser, TenantClock } from '../context.ts'

interface UserRow {
  id: string
  tenant_id: string
  home_id: string | null
  upn: string
  display_name: string
  password: string
  enabled: number
  mailbox_kind: DirectoryUser['mailboxKind']
  full_access_json: string
  roles_json: string
  created_ms: number
}
interface DetailRow {
  json: string
  must_change_password: number
  password_changed_ms: number
  sessions_valid_from_ms: number
}
const noDetails: DetailRow = {
  json: '{}',
  must_change_password: 0,
  password_changed_ms: 0,
  sessions_valid_from_ms: 0,
}

export interface NewUser {
  readonly userPrincipalName: string
  readonly displayName?: string
  readonly password?: string
  readonly roles?: readonly string[]
  readonly mailboxKind?: DirectoryUser['mailboxKind']
  readonly fullAccess?: readonly string[]
  readonly accountEnabled?: boolean
  readonly mustChangePassword?: boolean
  readonly details?: Record<string, unknown>
  /** Of a guest: the person's own object, elsewhere. */
  readonly homeId?: string
}

/** The people of all tenants. Ids and names are unique over all of them. */
export interface People {
  find(idOrName: string): DirectoryUser | undefined
  all(): DirectoryUser[]
  /** The object of a person of elsewhere in a tenant they were invited to. */
  guestOf(homeId: string, tenantId: string): DirectoryUser | undefined
  passwordOf(id: string): string
  update(id: string, change: UserChange): void
  /** Ends the refresh tokens that public clients got before, as Entra does. */
  setPassword(id: string, password: string, options: { readonly mustChange: boolean }): void
  /** The next sign-in must set a new password. */
  mustChangePassword(id: string): boolean
  /** Milliseconds: refresh tokens and sessions from before are refused (AADSTS50173). 0: all hold. */
  sessionsValidFromMs(id: string): number
  /** When the password was changed last, milliseconds; 0: never since it was given. */
  passwordChangedMs(id: string): number
  revokeSessions(id: string): void
  /** Graph's further properties: givenName, jobTitle, otherMails and the like. */
  details(id: string): Record<string, unknown>
  createdMs(id: string): number
}

/** The people of one tenant: nobody else is found. What takes an id of somebody found works as for all. */
export interface Users extends People {
  create(user: NewUser): DirectoryUser
  /** Into the recycle bin, from where `restore` fetches it for 30 days. */
  remove(id: string): void
  restore(id: string): DirectoryUser | undefined
  purge(id: string): boolean
  deleted(): { user: DirectoryUser; deletedMs: number }[]
}

export interface UserChange {
  readonly userPrincipalName?: string
  readonly displayName?: string
  readonly accountEnabled?: boolean
  readonly roles?: readonly string[]
  readonly mailboxKind?: DirectoryUser['mailboxKind']
  readonly mustChangePassword?: boolean
  /** Merged into the details. */
  readonly details?: Record<string, unknown>
}

export function openPeople({ db, kept }: Store, clock: TenantClock): People {
  const find = db.prepare('SELECT * FROM users WHERE id = ?1 OR upn = ?1')
  const all = db.prepare('SELECT * FROM users ORDER BY rowid')
  const guest = db.prepare('SELECT * FROM users WHERE home_id = ? AND tenant_id = ?')
  const set = db.prepare(
    'UPDATE users SET upn = ?, display_name = ?, enabled = ?, mailbox_kind = ?, roles_json = ? WHERE id = ?',
  )
  const newPassword = db.prepare('UPDATE users SET password = ? WHERE id = ?')
  const details = db.prepare('SELECT * FROM user_details WHERE user_id = ?')
  const setDetails = db.prepare('UPDATE user_details SET json = ? WHERE user_id = ?')
  const passwordSet = db.prepare(
    'UPDATE user_details SET must_change_password = ?, password_changed_ms = ? WHERE user_id = ?',
  )
  const mustChange = db.prepare('UPDATE user_details SET must_change_password = ? WHERE user_id = ?')
  const revoke = db.prepare('UPDATE user_details SET sessions_valid_from_ms = ? WHERE user_id = ?')
  const detailRow = kept((id) => (details.get(id) as unknown as DetailRow | undefined) ?? noDetails)
  const row = kept((idOrName) => find.get(idOrName) as UserRow | undefined)
  const people: People = {
    find: (idOrName) => asUser(row(idOrName)),
    all: () => (all.all() as unknown as UserRow[]).map((one) => asUser(one)!),
    guestOf: (homeId, tenantId) => asUser(guest.get(homeId, tenantId) as UserRow | undefined),
    passwordOf: (id) => row(id)?.password ?? '',
    update(id, change) {
      const before = row(id)
      if (!before) return
      set.run(
        change.userPrincipalName ?? before.upn,
        change.displayName ?? before.display_name,
        (change.accountEnabled ?? before.enabled === 1) ? 1 : 0,
        change.mailboxKind ?? before.mailbox_kind,
        change.roles ? JSON.stringify(change.roles) : before.roles_json,
        before.id,
      )
      if (change.details)
        setDetails.run(JSON.stringify({ ...people.details(before.id), ...change.details }), before.id)
      if (change.mustChangePassword !== undefined)
        mustChange.run(change.mustChangePassword ? 1 : 0, before.id)
    },
    setPassword(id, password, { mustChange }) {
      newPassword.run(password, id)
      passwordSet.run(mustChange ? 1 : 0, clock.nowMs(), id)
    },
    mustChangePassword: (id) => detailRow(id).must_change_password === 1,
    sessionsValidFromMs: (id) => detailRow(id).sessions_valid_from_ms,
    passwordChangedMs: (id) => detailRow(id).password_changed_ms,
    revokeSessions: (id) => void revoke.run(clock.nowMs(), id),
    details: (id) => JSON.parse(detailRow(id).json) as Record<string, unknown>,
    createdMs: (id) => row(id)?.created_ms ?? 0,
  }
  return people
}

export function openUsers(store: Store, clock: TenantClock, o: { tenantId: string; people: People }): Users {
  const { db } = store
  const { tenantId } = o
  const find = db.prepare('SELECT * FROM users WHERE (id = ?1 OR upn = ?1) AND tenant_id = ?2')
  const all = db.prepare('SELECT * FROM users WHERE tenant_id = ? ORDER BY rowid')
  const insert = db.prepare(
    'INSERT INTO users (id, tenant_id, home_id, upn, display_name, password, enabled, mailbox_kind, full_access_json, roles_json, created_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const addDetails = db.prepare('INSERT INTO user_details VALUES (?, ?, ?, ?, ?)')
  const users: Users = {
    ...o.people,
    find: (idOrName) => asUser(find.get(idOrName, tenantId) as UserRow | undefined),
    all: () => (all.all(tenantId) as unknown as UserRow[]).map((one) => asUser(one)!),
    create(user) {
      const id = randomUUID()
      insert.run(
        id,
        tenantId,
        user.homeId ?? null,
        user.userPrincipalName,
        user.displayName ?? user.userPrincipalName.split('@')[0]!,
        user.password ?? randomBytes(12).toString('base64url'),
        user.accountEnabled === false ? 0 : 1,
        user.mailboxKind ?? 'user',
        JSON.stringify(user.fullAccess ?? []),
        JSON.stringify(user.roles ?? []),
        clock.nowMs(),
      )
      addDetails.run(id, JSON.stringify(user.details ?? {}), user.mustChangePassword ? 1 : 0, 0, 0)
      return users.find(id)!
    },
    ...openBin(store, clock, { tenantId, find: (id) => users.find(id) }),
  }
  return users
}

type Bin = Pick<Users, 'remove' | 'restore' | 'purge' | 'deleted'>

function openBin({ db }: Store, clock: TenantClock, o: { tenantId: string; find: Users['find'] }): Bin {
  const bin = db.prepare(
    `INSERT INTO deleted_users SELECT id, ${columnsAsJson(db)}, ?1 FROM users WHERE id = ?2`,
  )
  const drop = db.prepare('DELETE FROM users WHERE id = ?')
  const here = "json_extract(json, '$.tenant_id')"
  const unbin = db.prepare(
    `INSERT INTO users ${columnsFromJson(db)} FROM deleted_users WHERE id = ?1 AND ${here} = ?2`,
  )
  const dropDetails = db.prepare('DELETE FROM user_details WHERE user_id = ?')
  const purge = db.prepare('DELETE FROM deleted_users WHERE id = ?')
  const binned = db.prepare(
    `SELECT json, deleted_ms FROM deleted_users WHERE ${here} = ? ORDER BY deleted_ms DESC`,
  )
  return {
    remove(id) {
      bin.run(clock.nowMs(), id)
      drop.run(id)
    },
    restore(id) {
      if (unbin.run(id, o.tenantId).changes === 0) return undefined
      purge.run(id)
      return o.find(id)
    },
    purge(id) {
      dropDetails.run(id)
      return purge.run(id).changes > 0
    },
    deleted: () =>
      (binned.all(o.tenantId) as { json: string; deleted_ms: number }[]).map((one) => ({
        user: asUser(JSON.parse(one.json) as UserRow)!,
        deletedMs: one.deleted_ms,
      })),
  }
}

/** The whole row of a user as one JSON text, whatever columns later migrations add. */
function columnsAsJson(db: Store['db']): string {
  return `json_object(${columnsOf(db)
    .map((name) => `'${name}', "${name}"`)
    .join(', ')})`
}
function columnsFromJson(db: Store['db']): string {
  const names = columnsOf(db)
  const values = names.map((name) => `json_extract(json, '$.${name}')`).join(', ')
  return `(${names.map((name) => `"${name}"`).join(', ')}) SELECT ${values}`
}
function columnsOf(db: Store['db']): string[] {
  return (db.prepare("SELECT name FROM pragma_table_info('users')").all() as { name: string }[]).map(
    (one) => one.name,
  )
}

function asUser(row: UserRow | undefined): DirectoryUser | undefined {
  if (!row) return undefined
  return {
    id: row.id,
    tenantId: row.tenant_id,
    homeId: row.home_id ?? null,
    userPrincipalName: row.upn,
    displayName: row.display_name,
    mail: row.mailbox_kind === 'none' ? null : row.upn,
    accountEnabled: row.enabled === 1,
    mailboxKind: row.mailbox_kind,
    fullAccess: JSON.parse(row.full_access_json) as string[],
    roles: JSON.parse(row.roles_json) as string[],
  }
}
