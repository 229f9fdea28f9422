// The servers that are measured side by side, each set up as its own manual says, in memory where it keeps nothing.
import { tenantNode } from '../../src/cli/tenant-process.ts'
import { graphCommandLineToolsClientId } from '../../src/facts/well-known-clients.ts'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { walkSignIn } from '../../conformance/person/walk-sign-in.ts'
import type { Route } from './load.ts'
import { startServer, type ServerProcess } from './server-process.ts'

export interface Contender {
  readonly name: string
  /** What it does otherwise than ours, so that nobody reads its figure as the same work. */
  readonly remark: string
  /** Requests that one process of it answers before it refuses. */
  readonly mostRequests?: number
  start(dataDir: string): Promise<ServerProcess>
  /** Signs a person in with consent, and says how a flow goes from then on. */
  prepare(server: ServerProcess, dataDir: string): Promise<Route>
}

const scope = 'openid profile offline_access User.Read'
const redirect_uri = 'http://localhost/'
const peer = (file: string): URL => new URL(`../peers/${file}`, import.meta.url)

export const ours: Contender = {
  name: 'letterlock',
  remark: 'SQLite, WAL, synchronous=FULL; session cookie and consent checked; two RS256 signatures',
  start: (dataDir) =>
    startServer({
      file: new URL('../../src/tenant/main.ts', import.meta.url),
      args: ['--data', dataDir],
      node: tenantNode,
      metadataPath: ({ tenantId }) => `/${tenantId}/v2.0/.well-known/openid-configuration`,
    }),
  async prepare({ origin, tenantId }, dataDir) {
    const fields = { client_id: graphCommandLineToolsClientId, response_type: 'code', redirect_uri, scope }
    const at = `/${tenantId}/oauth2/v2.0`
    const login = 'admin@contoso.example'
    const { cookie } = await walkSignIn(`${origin}${at}/authorize?${new URLSearchParams(fields)}`, {
      login,
      password: await passwordOf(origin, { dataDir, login }),
      stopOutside: true,
    })
    return {
      origin,
      authorize: { method: 'GET', path: `${at}/authorize`, fields, cookie },
      token: { path: `${at}/token`, form: { client_id: fields.client_id, redirect_uri } },
    }
  },
}

export const peers: readonly Contender[] = [
  oidcProvider('oidc-provider', [], 'its own memory adapter'),
  oidcProvider('oidc-provider on plain maps', ['plain-maps'], 'an adapter of ours that is two maps'),
  {
    name: '@inbox-zero/emulate',
    remark:
      'in memory; has no session and no consent: the form its page would post; one RS256 signature, opaque access tokens; refuses after 5,000 requests, so its runs are shorter',
    mostRequests: 4_900,
    start: () =>
      startServer({
        file: peer('emulate.ts'),
        args: [],
        metadataPath: () => '/common/v2.0/.well-known/openid-configuration',
      }),
    prepare: ({ origin }) =>
      Promise.resolve({
        origin,
        authorize: {
          method: 'POST',
          path: '/oauth2/v2.0/authorize/callback',
          fields: { client_id: 'bench', redirect_uri, scope, email: 'ada@contoso.example' },
        },
        token: { path: '/oauth2/v2.0/token', form: { client_id: 'bench', redirect_uri } },
      }),
  },
  {
    name: 'oauth2-mock-server',
    remark:
      'in memory; has no session, no consent, no users, and looks at no refresh token; two RS256 signatures',
    start: () =>
      startServer({
        file: peer('oauth2-mock-server.ts'),
        args: [],
        metadataPath: () => '/.well-known/openid-configuration',
      }),
    prepare: ({ origin }) =>
      Promise.resolve({
        origin,
        authorize: {
          method: 'GET',
          path: '/authorize',
          fields: { client_id: 'bench', response_type: 'code', redirect_uri, scope },
        },
        token: { path: '/token', form: { client_id: 'bench', redirect_uri, scope } },
      }),
  },
]

function oidcProvider(name: string, args: readonly string[], adapter: string): Contender {
  return {
    name,
    remark: `in memory (${adapter}); session cookie and grant checked; two RS256 signatures (JWT access tokens)`,
    start: () =>
      startServer({
        file: peer('oidc-provider.ts'),
        args,
        metadataPath: () => '/.well-known/openid-configuration',
      }),
    async prepare({ origin }) {
      const fields = {
        client_id: 'bench',
        response_type: 'code',
        redirect_uri: 'https://app.example/',
        scope,
      }
      const query = { ...fields, code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' }
      const { cookie } = await walkSignIn(`${origin}/auth?${new URLSearchParams(query)}`, {
        login: '',
        password: '',
        stopOutside: true,
      })
      const form = { client_id: fields.client_id, redirect_uri: fields.redirect_uri }
      return {
        origin,
        authorize: { method: 'GET', path: '/auth', fields, cookie },
        token: { path: '/token', form },
      }
    },
  }
}

async function passwordOf(origin: string, o: { dataDir: string; login: string }): Promise<string> {
  const token = readFileSync(join(o.dataDir, 'control.token'), 'utf8').trim()
  const reply = await fetch(`${origin}/_letterlock/users`, { headers: { authorization: `Bearer ${token}` } })
  const users = (await reply.json()) as { userPrincipalName: string; password: string }[]
  return users.find((user) => user.userPrincipalName === o.login)!.password
}
