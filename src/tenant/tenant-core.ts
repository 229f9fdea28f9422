// Everything that stands on one database file: opened at the start, and anew when the file is replaced.
import { allMigrations } from './all-migrations.ts'
import { openFaults } from './control/faults.ts'
import type { ControlParts } from './control/control-parts.ts'
import type { RequestLog } from './control/request-log.ts'
import { TenantError } from './context.ts'
import { openAccounts } from './identity/account-states.ts'
import { createAuthorizer } from './identity/authorize-call.ts'
import { openSigningKey } from './identity/keys.ts'
import { createApp, type TenantApp } from './server/app.ts'
import { openClock, openStore } from './store/open-store.ts'
import { openTenantViews } from './tenant-views.ts'
import type { EntraCloudName } from '../facts/entra-clouds.ts'

export interface CoreOptions {
  readonly dataDir: string
  readonly cloud: EntraCloudName | undefined
  readonly signingKey: string | undefined
  readonly controlToken: string
  readonly log: RequestLog
  readonly replaceData: ControlParts['replaceData']
  onShutdown(): void
}

export interface TenantCore {
  readonly app: TenantApp
  /** For the first tenant. */
  readonly parts: ControlParts
  close(): void
}

/** @throws {TenantError} `tenant/other-cloud` */
export function openCore(o: CoreOptions): TenantCore {
  const store = openStore(o.dataDir, allMigrations)
  try {
    const clock = openClock(store)
    if (clock.nowMs() < Date.UTC(2020, 0)) clock.set({ nowMs: Date.now() })
    const key = openSigningKey(store, o.signingKey)
    const views = openTenantViews(store, clock, {
      cloud: o.cloud,
      authorize: (all) => createAuthorizer({ key, clock, views: all }),
    })
    const { cloud } = views.primary.context.tenant
    if (o.cloud !== undefined && o.cloud !== cloud)
      throw new TenantError(
        'tenant/other-cloud',
        `the tenant of this data folder belongs to the cloud ${cloud}`,
      )
    const { dataDir, log, replaceData, controlToken: token, onShutdown } = o
    const accounts = openAccounts(store, { clock, users: views.people })
    const faults = openFaults(store)
    const shared = {
      views,
      store,
      accounts,
      clock,
      key,
      dataDir,
      faults,
      log,
      token,
      replaceData,
      onShutdown,
    }
    const app = createApp(shared)
    store.flush()
    return {
      app,
      parts: { ...shared, mail: app.mail, ...views.primary },
      close() {
        app.mail.close()
        store.close()
      },
    }
  } catch (error) {
    store.close()
    throw error
  }
}
