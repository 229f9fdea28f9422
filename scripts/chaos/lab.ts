// The laboratory of the chaos run: a tenant process that can be killed, its control API, and a signed-in bot.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Cloud } from '../../src/facts/clouds.ts'
import { seedScopes } from '../../src/facts/permissions.ts'
import { graphCommandLineToolsClientId } from '../../src/facts/well-known-clients.ts'
import { createGraphClient, type GraphClient } from '../../src/graph/index.ts'
import { applyPlan, grantConsent, planApp } from '../../src/registration/index.ts'
import { openVault, signInWithBrowser } from '../../src/signin/index.ts'
import { walkSignIn } from './person.ts'

const tenantMain = fileURLToPath(new URL('../../src/tenant/main.ts', import.meta.url))
export const botName = 'invoice.bot@contoso.example'

export interface TenantProcess {
  readonly origin: string
  readonly tenantId: string
  /** Ends the process with SIGKILL and starts another on the same data and port. */
  killAndRestart(): Promise<void>
  stop(): Promise<void>
  control<T>(method: string, path: string, body?: object | Uint8Array): Promise<T>
}

export async function startTenantProcess(dataDir: string): Promise<TenantProcess> {
  const port = await freePort()
  let child = await spawnTenant(dataDir, port)
  const origin = `http://127.0.0.1:${port}`
  const { tenantId } = JSON.parse(readFileSync(join(dataDir, 'tenant.json'), 'utf8')) as { tenantId: string }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
  return {
    origin,
    tenantId,
    async killAndRestart() {
      await end('SIGKILL')
      child = await spawnTenant(dataDir, port)
    },
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

async function spawnTenant(dataDir: string, port: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, [tenantMain, '--data', dataDir, '--port', String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line) as { origin?: string; error?: string }
    if (said.origin && !said.error) return child
    throw new Error(`the tenant did not start: ${line}`)
  }
  throw new Error('the tenant ended before it was ready')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** Registers the bot's application as the administrator, signs the bot in, and keeps it in a vault in `home`. */
export async function signBotIn(tenant: TenantProcess, home: string): Promise<GraphClient> {
  const users = await tenant.control<{ userPrincipalName: string; password: string }[]>('GET', 'users')
  const passwordOf = (name: string): string => users.find((user) => user.userPrincipalName === name)!.password
  const cloud: Cloud = {
    name: 'local',
    authority: tenant.origin,
    graph: tenant.origin,
    ignoresLocalhostPort: true,
  }
  const browse = (login: string) => (url: string) => {
    walkSignIn(url, { login, password: passwordOf(login) }).catch((error: unknown) => console.error(error))
  }
  const admin = await signInWithBrowser({
    client: {
      cloud,
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
    openUrl: browse('admin@contoso.example'),
  })
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
      cloud,
      tenant: tenant.tenantId,
      clientId: applied.appId,
      clientKind: 'public',
      redirectUri: `http://localhost:${await freePort()}/Callback`,
      scopes: seedScopes,
    },
    expectedUsername: botName,
    openUrl: browse(botName),
  })
  const vault = openVault(home)
  vault.save(signedIn)
  vault.close()
  return createGraphClient({
    graphOrigin: tenant.origin,
    getToken: () => Promise.resolve({ token: signedIn.tokens.accessToken }),
  })
}
