// What the operations of the control API may use.
import type { TenantContext } from '../context.ts'
import type { Directory } from '../directory/objects.ts'
import type { Users } from '../directory/users.ts'
import type { Accounts } from '../identity/account-states.ts'
import type { SigningKey } from '../identity/keys.ts'
import type { MailPart } from '../mail/index.ts'
import type { AdjustableClock } from '../store/open-store.ts'
import type { Faults } from './faults.ts'
import type { RequestLog } from './request-log.ts'

export interface ControlParts {
  readonly context: TenantContext
  readonly users: Users
  readonly accounts: Accounts
  readonly directory: Directory
  readonly clock: AdjustableClock
  readonly faults: Faults
  readonly key: SigningKey
  readonly mail: MailPart
  readonly log: RequestLog
  readonly token: string
  readonly dataDir: string
  onShutdown(): void
}
