// A local tenant for tests of registration: people sign in through its forms, and their tokens reach its Graph.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { walkSignIn } from '../../conformance/person/walk-sign-in.ts'
import type { Cloud } from '../facts/clouds.ts'
import { graphCommandLineToolsClientId } from '../facts/well-known-clients.ts'
import { createGraphClient, type GraphClient } from '../graph/index.ts'
import { signInWithBrowser } from '../signin/index.ts'
import { startTenant, type Tenant } from '../tenant/index.ts'

export const adminPermissions = [
  'Application.ReadWrite.All',
  'DelegatedPermissionGrant.ReadWrite.All',
  'AppRoleAssignment.ReadWrite.All',
  'User.Read.All',
] as const

export interface Lab {
  readonly tenant: Tenant
  readonly cloud: Cloud
  /** As a user, with the permissions named. */
  clientOf(login: string, scopes: readonly string[]): Promise<GraphClient>
  tokenOf(login: string, scopes: readonly string[]): Promise<string>
  control(method: string, path: string, body?: object): Promise<unknown>
  close(): Promise<void>
  /** Every request that a client of this lab sent. */
  requests: string[]
}

export async function openLab(): Promise<Lab> {
  const tenant = await startTenant()
  const { origin } = tenant
  const cloud: Cloud = { name: 'local', authority: origin, graph: origin, ignoresLocalhostPort: true }
  const lab: Lab = {
    tenant,
    cloud,
    requests: [],
    async clientOf(login, scopes) {
      const token = await lab.tokenOf(login, scopes)
      return createGraphClient({
        graphOrigin: origin,
        getToken: () => Promise.resolve({ token }),
        onRequest: (report) => lab.requests.push(`${report.method} ${report.path}`),
      })
    },
    tokenOf: (login, scopes) => signIn(lab, login, scopes),
    async control(method, path, body) {
      const reply = await fetch(`${origin}/_letterlock/${path}`, {
        method,
        headers: { authorization: `Bearer ${tenant.controlToken}`, 'content-type': 'application/json' },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
      const text = await reply.text()
      assert.ok(reply.ok, `${reply.status} ${text}`)
      return text === '' ? undefined : JSON.parse(text)
    },
    close: () => tenant.close(),
  }
  return lab
}

async function signIn({ tenant, cloud }: Lab, login: string, scopes: readonly string[]): Promise<string> {
  const password = tenant.users.find((user) => user.userPrincipalName === login)?.password ?? ''
  const walks: Promise<unknown>[] = []
  const signedIn = await signInWithBrowser({
    client: {
      cloud,
      tenant: tenant.tenantId,
      clientId: graphCommandLineToolsClientId,
      clientKind: 'public',
      redirectUri: `http://localhost:${await freePort()}`,
      scopes: ['openid', 'profile', 'offline_access', ...scopes],
    },
    openUrl: (url) => void walks.push(walkSignIn(url, { login, password })),
    timeoutMs: 15_000,
  })
  await Promise.all(walks)
  return signedIn.tokens.accessToken.reveal()
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
