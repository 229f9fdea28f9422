// What Exchange is handed, and what a cmdlet is. Files of cmdlets are tables of these; cmdlets.ts puts them together.
import type { TenantContext } from '../context.ts'
import type { Directory } from '../directory/objects.ts'
import type { Users } from '../directory/users.ts'
import type { AppAuthorizations } from './authorizations.ts'
import type { ExchangeObjects } from './objects.ts'
import type { Parameters } from './parameters.ts'
import type { Recipients } from './recipients.ts'

/** The parts of the tenant that Exchange reads and writes. */
export interface TenantParts {
  readonly context: TenantContext
  readonly directory: Directory
  readonly users: Users
}

export interface ExchangeParts extends TenantParts {
  readonly objects: ExchangeObjects
  readonly recipients: Recipients
  readonly authorizations: AppAuthorizations
}

export interface Cmdlet {
  /** As Microsoft's page spells it: `New-ApplicationAccessPolicy`. */
  readonly name: string
  readonly parameters: readonly string[]
  /** The rows of the answer; none for a cmdlet that prints nothing. @throws {CmdletFailure} */
  run(parameters: Parameters): readonly object[]
}

/** A cmdlet by its name. @throws {CmdletFailure} */
export type Run = (cmdlet: string, parameters: Readonly<Record<string, unknown>>) => readonly object[]
