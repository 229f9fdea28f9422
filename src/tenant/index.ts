// The front door of the local tenant: startTenant().
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import type { EntraCloudName } from '../facts/entra-clouds.ts'
import { TenantError } from './context.ts'
import type { Shape } from './control/operation.ts'
import { createRequestLog } from './control/request-log.ts'
import { openGate } from './gate.ts'
import {
  type FurtherTenant,
  listTenants,
  plantTenants,
  type StartedTenant,
  type TenantUser,
} from './seeded-tenants.ts'
import type { TenantApp } from './server/app.ts'
import type { Wire } from './server/host-rules.ts'
import type { ServedRoute } from './server/served-routes.ts'
import { endServers, listenOnLoopback, portOf, patience } from './server/listen.ts'
import type { WaysInAddresses, WaysInOptions } from './server/ways-in.ts'
import { ownFolder } from './store/open-store.ts'
import { replaceFile } from './store/replace-file.ts'
import { openCore, type TenantCore } from './tenant-core.ts'

export { TenantError }
export type { FurtherTenant, StartedTenant, TenantUser } from './seeded-tenants.ts'
export type { ServedRoute } from './server/served-routes.ts'
export type { WaysInAddresses, WaysInOptions } from './server/ways-in.ts'

/** A person to make, or to set where one of that name is there already. */
export type NewTenantUser = Shape<'NewUser'>
/** An application with what it needs to sign in at once: redirect URIs, permissions, consent, assignments, credentials. */
export type NewTenantApp = Shape<'NewApp'>
/** What was made of a {@link NewTenantApp}: its ids, and its secrets, which are shown here alone. */
export type TenantApplication = Shape<'SeededApp'>

/** Made in one go before the tenant is up: all of it, or it does not start. */
export interface TenantSeed {
  readonly users?: readonly NewTenantUser[]
  /** One that exists is an error: give them to a new data folder. */
  readonly apps?: readonly NewTenantApp[]
  /** Conditional access and the like, in Graph's shape. */
  readonly policies?: readonly Shape<'NewPolicy'>[]
  readonly settings?: Shape<'SettingsChange'>
  readonly clock?: Shape<'ClockChange'>
}

export interface TenantOptions extends TenantSeed {
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
  /** Further tenants in the same process; the first one is there anyway. */
  readonly tenants?: readonly FurtherTenant[]
  /** Called when the control API asks for an end, after its answer has left. */
  readonly onShutdown?: () => void
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
  /** What became of the option `apps`, in its order. */
  readonly apps: readonly TenantApplication[]
  /** All tenants of the process, this one first. */
  readonly tenants: readonly StartedTenant[]
  /** Every call that is modelled; all others answer 501 by name. */
  routes(): readonly ServedRoute[]
  close(): Promise<void>
}

/**
 * Starts a local tenant on loopback. What it acknowledges is on disk before it answers. Several can run side by side.
 *
 * @throws {TenantError} `tenant/already-up`, `tenant/port-busy`, `tenant/other-cloud`, `tenant/seed-refused`
 * @example
 * await using tenant = await startTenant({
 *   users: [{ userPrincipalName: 'mia@contoso.example' }],
 *   apps: [{ displayName: 'Report', permissions: { application: ['User.Read.All'] }, consent: 'all', secrets: [{}] }],
 * })
 * tenant.users.length // 6
 * tenant.apps[0].secrets.length // 1
 */
