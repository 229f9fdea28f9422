// The laboratory of the chaos run: a tenant process that can be killed, its control API, and a signed-in bot.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Cloud } from '../../src/facts/clouds.ts'
import { seedScopes } from '../../src/facts/permissions.ts'
import { graphCommandLineToolsClientId } from '../../src/facts/well-known-clients.ts'
import { createGraphClient, type GraphClient } from '../../src/graph/index.ts'
import { applyPlan, grantConsent, planApp } from '../../src/registration/index.ts'
import { openVault, type SignedIn, signInWithBrowser } from '../../src/signin/index.ts'
import { walkSignIn } from '../../conformance/person/walk-sign-in.ts'

const tenantMain = fileURLToPath(new URL('../../src/tenant/main.ts', import.meta.url))
export const botName = 'invoice.bot@contoso.example'

export interface TenantProcess {
  readonly origin: string
  readonly tenantId: string
  /**
   * Ends the process with SIGKILL and starts another on the same data and port.
   *
   * @param startKillAfterMs Also kills the next process this long after its start, ready or not, before the one that stays.
   */
  killAndRestart(startKillAfterMs?: number): Promise<void>
  /** How long the last start took until it was ready: instants within a start are drawn from it, on any machine. */
  startMs(): number
  stop(): Promise<void>
  control<T>(method: string, path: string, body?: object | Uint8Array): Promise<T>
}

export async function startTenantProcess(dataDir: string): Promise<TenantProcess> {
  const port = await freePort()
  let startMs = 0
  const start = async (): Promise<ChildProcess> => {
    const began = performance.now()
    const started = await spawnTenant(dataDir, port)
    startMs = performance.now() - began
    return started
  }
  let child = await start()
  const origin = `http://127.0.0.1:${port}`
  const { tenantId } = JSON.parse(readFileSync(join(dataDir, 'tenant.json'), 'utf8')) as { tenantId: string }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
  return {
    origin,
    tenantId,
    async killAndRestart(startKillAfterMs) {
      await end('SIGKILL')
      if (startKillAfterMs !== undefined) {
        child = spawnChild(dataDir, port)
        child.stdout!.resume()
        await setTimeout(startKillAfterMs)
        await end('SIGKILL')
      }
      child = await start()
    },
    startMs: () => startMs,
    stop: () => end('SIGTERM'),
    control: (method, path, body) => callControl(origin, dataDir, { method, path, body }),
  }
}

async function callControl<T>(
  origin: string,
  dataDir: string,
  call: { method: string; path: string; body?: object | Uint8Array | undefined },
): Promise<T> {
  const token = readFileSync(join(dataDir, 'control.token'), 'utf8').trim()
  const bytes = call.body instanceof Uint8Array
  const reply = await fetch(`${origin}/_letterlock/${call.path}`, {
    method: call.method,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': bytes ? 'message/rfc822' : 'application/json',
    },
    ...(call.body ? { body: bytes ? Buffer.from(call.body as Uint8Array) : JSON.stringify(call.body) } : {}),
  })
  const text = await reply.text()
  if (!reply.ok)
    throw new Error(`${call.method} ${call.path} answered ${reply.status}: ${text.slice(0, 300)}`)
  return (text ? JSON.parse(text) : undefined) as T
}

/** Starts a tenant on the folder and ends it with SIGKILL after this long, ready or not. */
export async function killStart(dataDir: string, afterMs: number): Promise<void> {
  const child = spawnChild(dataDir, await freePort())
  child.stdout!.resume()
  await setTimeout(afterMs)
  const ended = once(child, 'exit')
  if (child.kill('SIGKILL')) await ended
}

const spawnChild = (dataDir: string, port: number): ChildProcess =>
  spawn(process.execPath, [tenantMain, '--data', dataDir, '--port', String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })

async function spawnTenant(dataDir: string, port: number): Promise<ChildProcess> {
  const child = spawnChild(dataDir, port)
  for await (const line of createInterface({ input: child.stdout! })) {
    const said = JSON.parse(line) as { origin?: string; error?: string }
    if (said.origin && !said.error) return child
    throw new Error(`the tenant did not start: ${line}`)
  }
  throw new Error('the tenant ended before it was ready')
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** Signs the administrator in as Microsoft's public client, with the rights a registration needs. */
export async function signAdminIn(tenant: TenantProcess): Promise<SignedIn> {
  const login = 'admin@contoso.example'
  return signInWithBrowser({
    client: {
      cloud: cloudOf(tenant),
      tenant: tenant.tenantId,
      clientId: graphCommandLineToolsClientId,
      clientKind: 'public',
      redirectUri: `http://localhost:${await freePort()}`,
      scopes: [
        'openid',
        'profile',
        'offline_access',
        'Application.ReadWrite.All',
        'DelegatedPermissionGrant.ReadWrite.All',
        'AppRoleAssignment.ReadWrite.All',
        'User.Read.All',
      ],
    },
    openUrl: await browserOf(tenant, login),
  })
}

const cloudOf = (tenant: TenantProcess): Cloud => ({
  name: 'local',
  authority: tenant.origin,
  graph: tenant.origin,
  ignoresLocalhostPort: true,
})

/** The password that the tenant keeps for a person. */
export async function passwordOf(tenant: TenantProcess, login: string): Promise<string> {
  const users = await tenant.control<{ userPrincipalName: string; password: string }[]>('GET', 'users')
  return users.find((user) => user.userPrincipalName === login)!.password
}

async function browserOf(tenant: TenantProcess, login: string): Promise<(url: string) => void> {
  const password = await passwordOf(tenant, login)
  return (url) => {
    walkSignIn(url, { login, password }).catch((error: unknown) => console.error(error))
  }
}

/** Registers the bot's application as the administrator, signs the bot in, and keeps it in a vault in `home`. */
export async function signBotIn(tenant: TenantProcess, home: string): Promise<GraphClient> {
  const admin = await signAdminIn(tenant)
  const directory = createGraphClient({
    graphOrigin: tenant.origin,
    getToken: () => Promise.resolve({ token: admin.tokens.accessToken }),
  })
  const plan = await planApp(directory, {
    name: 'Chaos bot',
    audience: 'AzureADMyOrg',
    client: 'public',
    redirectUris: ['http://localhost:9999/Callback'],
    permissions: [...seedScopes],
    assignmentRequired: false,
    assigned: [],
  })
  const applied = await applyPlan(directory, plan)
  await grantConsent(directory, { appId: applied.appId, scopes: [...seedScopes] })
  const signedIn = await signInWithBrowser({
    client: {
      cloud: cloudOf(tenant),
      tenant: tenant.tenantId,
      clientId: applied.appId,
      clientKind: 'public',
      redirectUri: `http://localhost:${await freePort()}/Callback`,
      scopes: seedScopes,
    },
    expectedUsername: botName,
    openUrl: await browserOf(tenant, botName),
  })
  const vault = openVault(home)
  vault.save(signedIn)
  vault.close()
  return createGraphClient({
    graphOrigin: tenant.origin,
    getToken: () => Promise.resolve({ token: signedIn.tokens.accessToken }),
  })
}
