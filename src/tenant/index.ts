// The front door of the local tenant: startTenant().
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import type { EntraCloudName } from '../facts/entra-clouds.ts'
import { TenantError } from './context.ts'
import { openFaults } from './control/faults.ts'
import { createRequestLog } from './control/request-log.ts'
import { directoryMigrations } from './directory/migrations.ts'
import { openAccounts } from './identity/account-states.ts'
import { exchangeMigrations } from './exchange/index.ts'
import { createAuthorizer } from './identity/authorize-call.ts'
import { openSigningKey } from './identity/keys.ts'
import { grantMigrations } from './identity/migrations.ts'
import { peopleMigrations } from './identity/people-migrations.ts'
import { mailMigrations } from './mail/index.ts'
import { createApp, type TenantApp } from './server/app.ts'
import type { Wire } from './server/host-rules.ts'
import type { ServedRoute } from './server/served-routes.ts'
import { endServers, listenOnLoopback, portOf } from './server/listen.ts'
import type { WaysInAddresses, WaysInOptions } from './server/ways-in.ts'
import { coreMigrations } from './store/migrations.ts'
import { openClock, openStore, ownFolder } from './store/open-store.ts'
import { openTenantViews } from './tenant-views.ts'

export { TenantError }
export type { ServedRoute } from './server/served-routes.ts'
export type { WaysInAddresses, WaysInOptions } from './server/ways-in.ts'

export interface TenantOptions {
  /** Where the data is kept. Default: a temporary folder, removed by `close()`. */
  readonly dataDir?: string
  /** Default 0: a free port. */
  readonly port?: number
  /** The cloud that a new tenant belongs to. Default global; an existing one keeps its own. */
  readonly cloud?: EntraCloudName
  /** A private key (PEM) that signs instead of the published one, so that a test can show it is refused. */
  readonly signingKey?: string
  /** Also https on localhost, and a proxy that leads Microsoft's host names here. */
  readonly proxy?: boolean | WaysInOptions
  /** Called when the control API asks for an end, after its answer has left. */
  readonly onShutdown?: () => void
}

export interface TenantUser {
  readonly id: string
  readonly userPrincipalName: string
  readonly password: string
  readonly roles: readonly string[]
}

/** The addresses of {@link WaysInAddresses} are there when `proxy` was asked for. */
export interface Tenant extends AsyncDisposable, Partial<WaysInAddresses> {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string
  readonly port: number
  readonly tenantId: string
  readonly cloud: EntraCloudName
  readonly dataDir: string
  readonly controlToken: string
  readonly users: readonly TenantUser[]
  /** Every call that is modelled; all others answer 501 by name. */
  routes(): readonly ServedRoute[]
  close(): Promise<void>
}

/**
 * Starts a local tenant on loopback. What it acknowledges is on disk before it answers.
 *
 * @throws {TenantError} `tenant/already-up`, `tenant/port-busy`, `tenant/other-cloud`
 * @example
 * await using tenant = await startTenant()
 * tenant.users.length // 5
 */
export async function startTenant(
  options: TenantOptions & { readonly proxy: true | WaysInOptions },
): Promise<Tenant & WaysInAddresses>
export async function startTenant(options?: TenantOptions): Promise<Tenant>
export async function startTenant(options: TenantOptions = {}): Promise<Tenant> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'letterlock-tenant-'))
  const owner = ownFolder(dataDir)
  const store = openStore(dataDir, {
    core: coreMigrations,
    directory: directoryMigrations,
    mail: mailMigrations,
    grants: grantMigrations,
    people: peopleMigrations,
    exchange: exchangeMigrations,
  })
  const clock = openClock(store)
  if (clock.nowMs() < Date.UTC(2020, 0)) clock.set({ nowMs: Date.now() })
  const key = openSigningKey(store, options.signingKey)
  const views = openTenantViews(store, clock, {
    cloud: options.cloud,
    authorize: (all) => createAuthorizer({ key, clock, views: all }),
  })
  const { context, users } = views.primary
  const { tenantId } = context
  const { cloud } = context.tenant
  if (options.cloud !== undefined && options.cloud !== cloud) {
    store.close()
    owner.release()
    throw new TenantError(
      'tenant/other-cloud',
      `the tenant of this data folder belongs to the cloud ${cloud}`,
    )
  }
  const accounts = openAccounts(store, { clock, users: views.people })
  const controlToken = keepControlToken(dataDir)
  const app = createApp({
    views,
    store,
    accounts,
    clock,
    key,
    dataDir,
    faults: openFaults(store),
    log: createRequestLog(),
    token: controlToken,
    onShutdown: () => options.onShutdown?.(),
  })
  store.flush()
  const release = (): void => {
    app.mail.close()
    store.close()
    owner.release()
    if (!options.dataDir) rmSync(dataDir, { recursive: true, force: true })
  }
  const listeners = await openListeners(app, { ...options, dataDir }).catch((error: unknown) => {
    release()
    throw error
  })
  const { port, waysIn } = listeners
  const origin = `http://127.0.0.1:${port}`
  const state = { origin, port, pid: process.pid, tenantId, cloud, ...waysIn }
  writePrivate(join(dataDir, 'tenant.json'), JSON.stringify(state))
  // Beside whatever comes next: the first token seldom has to wait for it.
  void key.prepare()
  let closed: Promise<void> | undefined
  const close = (): Promise<void> => (closed ??= listeners.close().then(release))
  return {
    origin,
    port,
    tenantId,
    cloud,
    dataDir,
    controlToken,
    routes: app.routes,
    close,
    ...waysIn,
    users: users.all().map((user) => ({
      id: user.id,
      userPrincipalName: user.userPrincipalName,
      password: users.passwordOf(user.id),
      roles: user.roles,
    })),
    [Symbol.asyncDispose]: close,
  }
}

interface Listeners {
  readonly port: number
  readonly waysIn: WaysInAddresses | undefined
  close(): Promise<void>
}

/** @throws {TenantError} `tenant/port-busy` */
async function openListeners(
  app: TenantApp,
  o: { dataDir: string; port?: number; proxy?: TenantOptions['proxy'] },
): Promise<Listeners> {
  const plain = listenerOf(app, () => ({ tls: false }))
  const servers = await listenOnLoopback(() => createServer(plain), o.port ?? 0)
  const port = portOf(servers[0]!)
  if (!o.proxy) return { port, waysIn: undefined, close: () => endServers(servers) }
  const { openWaysIn } = await import('./server/ways-in.ts')
  const { close, ...waysIn } = await openWaysIn({
    options: o.proxy === true ? {} : o.proxy,
    caFolder: join(o.dataDir, 'tls'),
    listenerFor: (wireOf) => listenerOf(app, wireOf),
  }).catch(async (error: unknown) => {
    await endServers(servers)
    throw error
  })
  return { port, waysIn, close: () => Promise.all([close(), endServers(servers)]).then(() => undefined) }
}

type WireOf = (request: { socket: unknown; url?: string | undefined }) => Wire

function listenerOf(app: TenantApp, wireOf: WireOf): RequestListener {
  return getRequestListener((request, env) => app.fetch(request, env, wireOf(env.incoming)), {
    overrideGlobalObjects: false,
  })
}

function keepControlToken(dataDir: string): string {
  const file = join(dataDir, 'control.token')
  if (existsSync(file)) return readFileSync(file, 'utf8').trim()
  const token = randomBytes(32).toString('base64url')
  writePrivate(file, token)
  return token
}

function writePrivate(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