export async function startTenant(
  options: TenantOptions & { readonly proxy: true | WaysInOptions },
): Promise<Tenant & WaysInAddresses>
export async function startTenant(options?: TenantOptions): Promise<Tenant>
export async function startTenant(options: TenantOptions = {}): Promise<Tenant> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'letterlock-tenant-'))
  const owner = ownFolder(dataDir)
  const core = openReplaceable(dataDir, options, owner.release)
  const release = (): void => {
    core.close()
    owner.release()
    if (!options.dataDir) rmSync(dataDir, { recursive: true, force: true })
  }
  try {
    const apps = await plantSeed(core.parts(), options)
    const further = await plantTenants(core.parts(), options.tenants ?? [])
    const tenants = listTenants(core.parts(), new Map([...further, [core.parts().context.tenantId, apps]]))
    const { port, waysIn, close: closeListeners } = await openListeners(core.app, { ...options, dataDir })
    const origin = `http://127.0.0.1:${port}`
    core.onOpened(({ parts }) => {
      const { id: tenantId, cloud } = parts.context.tenant
      const state = { origin, port, pid: process.pid, tenantId, cloud, ...waysIn }
      writePrivate(join(dataDir, 'tenant.json'), JSON.stringify(state))
      // Beside whatever comes next: the first token seldom has to wait for it.
      void parts.key.prepare()
    })
    const { tenantId, tenant } = core.parts().context
    let closed: Promise<void> | undefined
    const close = (): Promise<void> => (closed ??= closeListeners().then(release))
    return {
      origin,
      port,
      tenantId,
      cloud: tenant.cloud,
      dataDir,
      controlToken: core.parts().token,
      routes: core.app.routes,
      close,
      ...waysIn,
      apps,
      users: tenants[0]!.users,
      tenants,
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    release()
    throw error
  }
}

/** @throws {TenantError} `tenant/seed-refused` */
async function plantSeed(parts: TenantCore['parts'], o: TenantSeed): Promise<readonly TenantApplication[]> {
  const { users, apps, policies, settings, clock } = o
  if (!users && !apps && !policies && !settings && !clock) return []
  const { plant } = await import('./control/plant-seed.ts')
  return plant(parts, { users, apps, policies, settings, clock }).apps
}

interface Replaceable {
  readonly app: Pick<TenantApp, 'fetch' | 'routes'>
  parts(): TenantCore['parts']
  /** Called at once, and whenever another database has taken the place. */
  onOpened(tell: (core: TenantCore) => void): void
  close(): void
}

/** What answers requests stays, while the database behind it can be replaced. */
function openReplaceable(dataDir: string, options: TenantOptions, giveUp: () => void): Replaceable {
  const gate = openGate()
  let tell = (_core: TenantCore): void => undefined
  const open = (cloud: EntraCloudName | undefined): TenantCore =>
    openCore({
      dataDir,
      cloud,
      signingKey: options.signingKey,
      controlToken: keepControlToken(dataDir),
      log: createRequestLog(),
      onShutdown: () => options.onShutdown?.(),
      replaceData: ({ staged, kept }) => gate.alone(() => replace(staged, kept), { waitMs: 5_000 }),
    })
  let core: TenantCore
  try {
    core = open(options.cloud)
  } catch (error) {
    giveUp()
    throw error
  }
  function replace(staged: string | undefined, kept: string): void {
    const { cloud } = core.parts.context.tenant
    core.close()
    const undo = replaceFile(join(dataDir, 'tenant.db'), { staged, kept })
    try {
      core = open(staged === undefined ? cloud : undefined)
    } catch (error) {
      undo()
      core = open(undefined)
      throw error
    }
    tell(core)
  }
  return {
    app: {
      routes: () => core.app.routes(),
      fetch: (...asked) => gate.enter(() => core.app.fetch(...asked)),
    },
    parts: () => core.parts,
    onOpened(teller) {
      tell = teller
      tell(core)
    },
    close: () => core.close(),
  }
}

interface Listeners {
  readonly port: number
  readonly waysIn: WaysInAddresses | undefined
  close(): Promise<void>
}

/** @throws {TenantError} `tenant/port-busy` */
async function openListeners(
  app: Replaceable['app'],
  o: { dataDir: string; port?: number; proxy?: TenantOptions['proxy'] },
): Promise<Listeners> {
  const plain = listenerOf(app, () => ({ tls: false }))
  const servers = await listenOnLoopback(() => createServer(patience, plain), o.port ?? 0)
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

function listenerOf(app: Replaceable['app'], wireOf: WireOf): RequestListener {
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
