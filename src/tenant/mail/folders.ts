import { randomBytes } from 'node:crypto'
import type { SQLInputValue } from 'node:sqlite'
import type { TenantContext } from '../context.ts'
import { fail, idMalformed } from './failures.ts'

export interface FolderRow {
  num: number
  mailbox: string
  graph_id: string
  parent: number | null
  display_name: string
  name_key: string
  well_known: string | null
  is_hidden: number
}

/** The folder tree of every mailbox. A mailbox gets its well-known folders when it is first looked at. */
export interface Folders {
  ensureMailbox(mailbox: string): void
  wellKnown(mailbox: string, name: string): FolderRow
  /** By well-known name (any case) or id. Throws 400 `ErrorInvalidIdMalformed`, 404 `ErrorFolderNotFound`. */
  find(mailbox: string, nameOrId: string): FolderRow
  byNum(num: number): FolderRow
  children(folder: FolderRow, options: { hidden: boolean }): FolderRow[]
  create(parent: FolderRow, displayName: string, isHidden: boolean): FolderRow
  /** Walks `Inbox/Booked` by display name, any case; creates what is missing. */
  byPath(mailbox: string, path: string, options: { create: boolean }): FolderRow | undefined
  rename(folder: FolderRow, displayName: string): FolderRow
  move(folder: FolderRow, destination: FolderRow): FolderRow
  remove(folder: FolderRow): void
  isInside(folder: FolderRow, ancestor: FolderRow): boolean
  /** Recoverable Items, which message lists and ids outside it do not show. */
  isDumpster(num: number): boolean
  dumpsterNums(mailbox: string): number[]
  counts(folder: FolderRow): { total: number; unread: number; children: number }
}

interface Tools {
  context: TenantContext
  all<T>(sql: string, ...values: SQLInputValue[]): T[]
  one<T>(sql: string, ...values: SQLInputValue[]): T | undefined
  run(sql: string, ...values: SQLInputValue[]): number
}

/** name, display name, parent, hidden: the names of graph-mail.md section 1, displayed as an English mailbox does. */
const wellKnownFolders: readonly [string, string, string | null, boolean][] = [
  ['msgfolderroot', 'Top of Information Store', null, false],
  ['recoverableitemsroot', 'Recoverable Items', null, true],
  ['archive', 'Archive', 'msgfolderroot', false],
  ['conversationhistory', 'Conversation History', 'msgfolderroot', false],
  ['deleteditems', 'Deleted Items', 'msgfolderroot', false],
  ['drafts', 'Drafts', 'msgfolderroot', false],
  ['inbox', 'Inbox', 'msgfolderroot', false],
  ['junkemail', 'Junk Email', 'msgfolderroot', false],
  ['outbox', 'Outbox', 'msgfolderroot', false],
  ['sentitems', 'Sent Items', 'msgfolderroot', false],
  ['clutter', 'Clutter', 'msgfolderroot', true],
  ['scheduled', 'Scheduled', 'msgfolderroot', true],
  ['searchfolders', 'Search Folders', 'msgfolderroot', true],
  ['syncissues', 'Sync Issues', 'msgfolderroot', true],
  ['conflicts', 'Conflicts', 'syncissues', true],
  ['localfailures', 'Local Failures', 'syncissues', true],
  ['serverfailures', 'Server Failures', 'syncissues', true],
  ['recoverableitemsdeletions', 'Deletions', 'recoverableitemsroot', true],
  ['recoverableitemspurges', 'Purges', 'recoverableitemsroot', true],
]
const wellKnownNames = new Set(wellKnownFolders.map(([name]) => name))

export const folderNotFound = (): Error =>
  fail(404, 'ErrorFolderNotFound', 'The specified folder could not be found in the store.')
export const folderExists = (displayName: string): Error =>
  fail(
    409,
    'ErrorFolderExists',
    `A folder with the specified name already exists., Could not create folder '${displayName}'.`,
  )

