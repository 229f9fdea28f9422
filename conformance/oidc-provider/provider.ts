// oidc-provider as a tenant: Entra's paths and claims, everything else its own strict rules.
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cloud } from '../../src/facts/clouds.ts'
import type { ClientRegistration } from '../../src/signin/index.ts'
import { makeCertificate } from '../local-tenant/lab.ts'

export const tenantId = '11111111-2222-4333-8444-555555555555'
export const ada = { oid: 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee', username: 'ada@contoso.example' }
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'
const secret = 'a-confidential-client-secret-for-conformance'

export interface Judge {
  readonly cloud: Cloud
  readonly publicClient: ClientRegistration
  readonly confidential: Omit<ClientRegistration, 'credential'>
  readonly secret: string
  /** Proves itself with a certificate that OpenSSL made. */
  readonly withCertificate: ClientRegistration
  /** What the provider reported, in order: `grant.success refresh_token`, `grant.error invalid_grant …`, `grant.revoked`. */
  readonly events: string[]
  /** Errors that the provider showed on its own page. */
  readonly pageErrors: string[]
  once(event: 'grant.error', listener: () => void): void
  close(): Promise<void>
}

/** Just what is used here: the package has no types of its own. */
interface Provider {
  callback(): (request: IncomingMessage, response: ServerResponse) => void
  on(event: string, listener: (...args: never[]) => void): void
  once(event: string, listener: (...args: never[]) => void): void
  interactionDetails(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<{ params: { client_id: string } }>
  interactionFinished(request: IncomingMessage, response: ServerResponse, result: object): Promise<void>
  Grant: new (properties: { accountId: string; clientId: string }) => {
    addOIDCScope(scope: string): void
    save(): Promise<string>
  }
}

interface RequestContext {
  readonly oidc: { readonly params?: { readonly grant_type?: string } }
}

export async function startJudge(): Promise<Judge> {
  const folder = mkdtempSync(join(tmpdir(), 'letterlock-judge-'))
  const { pem } = makeCertificate(folder)
  const certificateKey = new X509Certificate(readFileSync(pem)).publicKey
  const { default: Provider } = (await import('oidc-provider' as string)) as {
    default: new (issuer: string, configuration: object) => Provider
  }
  const http = createServer()
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const address = http.address()
  const origin = `http://localhost:${typeof address === 'object' && address ? address.port : 0}`
  const base = `/${tenantId}/v2.0`
  const cloud: Cloud = { name: 'judge', authority: origin, graph: origin, ignoresLocalhostPort: true }
  const scopes = ['Mail.Read']
  const common = { cloud, tenant: tenantId, redirectUri: 'http://localhost/Callback', scopes }
  const events: string[] = []
  const pageErrors: string[] = []
  const client = {
    redirect_uris: [common.redirectUri],
    grant_types: ['authorization_code', 'refresh_token', deviceGrant],
    application_type: 'native',
  }
  const provider = new Provider(origin + base, {
    clients: [
      { ...client, client_id: 'public-client', token_endpoint_auth_method: 'none' },
      {
        ...client,
        client_id: 'confidential-client',
        client_secret: secret,
        token_endpoint_auth_method: 'client_secret_post',
      },
      {
        ...client,
        client_id: 'certificate-client',
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'PS256',
        jwks: { keys: [certificateKey.export({ format: 'jwk' })] },
      },
    ],
    scopes: ['openid', 'offline_access', 'profile', ...scopes],
    claims: { openid: ['sub', 'oid', 'tid'], profile: ['preferred_username', 'name'] },
    conformIdTokenClaims: false,
    features: {
      devInteractions: { enabled: false },
      deviceFlow: { enabled: true },
      revocation: { enabled: true },
    },
    jwks: {
      keys: [generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })],
    },
    cookies: { keys: ['only for this test'] },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    ttl: {
      AccessToken: 3600,
      AuthorizationCode: 60,
      DeviceCode: 900,
      IdToken: 600,
      RefreshToken: 86_400,
      Grant: 86_400,
      Interaction: 600,
      Session: 86_400,
    },
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    findAccount: (_context: unknown, accountId: string) => ({
      accountId,
      claims: () => ({
        sub: accountId,
        oid: ada.oid,
        tid: tenantId,
        preferred_username: ada.username,
        name: 'Ada',
      }),
    }),
    renderError: (
      context: { body: string },
      { error, error_description }: { error: string; error_description: string },
    ) => {
      pageErrors.push(`${error}: ${error_description}`)
      context.body = error
    },
  })
  const grantOf = (context: RequestContext): string => context.oidc.params?.grant_type ?? ''
  provider.on('grant.success', (context: RequestContext) => events.push(`grant.success ${grantOf(context)}`))
  provider.on('grant.error', (context: RequestContext, error: { message: string; error_detail?: string }) =>
    events.push(`grant.error ${grantOf(context)} ${error.message} ${error.error_detail ?? ''}`.trim()),
  )
  provider.on('grant.revoked', () => events.push('grant.revoked'))
  const answer = provider.callback()
  http.on('request', (request: IncomingMessage & { originalUrl?: string }, response: ServerResponse) => {
    if (request.url?.startsWith('/interaction/')) {
      agree(request, response).catch((error: unknown) => response.destroy(error as Error))
      return
    }
    // Mounted below its issuer's path, as the provider's manual shows for express.
    request.originalUrl = request.url ?? ''
    if (request.url?.startsWith(base)) request.url = request.url.slice(base.length) || '/'
    answer(request, response)
  })

  /** The person signs in and agrees. */
  async function agree(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { params } = await provider.interactionDetails(request, response)
    const grant = new provider.Grant({ accountId: 'ada', clientId: params.client_id })
    grant.addOIDCScope(['openid', 'profile', 'offline_access', ...scopes].join(' '))
    await provider.interactionFinished(request, response, {
      login: { accountId: 'ada' },
      consent: { grantId: await grant.save() },
    })
  }

  return {
    cloud,
    publicClient: { ...common, clientId: 'public-client', clientKind: 'public' },
    confidential: { ...common, clientId: 'confidential-client', clientKind: 'confidential' },
    secret,
    withCertificate: {
      ...common,
      clientId: 'certificate-client',
      clientKind: 'confidential',
      credential: { kind: 'certificate', file: pem },
    },
    events,
    pageErrors,
    once: (event, listener) => void provider.once(event, listener),
    async close() {
      rmSync(folder, { recursive: true, force: true })
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

/** Follows redirects with cookies, as a browser; `change` may alter each address before it is asked. */
export async function browse(url: string, change: (url: URL) => void = () => undefined): Promise<number> {
  return (await follow(url, new Map(), { change })).status
}

/** Types a device code on the provider's own pages, signs in, and confirms or declines. Gives the last page's text. */
export async function typeCode(
  address: string,
  decision: 'confirm' | 'decline' = 'confirm',
): Promise<string> {
  const cookies = new Map<string, string>()
  let page = await follow(address, cookies)
  for (let turn = 0; turn < 4; turn++) {
    const form = /<form[^>]*action="([^"]+)"[^>]*>([\s\S]*?)<\/form>/.exec(page.text)
    if (!form) return page.text
    const body = new URLSearchParams()
    for (const [, name = '', value = ''] of (form[2] ?? '').matchAll(/name="([^"]+)" value="([^"]*)"/g))
      body.set(name, value)
    if (decision === 'decline' && body.has('confirm')) body.set('abort', 'yes')
    page = await follow(new URL(form[1] ?? '', page.url).href, cookies, { body })
  }
  return page.text
}

interface Page {
  readonly url: string
  readonly status: number
  readonly text: string
}

async function follow(
  url: string,
  cookies: Map<string, string>,
  how: { change?: (url: URL) => void; body?: URLSearchParams } = {},
): Promise<Page> {
  let next: { url: string; body?: URLSearchParams } = { url, ...(how.body && { body: how.body }) }
  for (let hop = 0; hop < 15; hop++) {
    const address = new URL(next.url)
    how.change?.(address)
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(address, {
      redirect: 'manual',
      headers: { cookie },
      ...(next.body && { method: 'POST', body: next.body }),
    })
    for (const set of response.headers.getSetCookie()) {
      const [pair = ''] = set.split(';')
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
    }
    const text = await response.text()
    const location = response.headers.get('location')
    if (!location) return { url: address.href, status: response.status, text }
    next = { url: new URL(location, address).href }
  }
  throw new Error('too many redirects')
}
