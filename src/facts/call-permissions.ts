// Which permissions Microsoft publishes for a call of the directory: any one of them is enough.
// Source: permissions.json of microsoftgraph/microsoft-graph-devx-content, from which the permission tables of Graph's pages are made.
import { callPermissionRows } from './call-permissions-data.ts'

export interface CallPermissions {
  readonly delegated: readonly string[]
  readonly application: readonly string[]
  /** Those marked as least privileged, of either kind. */
  readonly least: readonly string[]
}

let table: ReadonlyMap<string, CallPermissions> | undefined

/** By a route's spelling, `GET /users/:id/memberOf`; a count, a reference or a cast is asked as what it is of. */
export function callPermissions(call: string): CallPermissions | undefined {
  table ??= new Map(callPermissionRows.split('\n').filter(Boolean).map(readRow))
  for (const key of callKeys(call)) if (table.has(key)) return table.get(key)
  return undefined
}

/** The names a call may have in Microsoft's list, the nearest first. */
export function callKeys(call: string): string[] {
  const [method = '', path = ''] = call.split(' ')
  const plain = path
    .replace(/:\w+\{[^}]*\}/g, '{type}')
    .replace(/:\w+/g, '{id}')
    .toLowerCase()
  const whole = plain.replace(/\/(\$count|\$ref|\{type\})$/, '')
  return [`${method} ${plain}`, `${method} ${whole}`]
}

function readRow(line: string): [string, CallPermissions] {
  const [key = '', delegated = '', application = ''] = line.split('\t')
  const names = (cell: string): string[] => cell.split(' ').filter(Boolean)
  const all = [...names(delegated), ...names(application)]
  const plain = (name: string): string => name.replace('*', '')
  return [
    key,
    {
      delegated: names(delegated).map(plain),
      application: names(application).map(plain),
      least: [...new Set(all.filter((name) => name.endsWith('*')).map(plain))],
    },
  ]
}
