import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Clock } from '../../facts/clock.ts'
import type { Account, SignedIn, TokenSet } from '../account.ts'
import { chooseKeyHolder, createKey, readKey, type KeyHolder } from '../node/vault-key.ts'
import { SignInError } from '../signin-error.ts'
import { carryLearned } from './carry-learned.ts'
import type { LockOptions, RefreshLock, StoredSignIn, Vault } from './contract.ts'
import { createPrivateDirectory, createPrivateFile } from './private-file.ts'
import { takeRefreshLock } from './refresh-lock.ts'
import { seal, unseal } from './seal.ts'
import { readContent, writeContent } from './sealed-content.ts'
import { isBusy, vaultFailure } from './sqlite-failure.ts'

export interface VaultOptions {
  readonly fetch?: typeof fetch
  readonly clock?: Clock
  /** `auto`: the OS keychain holds the key of a new vault, where it works. Default: `LETTERLOCK_KEYCHAIN`, else `auto`. */
  readonly keychain?: 'auto' | 'off'
}

const applicationId = 0x4c4c7674

/** Numbered; a released one is never edited. */
const migrations = [
  `CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT;
   CREATE TABLE accounts (
     id TEXT PRIMARY KEY,
     version INTEGER NOT NULL,
     sealed BLOB NOT NULL,
     refresh_started_at_ms INTEGER
   ) STRICT;
   INSERT INTO meta VALUES ('version', 0);`,
  // Marks the file as ours ("LLvt"); rows may hold other credentials than a secret, and tokens of several resources.
  `PRAGMA application_id = ${applicationId};`,
]

/**
 * Opens the vault in a directory, making both if needed: `vault.db` with sealed rows, its key in the keychain or in
 * `vault.key`. All files are 0600. Any number of processes may have it open.
 *
 * @throws {SignInError} `signin/vault-unreadable`, `signin/vault-key-missing`, `signin/vault-too-new`, `signin/vault-busy`
 * @example
 * const vault = openVault(home)
 * vault.list().map((account) => account.username)
 */
export function openVault(directory: string, options: VaultOptions = {}): Vault {
  let database: DatabaseSync | undefined
  try {
    createPrivateDirectory(directory)
    const home = realpathSync(directory)
    const file = join(home, 'vault.db')
    createPrivateFile(file)
    database = new DatabaseSync(file, { timeout: 10_000 })
    switchToWal(database)
    database.exec('PRAGMA synchronous = FULL; PRAGMA secure_delete = ON')
    const keychain = options.keychain ?? (process.env.LETTERLOCK_KEYCHAIN === 'off' ? 'off' : 'auto')
    return new SqliteVault(home, database, prepare(database, home, keychain))
  } catch (error) {
    database?.close()
    throw vaultFailure(error)
  }
}

/** Many processes may open a new vault at once, and SQLite does not wait for its turn at this one step. */
function switchToWal(database: DatabaseSync): void {
  const deadlineMs = performance.now() + 10_000
  for (;;) {
    try {
      database.exec('PRAGMA journal_mode = WAL')
      return
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadlineMs) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    }
  }
}

interface Key {
  readonly bytes: Buffer
  readonly holder: KeyHolder
}

function prepare(database: DatabaseSync, directory: string, keychain: 'auto' | 'off'): Key {
  // A vault that is as it should be is only read: a hundred processes that open it need not wait for one another.
  const holder = levelOf(database) === migrations.length ? keyHolderOf(database) : undefined
  if (holder !== undefined) return checkedKey(database, directory, holder)
  return transaction(database, () => {
    const level = levelOf(database)
    if (level > migrations.length) {
      throw new SignInError('signin/vault-too-new', 'the vault was written by a newer letterlock', {
        fix: 'Update letterlock.',
      })
    }
    if (level === 0) refuseForeign(database)
    for (const migration of migrations.slice(level)) database.exec(migration)
    // Written only when it changes: a commit waits for the disk, and every command opens the vault.
    if (level < migrations.length) database.exec(`PRAGMA user_version = ${migrations.length}`)
    const kept = keyHolderOf(database)
    return kept === undefined ? newKey(database, directory, keychain) : checkedKey(database, directory, kept)
  })
}

const levelOf = (database: DatabaseSync): number =>
  Number(database.prepare('PRAGMA user_version').get()?.user_version)

const keyHolderOf = (database: DatabaseSync): KeyHolder | undefined =>
  database.prepare(`SELECT value FROM meta WHERE name = 'key-holder'`).get()?.value as KeyHolder | undefined

/** Another program's database under our name is left as it is. */
function refuseForeign(database: DatabaseSync): void {
  const tables = Number(database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n)
  if (tables === 0) return
  throw new SignInError('signin/vault-unreadable', 'vault.db is not a vault of letterlock', {
    fix: 'Move vault.db to another place, then sign in again.',
  })
}

function newKey(database: DatabaseSync, directory: string, keychain: 'auto' | 'off'): Key {
  const holder = existsSync(join(directory, 'vault.key')) ? 'file' : chooseKeyHolder(keychain)
  const bytes = createKey(directory, holder)
  const insert = database.prepare('INSERT INTO meta VALUES (?, ?)')
  insert.run('key-holder', holder)
  insert.run('key-check', seal(bytes, 'key-check', ['key-check']))
  return { bytes, holder }
}

