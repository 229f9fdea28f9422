// What the operations of the control API may use.
import type { Accounts } from '../identity/account-states.ts'
import type { SigningKey } from '../identity/keys.ts'
import type { MailPart } from '../mail/index.ts'
import type { AdjustableClock, Store } from '../store/open-store.ts'
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
  readonly store: Store
  /**
   * Puts another database in the place of this one, or a new one if none is given, when no other request is under way.
   * This one is kept as `kept`. What is opened after it is the other's.
   *
   * @throws and leaves this one where it is, when the other cannot be opened
   */
  replaceData(o: { readonly staged: string | undefined; readonly kept: string }): Promise<void>
  onShutdown(): void
}
