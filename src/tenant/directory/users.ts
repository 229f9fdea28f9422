// The people of the tenant and their default organisation (issue: the main job, Build 5).
import { randomBytes, randomUUID } from 'node:crypto'
import type { Store } from '../store/open-store.ts'
import type { DirectoryUser, TenantClock } from '../context.ts'

interface UserRow {
  id: string
  upn: string
  display_name: string
  password: string
  enabled: number
  mailbox_kind: DirectoryUser['mailboxKind']
  full_access_json: string
  roles_json: string
  wrong_passwords: number
  locked_until_ms: number
}

export interface NewUser {
  readonly userPrincipalName: string
  readonly displayName?: string
  readonly password?: string
  readonly roles?: readonly string[]
  readonly mailboxKind?: DirectoryUser['mailboxKind']
  readonly fullAccess?: readonly string[]
  readonly accountEnabled?: boolean
}

export interface Users {
  find(idOrName: string): DirectoryUser | undefined
  all(): DirectoryUser[]
  create(user: NewUser): DirectoryUser
  passwordOf(id: string): string
  /** Milliseconds until which sign-in is refused after too many wrong passwords; 0 when not locked. */
  lockedUntilMs(id: string): number
  countPassword(id: string, right: boolean): void
}

export const domains = ['contoso.example', 'contoso.onmicrosoft.com']
export const organisationName = 'Contoso'
const wrongPasswordsBeforeLock = 10
const lockMs = 60_000

export function openUsers(store: Store, clock: TenantClock): Users {
  const { db } = store
  const find = db.prepare('SELECT * FROM users WHERE id = ?1 OR upn = ?1')
  const all = db.prepare('SELECT * FROM users ORDER BY rowid')
  const insert = db.prepare(
    'INSERT INTO users (id, upn, display_name, password, enabled, mailbox_kind, full_access_json, roles_json, created_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const count = db.prepare('UPDATE users SET wrong_passwords = ?, locked_until_ms = ? WHERE id = ?')
  const row = (idOrName: string): UserRow | undefined => find.get(idOrName) as UserRow | undefined
  const users: Users = {
    find: (idOrName) => asUser(row(idOrName)),
    all: () => (all.all() as unknown as UserRow[]).map((one) => asUser(one)!),
    create(user) {
      const id = randomUUID()
      insert.run(
        id,
        user.userPrincipalName,
        user.displayName ?? user.userPrincipalName.split('@')[0]!,
        user.password ?? randomBytes(12).toString('base64url'),
        user.accountEnabled === false ? 0 : 1,
        user.mailboxKind ?? 'user',
        JSON.stringify(user.fullAccess ?? []),
        JSON.stringify(user.roles ?? []),
        clock.nowMs(),
      )
      return users.find(id)!
    },
    passwordOf: (id) => row(id)?.password ?? '',
    lockedUntilMs: (id) => row(id)?.locked_until_ms ?? 0,
    countPassword(id, right) {
      const wrong = right ? 0 : (row(id)?.wrong_passwords ?? 0) + 1
      const locked = wrong >= wrongPasswordsBeforeLock
      count.run(locked ? 0 : wrong, locked ? clock.nowMs() + lockMs : 0, id)
    },
  }
  if (users.all().length === 0) store.transaction(() => createOrganisation(users))
  return users
}

function createOrganisation(users: Users): void {
  users.create({
    userPrincipalName: 'admin@contoso.example',
    displayName: 'Admin',
    roles: ['Global Administrator'],
  })
  const ada = users.create({ userPrincipalName: 'ada@contoso.example', displayName: 'Ada Lovelace' })
  users.create({ userPrincipalName: 'grace@contoso.example', displayName: 'Grace Hopper' })
  const bot = users.create({ userPrincipalName: 'invoice.bot@contoso.example', displayName: 'Invoice Bot' })
  users.create({
    userPrincipalName: 'billing@contoso.example',
    displayName: 'Billing',
    mailboxKind: 'shared',
    fullAccess: [bot.id, ada.id],
    accountEnabled: false,
  })
}

function asUser(row: UserRow | undefined): DirectoryUser | undefined {
  if (!row) return undefined
  return {
    id: row.id,
    userPrincipalName: row.upn,
    displayName: row.display_name,
    mail: row.mailbox_kind === 'none' ? null : row.upn,
    accountEnabled: row.enabled === 1,
    mailboxKind: row.mailbox_kind,
    fullAccess: JSON.parse(row.full_access_json) as string[],
    roles: JSON.parse(row.roles_json) as string[],
  }
}
