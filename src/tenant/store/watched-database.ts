// A connection that knows when something was written that kept rows may show: what is read again and again is read once until then.
import { DatabaseSync, type StatementSync } from 'node:sqlite'

/** Tables that nobody keeps rows of: they are written at every sign-in. */
const neverKept = new Set([
  'codes',
  'refresh_tokens',
  'used_refresh_tokens',
  'audit_sign_ins',
  'sign_in_steps',
])
const harmless = /^\s*(SELECT|PRAGMA|EXPLAIN|BEGIN|COMMIT|SAVEPOINT|RELEASE)\b/i
const target =
  /^\s*(?:INSERT(?:\s+OR\s+\w+)?\s+INTO|REPLACE\s+INTO|UPDATE(?:\s+OR\s+\w+)?|DELETE\s+FROM)\s+"?(\w+)/i
/** More are no help: the tenant is asked for them one after the other. */
const mostKept = 1_000

export class WatchedDatabase extends DatabaseSync {
  #writes = 0

  /** Grows with each write, and when work is undone. */
  get writes(): number {
    return this.#writes
  }

  override prepare(...given: Parameters<DatabaseSync['prepare']>): StatementSync {
    const statement = super.prepare(...given)
    return mayChange(given[0]) ? this.#watch(statement) : statement
  }

  override exec(sql: string): void {
    this.#writes++
    super.exec(sql)
  }

  #watch(statement: StatementSync): StatementSync {
    for (const way of ['run', 'get', 'all', 'iterate'] as const) {
      const does = statement[way].bind(statement) as (...values: unknown[]) => never
      statement[way] = (...values: unknown[]): never => {
        this.#writes++
        return does(...values)
      }
    }
    return statement
  }
}

function mayChange(sql: string): boolean {
  if (harmless.test(sql)) return false
  const table = target.exec(sql)?.[1]
  return table === undefined || !neverKept.has(table.toLowerCase())
}

/** `Store.kept`, for any state that differs as soon as something may have changed. */
export function keepReads<T>(state: () => number, read: (...key: string[]) => T): (...key: string[]) => T {
  const kept = new Map<string, T>()
  let readAt = state()
  return (...key) => {
    if (readAt !== state()) {
      kept.clear()
      readAt = state()
    }
    const name = key.join('\0')
    const known = kept.get(name)
    if (known !== undefined || kept.has(name)) return known as T
    const row = read(...key)
    if (kept.size < mostKept) kept.set(name, row)
    return row
  }
}
