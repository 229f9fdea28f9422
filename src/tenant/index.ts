// The front door of the local tenant: startTenant().
import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serve } from '@hono/node-server'
import { openFaults } from './control/faults.ts'
import { createRequestLog } from './control/request-log.ts'
import { TenantError, type TenantContext } from './context.ts'
import { openDirectory } from './directory/objects.ts'
import { openUsers } from './directory/users.ts'
import { createAuthorizer } from './identity/authorize-call.ts'
import { openSigningKey } from './identity/keys.ts'
import { mailMigrations } from './mail/index.ts'
import { createApp } from './server/app.ts'
import { coreMigrations } from './store/migrations.ts'
import { openClock, openSettings, openStore, ownFolder } from './store/open-store.ts'

export { TenantError } from './context.ts'

export interface TenantOptions {
  /** Where the data is kept. Default: a temporary folder, removed by `close()`. */
  readonly dataDir?: string
  /** Default 0: a free port. */
  readonly port?: number
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
  const store = openStore(dataDir, { core: coreMigrations, mail: mailMigrations })
  const tenantId = store.readMeta('tenant-id') ?? randomUUID()
  store.writeMeta('tenant-id', tenantId)
  const clock = openClock(store)
  if (clock.nowMs() < Date.UTC(2020, 0)) clock.set({ nowMs: Date.now() })
  const users = openUsers(store, clock)
  const key = openSigningKey(store)
  const context: TenantContext = {
    db: store.db,
    clock,
    tenantId,
    settings: openSettings(store),
    transaction: store.transaction,
    authorize: createAuthorizer({ key, clock, users, tenantId }),
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
    directory: openDirectory(store, clock),
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
  const server = await listen(app.fetch, options.port ?? 0).catch((error: unknown) => {
    release()
    throw error
  })
  const { port } = server.address() as { port: number }
  const origin = `http://127.0.0.1:${port}`
  writePrivate(join(dataDir, 'tenant.json'), JSON.stringify({ origin, port, pid: process.pid, tenantId }))
  let closed: Promise<void> | undefined
  const close = (): Promise<void> => (closed ??= endServer(server).then(release))
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

function listen(fetch: (request: Request, env: object) => Promise<Response>, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: (request, env) => fetch(request, env), port, hostname: '127.0.0.1' }, () =>
      resolve(server),
    ) as Server
    server.requestTimeout = 60_000
    server.headersTimeout = 15_000
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        cause.code === 'EADDRINUSE'
          ? new TenantError('tenant/port-busy', `port ${port} is used by another program`, { cause })
          : cause,
      )
    })
  })
}

async function endServer(server: Server): Promise<void> {
  const ended = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  await ended
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