function checkedKey(database: DatabaseSync, directory: string, holder: KeyHolder): Key {
  const bytes = readKey(directory, holder)
  const check = database.prepare(`SELECT value FROM meta WHERE name = 'key-check'`).get()?.value as Uint8Array
  try {
    unseal(bytes, check, ['key-check'])
  } catch (cause) {
    throw new SignInError('signin/vault-unreadable', `the key in the ${holder} is not this vault's`, {
      cause,
      fix: 'Restore the key that belongs to vault.db, or remove vault.db and sign in again.',
    })
  }
  return { bytes, holder }
}

interface Row {
  readonly id: string
  readonly version: number
  readonly sealed: Uint8Array
  readonly refresh_started_at_ms: number | null
}

class SqliteVault implements Vault {
  readonly key: KeyHolder
  readonly #directory: string
  readonly #database: DatabaseSync
  readonly #key: Buffer
  /** Prepared once: asked before every token that is handed out. */
  readonly #dataVersion: StatementSync
  #ownChanges = 0

  constructor(directory: string, database: DatabaseSync, key: Key) {
    this.#directory = directory
    this.#database = database
    this.#key = key.bytes
    this.#dataVersion = database.prepare('PRAGMA data_version')
    this.key = key.holder
  }

  save({ account, tokens, credential }: SignedIn): void {
    this.#write(() => {
      const known = carryLearned(account, this.#earlier(account.id))
      this.#put({ account: known, tokens, ...(credential && { credential }) })
    })
  }

  list(): Account[] {
    return this.#try(() => {
      const rows = this.#database.prepare('SELECT * FROM accounts ORDER BY version').all() as unknown as Row[]
      return rows.map((row) => this.#open(row).account)
    })
  }

  find(nameOrId: string): Account | undefined {
    const name = nameOrId.toLowerCase()
    const accounts = this.list()
    return (
      accounts.find(({ id }) => id === nameOrId) ??
      accounts.find(({ username }) => username.toLowerCase() === name)
    )
  }

  remove(id: string): void {
    this.#write(() => void this.#database.prepare('DELETE FROM accounts WHERE id = ?').run(id))
    // Deleted rows linger in the write-ahead log until it is folded in.
    this.#try(() => this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)'))
  }

  close(): void {
    this.#database.close()
  }

  read(id: string): StoredSignIn | undefined {
    return this.#try(() => {
      const row = this.#database.prepare('SELECT * FROM accounts WHERE id = ?').get(id) as Row | undefined
      return row && this.#open(row)
    })
  }

  changeMark(): string {
    const theirs = this.#try(() => this.#dataVersion.get()?.data_version)
    return `${String(theirs)}.${this.#ownChanges}`
  }

  noteRefresh(
    id: string,
    note: { readonly ifVersion: number; readonly startedAtMs: number | undefined },
  ): void {
    const sql = 'UPDATE accounts SET refresh_started_at_ms = ? WHERE id = ? AND version = ?'
    this.#write(() => void this.#database.prepare(sql).run(note.startedAtMs ?? null, id, note.ifVersion))
  }

  replaceTokens(
    id: string,
    change: { readonly ifVersion: number; readonly account: Account; readonly tokens: TokenSet },
  ): StoredSignIn | undefined {
    return this.#write(() => {
      const stored = this.read(id)
      if (stored?.version !== change.ifVersion) return undefined
      const { credential } = stored
      return this.#put({
        account: change.account,
        tokens: change.tokens,
        ...(credential && { credential }),
      })
    })
  }

  lockRefresh(id: string, options: LockOptions = {}): Promise<RefreshLock | undefined> {
    return takeRefreshLock(this.#directory, id, options)
  }

  /** A row that cannot be read teaches nothing, and a new sign-in may replace it. */
  #earlier(id: string): Account | undefined {
    try {
      return this.read(id)?.account
    } catch {
      return undefined
    }
  }

  #put(content: Omit<StoredSignIn, 'version'>): StoredSignIn {
    const { id } = content.account
    const counted = this.#database
      .prepare(`UPDATE meta SET value = value + 1 WHERE name = 'version' RETURNING value`)
      .get()
    const version = Number(counted?.value)
    const sealed = seal(this.#key, writeContent(content), [id, version])
    this.#database
      .prepare('INSERT OR REPLACE INTO accounts (id, version, sealed) VALUES (?, ?, ?)')
      .run(id, version, sealed)
    return { ...content, version }
  }

  #open(row: Row): StoredSignIn {
    return {
      ...readContent(unseal(this.#key, row.sealed, [row.id, row.version])),
      version: row.version,
      ...(row.refresh_started_at_ms !== null && { refreshStartedAtMs: row.refresh_started_at_ms }),
    }
  }

  #write<T>(work: () => T): T {
    this.#ownChanges++
    return this.#try(() => transaction(this.#database, work))
  }

  #try<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw vaultFailure(error)
    }
  }
}

function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}
