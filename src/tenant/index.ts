// The front door of the local tenant: startTenant().
import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { openFaults } from './control/faults.ts'
import { createRequestLog } from './control/request-log.ts'
import { TenantError, type TenantContext } from './context.ts'
import { openDirectory } from './directory/objects.ts'
import { openUsers } from './directory/users.ts'
import { createAuthorizer } from './identity/authorize-call.ts'
import { openSigningKey } from './identity/keys.ts'
import { grantMigrations } from './identity/migrations.ts'
import { mailMigrations } from './mail/index.ts'
import { createApp, type TenantApp } from './server/app.ts'
import { coreMigrations } from './store/migrations.ts'
import { openClock, openSettings, openStore, ownFolder, type Store } from './store/open-store.ts'

export { TenantError } from './context.ts'

export interface TenantOptions {
  /** Where the data is kept. Default: a temporary folder, removed by `close()`. */
  readonly dataDir?: string
  /** Default 0: a free port. */
  readonly port?: number
  /** A private key (PEM) that signs instead of the published one, so that a test can show it is refused. */
  readonly signingKey?: string
  /** Called when the control API asks for an end, after its answer has left. */
  readonly onShutdown?: () => void
}

export interface TenantUser {
  readonly id: string
  readonly userPrincipalName: string
  readonly password: string
  readonly roles: readonly string[]
}

export interface Tenant extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string
  readonly port: number
  readonly tenantId: string
  readonly dataDir: string
  readonly controlToken: string
  readonly users: readonly TenantUser[]
  close(): Promise<void>
}

/**
 * Starts a local tenant on loopback. What it acknowledges is on disk before it answers.
 *
 * @throws {TenantError} `tenant/already-up`, `tenant/port-busy`
 * @example
 * await using tenant = await startTenant()
 * tenant.users.length // 5
 */
export async function startTenant(options: TenantOptions = {}): Promise<Tenant> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'letterlock-tenant-'))
  const owner = ownFolder(dataDir)
  const store = openStore(dataDir, { core: coreMigrations, mail: mailMigrations, grants: grantMigrations })
  const tenantId = store.readMeta('tenant-id') ?? newTenantId(store)
  const clock = openClock(store)
  if (clock.nowMs() < Date.UTC(2020, 0)) clock.set({ nowMs: Date.now() })
  const users = openUsers(store, clock)
  const directory = openDirectory(store, clock)
  const key = openSigningKey(store, options.signingKey)
  const context: TenantContext = {
    db: store.db,
    clock,
    tenantId,
    settings: openSettings(store),
    transaction: store.transaction,
    authorize: createAuthorizer({ key, clock, users, directory, tenantId }),
    findUser: (id) => users.find(id),
    allUsers: () => users.all(),
  }
  const controlToken = keepControlToken(dataDir)
  const app = createApp({
    context,
    store,
    users,
    clock,
    key,
    tenantId,
    dataDir,
    directory,
    settings: context.settings,
    faults: openFaults(store),
    log: createRequestLog(),
    token: controlToken,
    onShutdown: () => options.onShutdown?.(),
  })
  const release = (): void => {
    app.mail.close()
    store.close()
    owner.release()
    if (!options.dataDir) rmSync(dataDir, { recursive: true, force: true })
  }
  const servers = await listen(app.fetch, options.port ?? 0).catch((error: unknown) => {
    release()
    throw error
  })
  const { port } = servers[0]!.address() as { port: number }
  const origin = `http://127.0.0.1:${port}`
  writePrivate(join(dataDir, 'tenant.json'), JSON.stringify({ origin, port, pid: process.pid, tenantId }))
  let closed: Promise<void> | undefined
  const close = (): Promise<void> => (closed ??= endServers(servers).then(release))
  return {
    origin,
    port,
    tenantId,
    dataDir,
    controlToken,
    close,
    users: users.all().map((user) => ({
      id: user.id,
      userPrincipalName: user.userPrincipalName,
      password: users.passwordOf(user.id),
      roles: user.roles,
    })),
    [Symbol.asyncDispose]: close,
  }
}

/** Listens on 127.0.0.1 and, where there is one and the port is free there, on ::1: `localhost` may mean either. */
async function listen(fetch: TenantApp['fetch'], port: number): Promise<Server[]> {
  const first = await listenOn('127.0.0.1', port, fetch)
  const { port: taken } = first.address() as { port: number }
  const second = await listenOn('::1', taken, fetch).catch(() => undefined)
  return second ? [first, second] : [first]
}

function listenOn(hostname: string, port: number, fetch: TenantApp['fetch']): Promise<Server> {
  const server = createServer(
    getRequestListener((request, env) => fetch(request, env), { overrideGlobalObjects: false }),
  )
  server.requestTimeout = 60_000
  server.headersTimeout = 15_000
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        cause.code === 'EADDRINUSE'
          ? new TenantError('tenant/port-busy', `port ${port} is used by another program`, { cause })
          : cause,
      ),
    )
    server.listen(port, hostname, () => resolve(server))
  })
}

async function endServers(servers: readonly Server[]): Promise<void> {
  const ended = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())))
  for (const server of servers) server.closeAllConnections()
  await Promise.all(ended)
}

function newTenantId(store: Store): string {
  const tenantId = randomUUID()
  store.writeMeta('tenant-id', tenantId)
  return tenantId
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
