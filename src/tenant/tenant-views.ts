// What the routes of each tenant are handed. One database and one transaction for all (docs/adr); a view sees its own tenant alone.
import type { EntraCloudName } from '../facts/entra-clouds.ts'
import type { AdjustableClock, Store } from './store/open-store.ts'
import type { TenantContext, TenantRecord } from './context.ts'
import { createOrganisation, defaultTenant } from './directory/default-organisation.ts'
import { type Directory, openDirectory } from './directory/objects.ts'
import { openTenantRegistry, type TenantRegistry } from './directory/tenants.ts'
import { openPeople, openUsers, type People, type Users } from './directory/users.ts'
import { type Exchange, openExchange } from './exchange/index.ts'
import { seedResources } from './identity/resources.ts'

export interface TenantView {
  readonly context: TenantContext
  readonly directory: Directory
  readonly users: Users
  readonly exchange: Exchange
}

export interface TenantViews {
  readonly registry: TenantRegistry
  readonly people: People
  /** The tenant that was created first. */
  readonly primary: TenantView
  /** Opened at first use. @throws {Error} for an id of no tenant */
  at(tenantId: string): TenantView
  /** Takes back a tenant whose making failed. */
  forget(tenantId: string): void
}

type Shared = Pick<TenantContext, 'db' | 'clock' | 'transaction'>

export function openTenantViews(
  store: Store,
  clock: AdjustableClock,
  o: {
    /** Of a first tenant that is yet to be made. */
    readonly cloud: EntraCloudName | undefined
    authorize(views: TenantViews): TenantContext['authorize']
  },
): TenantViews {
  const registry = openTenantRegistry(store, clock)
  const people = openPeople(store, clock)
  const opened = new Map<string, TenantView>()
  const shared: Shared = { db: store.db, clock, transaction: store.transaction }
  const views: TenantViews = {
    registry,
    people,
    get primary() {
      return views.at(registry.all()[0]!.id)
    },
    at(tenantId) {
      const known = opened.get(tenantId)
      if (known) return known
      const record = registry.get(tenantId)
      if (!record) throw new Error(`there is no tenant ${tenantId}`)
      const view = openView(record)
      opened.set(tenantId, view)
      return view
    },
    forget(tenantId) {
      opened.delete(tenantId)
      registry.forget(tenantId)
    },
  }
  const authorizeCall = o.authorize(views)
  if (registry.all().length === 0) store.transaction(createPrimary)
  return views

  function createPrimary(): void {
    const { id } = registry.create(defaultTenant(o.cloud))
    createOrganisation(views.at(id).users)
  }

  function openView(record: TenantRecord): TenantView {
    const tenantId = record.id
    const users = openUsers(store, clock, { tenantId, people })
    const directory = store.transaction(() => {
      const opening = openDirectory(store, clock, record)
      seedResources(opening)
      return opening
    })
    const context: TenantContext = {
      ...shared,
      tenantId,
      get tenant() {
        return registry.get(tenantId)!
      },
      settings: registry.settingsOf(tenantId),
      authorize: authorizeCall,
      get mailboxAccess() {
        return exchange.access
      },
      findUser: (id) => users.find(id),
      allUsers: () => users.all(),
      everyone: () => people.all().filter((one) => !one.userPrincipalName.includes('#EXT#')),
      of: (id) => views.at(id).context,
    }
    const exchange = openExchange({ context, directory, users })
    return { context, directory, users, exchange }
  }
}