export function createFolders({ context, all, one, run }: Tools): Folders {
  const ready = new Set<string>()
  const known = new Map<string, FolderRow>()
  const dumpsters = new Set<number>()

  const folders: Folders = {
    ensureMailbox(mailbox) {
      if (ready.has(mailbox)) return
      if (!one('SELECT 1 FROM mail_folders WHERE mailbox = ? LIMIT 1', mailbox))
        context.transaction(() => {
          const nums = new Map<string, number>()
          for (const [name, displayName, parent, hidden] of wellKnownFolders)
            nums.set(
              name,
              insert({
                mailbox,
                parent: parent === null ? null : nums.get(parent)!,
                displayName,
                hidden,
                wellKnown: name,
              }),
            )
        })
      ready.add(mailbox)
      for (const num of folders.dumpsterNums(mailbox)) dumpsters.add(num)
    },
    wellKnown(mailbox, name) {
      folders.ensureMailbox(mailbox)
      const key = `${mailbox}/${name}`
      let row = known.get(key)
      if (!row) {
        row = one<FolderRow>(
          'SELECT * FROM mail_folders WHERE mailbox = ? AND well_known = ?',
          mailbox,
          name,
        )!
        known.set(key, row)
      }
      return row
    },
    find(mailbox, nameOrId) {
      folders.ensureMailbox(mailbox)
      const name = nameOrId.toLowerCase()
      if (wellKnownNames.has(name)) return folders.wellKnown(mailbox, name)
      if (!/^A[AQ]Mk[\w-]{20,300}=*$/.test(nameOrId)) throw idMalformed()
      const row = one<FolderRow>('SELECT * FROM mail_folders WHERE graph_id = ?', nameOrId)
      if (!row || row.mailbox !== mailbox) throw folderNotFound()
      return row
    },
    byNum: (num) => one<FolderRow>('SELECT * FROM mail_folders WHERE num = ?', num)!,
    children: (folder, { hidden }) =>
      all<FolderRow>(
        `SELECT * FROM mail_folders WHERE parent = ? ${hidden ? '' : 'AND is_hidden = 0'} ORDER BY name_key`,
        folder.num,
      ),
    create(parent, displayName, isHidden) {
      refuseTaken(parent.num, displayName)
      const num = insert({
        mailbox: parent.mailbox,
        parent: parent.num,
        displayName,
        hidden: isHidden,
        wellKnown: null,
      })
      return folders.byNum(num)
    },
    byPath(mailbox, path, { create }) {
      let folder = folders.wellKnown(mailbox, 'msgfolderroot')
      const names = path.split('/').filter((name) => name !== '')
      for (const [index, name] of names.entries()) {
        const child =
          one<FolderRow>(
            'SELECT * FROM mail_folders WHERE parent = ? AND name_key = ?',
            folder.num,
            name.toLowerCase(),
          ) ??
          (index === 0 && wellKnownNames.has(name.toLowerCase())
            ? folders.wellKnown(mailbox, name.toLowerCase())
            : undefined)
        if (!child && !create) return undefined
        folder = child ?? folders.create(folder, name, false)
      }
      return folder
    },
    rename(folder, displayName) {
      if (displayName.toLowerCase() !== folder.name_key) refuseTaken(folder.parent, displayName)
      run(
        'UPDATE mail_folders SET display_name = ?, name_key = ? WHERE num = ?',
        displayName,
        displayName.toLowerCase(),
        folder.num,
      )
      known.clear()
      return folders.byNum(folder.num)
    },
    move(folder, destination) {
      if (folders.isInside(destination, folder))
        throw fail(400, 'ErrorMoveCopyFailed', 'A folder cannot be moved into itself.')
      if (folder.parent !== destination.num) refuseTaken(destination.num, folder.display_name)
      run('UPDATE mail_folders SET parent = ? WHERE num = ?', destination.num, folder.num)
      return folders.byNum(folder.num)
    },
    remove(folder) {
      run('DELETE FROM mail_folders WHERE num = ?', folder.num)
      known.clear()
    },
    isInside(folder, ancestor) {
      let at: FolderRow | undefined = folder
      while (at) {
        if (at.num === ancestor.num) return true
        at = at.parent === null ? undefined : folders.byNum(at.parent)
      }
      return false
    },
    isDumpster: (num) => dumpsters.has(num),
    dumpsterNums: (mailbox) => [
      folders.wellKnown(mailbox, 'recoverableitemsdeletions').num,
      folders.wellKnown(mailbox, 'recoverableitemspurges').num,
    ],
    counts(folder) {
      const now = context.clock.nowMs()
      const { total, unread } = one<{ total: number; unread: number | null }>(
        `SELECT count(*) AS total, sum(is_read = 0) AS unread FROM mail_messages
         WHERE folder = ? AND (send_visible_until_ms IS NULL OR send_visible_until_ms > ?)`,
        folder.num,
        now,
      )!
      const { children } = one<{ children: number }>(
        'SELECT count(*) AS children FROM mail_folders WHERE parent = ? AND is_hidden = 0',
        folder.num,
      )!
      return { total, unread: unread ?? 0, children }
    },
  }

  function refuseTaken(parent: number | null, displayName: string): void {
    if (parent === null) return
    if (
      one('SELECT 1 FROM mail_folders WHERE parent = ? AND name_key = ?', parent, displayName.toLowerCase())
    )
      throw folderExists(displayName)
  }
  function insert(folder: {
    mailbox: string
    parent: number | null
    displayName: string
    hidden: boolean
    wellKnown: string | null
  }): number {
    return run(
      `INSERT INTO mail_folders (mailbox, graph_id, parent, display_name, name_key, well_known, is_hidden)
       VALUES (?,?,?,?,?,?,?)`,
      folder.mailbox,
      `AAMkAD${randomBytes(83).toString('base64url')}AAA=`,
      folder.parent,
      folder.displayName,
      folder.displayName.toLowerCase(),
      folder.wellKnown,
      Number(folder.hidden),
    )
  }
  return folders
}
