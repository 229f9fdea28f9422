// oidc-provider as the bench measures it: in memory, no pages, JWT access tokens, so that a flow costs two signatures as ours does.
// `plain-maps` takes the place of its own memory adapter, which walks all tokens of a grant at each write.
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { openAdapter } from './oidc-provider-adapter.ts'

/** Just what is used here: the package has no types of its own. */
interface Provider {
  callback(): (request: IncomingMessage, response: ServerResponse) => void
  interactionFinished(request: IncomingMessage, response: ServerResponse, result: object): Promise<void>
  Grant: new (properties: { accountId: string; clientId: string }) => {
    addOIDCScope(scope: string): void
    addResourceScope(resource: string, scope: string): void
    save(): Promise<string>
  }
}

const resource = 'https://graph.example'
const clientId = 'bench'
const { default: Provider } = (await import('oidc-provider' as string)) as {
  default: new (issuer: string, configuration: object) => Provider
}
const http = createServer().listen(0, '127.0.0.1')
await once(http, 'listening')
const { port } = http.address() as { port: number }
const origin = `http://127.0.0.1:${port}`

const provider = new Provider(origin, {
  ...(process.argv[2] === 'plain-maps' ? { adapter: openAdapter() } : {}),
  clients: [
    {
      client_id: clientId,
      // A native one would be asked for consent each time.
      redirect_uris: ['https://app.example/'],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
    },
  ],
  scopes: ['openid', 'profile', 'offline_access'],
  claims: { openid: ['sub', 'oid', 'tid'], profile: ['preferred_username', 'name'] },
  conformIdTokenClaims: false,
  features: {
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: 'User.Read',
        audience: resource,
        accessTokenFormat: 'jwt',
        accessTokenTTL: 3_600,
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
  issueRefreshToken: () => true,
  rotateRefreshToken: true,
  jwks: { keys: [generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })] },
  cookies: { keys: ['only for the bench'] },
  pkce: { required: () => true },
  interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
  ttl: {
    AccessToken: 3_600,
    AuthorizationCode: 60,
    IdToken: 3_600,
    RefreshToken: 86_400,
    Grant: 86_400,
    Interaction: 600,
    Session: 86_400,
  },
  findAccount: (_context: unknown, accountId: string) => ({
    accountId,
    claims: () => ({
      sub: accountId,
      oid: accountId,
      tid: 'bench',
      preferred_username: 'ada@contoso.example',
      name: 'Ada',
    }),
  }),
})

/** The person signs in and agrees once; the session remembers both. */
async function agree(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const grant = new provider.Grant({ accountId: 'ada', clientId })
  grant.addOIDCScope('openid profile offline_access')
  grant.addResourceScope(resource, 'User.Read')
  await provider.interactionFinished(request, response, {
    login: { accountId: 'ada' },
    consent: { grantId: await grant.save() },
  })
}

const answer = provider.callback()
http.on('request', (request: IncomingMessage, response: ServerResponse) => {
  if (!request.url?.startsWith('/interaction/')) return answer(request, response)
  agree(request, response).catch((error: unknown) => response.destroy(error as Error))
})
console.log(JSON.stringify({ origin }))
