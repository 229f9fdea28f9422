// Faults: what a chosen call answers instead of, or after, doing its work. design section 3, "Life".
import { randomUUID } from 'node:crypto'
import type { Store } from '../store/open-store.ts'
import { invalid } from './control-error.ts'
import type { Shape } from './operation.ts'
import type { outages } from './schemas/simulation.ts'

export interface Fault {
  readonly id: string
  /** Method and path: one star is one segment, two are any tail; the version prefix is left out. */
  readonly match: string
  readonly status?: number
  /** An outage of the sign-in service, by its number; its status goes with it. */
  readonly aadsts?: (typeof outages)[number]
  /** Real milliseconds. */
  readonly delayMs?: number
  readonly phase: 'before-commit' | 'after-commit'
  readonly rate: number
  readonly times?: number
  readonly reset?: boolean
  readonly retryAfterSeconds?: number
  hits: number
}

export type Faults = ReturnType<typeof openFaults>

export function openFaults(store: Store) {
  const put = store.db.prepare(
    'INSERT INTO faults VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET json = excluded.json',
  )
  const drop = store.db.prepare('DELETE FROM faults WHERE id = ?')
  const rows = store.db.prepare('SELECT json FROM faults ORDER BY rowid').all() as { json: string }[]
  // Calls under way count too, so that `times` holds when several come at once.
  const struck = new Map<string, number>()
  const faults = new Map(rows.map((row) => JSON.parse(row.json) as Fault).map((fault) => [fault.id, fault]))
  return {
    list: () => [...faults.values()],
    /** @throws {ControlFailure} `control/invalid` */
    add(body: Shape<'NewFault'>): Fault {
      const fault = readFault(body)
      faults.set(fault.id, fault)
      put.run(fault.id, JSON.stringify(fault))
      return fault
    },
    remove(id: string | undefined): number {
      const ids = id === undefined ? [...faults.keys()] : faults.has(id) ? [id] : []
      for (const one of ids) {
        faults.delete(one)
        drop.run(one)
      }
      return ids.length
    },
    /** The fault for this call, if one strikes; a hit is not counted yet. */
    strike(method: string, path: string): Fault | undefined {
      for (const fault of faults.values()) {
        const claimed = struck.get(fault.id) ?? fault.hits
        if (fault.times !== undefined && claimed >= fault.times) continue
        if (!matches(fault.match, method, path) || Math.random() >= fault.rate) continue
        struck.set(fault.id, claimed + 1)
        return fault
      }
      return undefined
    },
    count(fault: Fault): void {
      fault.hits++
      if (faults.has(fault.id)) put.run(fault.id, JSON.stringify(fault))
    },
  }
}

function matches(match: string, method: string, path: string): boolean {
  const [wantedMethod, pattern = ''] = match.split(' ')
  if (wantedMethod !== '*' && wantedMethod?.toUpperCase() !== method) return false
  const source = pattern
    .split('/')
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]+' : part.replace(/[^\w]/g, '\\$&')))
    .join('/')
  return new RegExp(`^${source}$`, 'i').test(path)
}

function readFault(body: Shape<'NewFault'>): Fault {
  const { status, delayMs, aadsts, reset } = body
  if (status === undefined && delayMs === undefined && aadsts === undefined && reset !== true)
    throw invalid('a fault needs "status", "delayMs", "aadsts" or "reset"')
  return { phase: 'before-commit', rate: 1, ...body, id: randomUUID(), hits: 0 }
}
