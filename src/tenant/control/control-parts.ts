// What the operations of the control API may use.
import type { Accounts } from '../identity/account-states.ts'
import type { SigningKey } from '../identity/keys.ts'
import type { MailPart } from '../mail/index.ts'
import type { AdjustableClock } from '../store/open-store.ts'
import type { TenantView, TenantViews } from '../tenant-views.ts'
import type { Faults } from './faults.ts'
import type { RequestLog } from './request-log.ts'

/** For one tenant: the one that `?tenant=` names, or the first. */
export interface ControlParts extends TenantView {
  readonly views: TenantViews
  readonly accounts: Accounts
  readonly clock: AdjustableClock
  readonly faults: Faults
  readonly key: SigningKey
  readonly mail: MailPart
  readonly log: RequestLog
  readonly token: string
  readonly dataDir: string
  onShutdown(): void
}
