// A small authorization server for the tests here: signs real tokens, checks PKCE, and can hold or drop an answer.
// Judges of the protocol are in conformance/; this one is for what they cannot be told to do.
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { Cloud } from '../facts/clouds.ts'
import type { ClientRegistration } from './account.ts'

export const fixtureTenant = '11111111-2222-4333-8444-555555555555'
export const fixtureOid = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee'
export const fixtureClient = '99999999-8888-4777-8666-555555555555'

export interface HeldAnswer {
  /** The refresh has been carried out; its answer waits. */
  readonly arrived: Promise<void>
  letGo(): void
}

export interface TokenServer {
  readonly cloud: Cloud
  readonly origin: string
  /** Refreshes that gave new tokens. */
  refreshes: number
  /** Bodies of all token requests. */
  readonly requests: URLSearchParams[]
  /** Bodies of all device authorization requests, and what their answers hold instead. */
  readonly deviceRequests: URLSearchParams[]
  deviceAnswer: Record<string, unknown>
  /** Access tokens live so long. */
  lifeSeconds: number
  /** Entra's rule: an old refresh token stays valid. `single-use`: as RFC 9700 4.14 has it. */
  rotation: 'keep-old' | 'single-use'
  /** Answers the next token requests so, instead. */
  readonly refusals: { status: number; body: object | string; headers?: Record<string, string> }[]
  /** Changes the claims of the next ID tokens. */
  claims: Record<string, unknown>
  wrongKey: boolean
  holdNextRefresh(): HeldAnswer
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

interface Code {
  readonly challenge: string
  readonly nonce: string
  readonly redirectUri: string
}

export async function startTokenServer(): Promise<TokenServer> {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const stranger = await generateKeyPair('RS256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', use: 'sig' }
  const codes = new Map<string, Code>()
  const live = new Set<string>()
  const held: { arrive(): void; released: Promise<void> }[] = []
  const http = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      console.error(error)
      response.destroy()
    })
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const address = http.address()
  const origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  const base = `${origin}/${fixtureTenant}`
  const close = async (): Promise<void> => {
    http.closeAllConnections()
    if (http.listening) await new Promise((resolve) => http.close(resolve))
  }
  const server: TokenServer = {
    cloud: { name: 'fixture', authority: origin, graph: origin, ignoresLocalhostPort: true },
    origin,
    refreshes: 0,
    requests: [],
    deviceRequests: [],
    deviceAnswer: {},
    lifeSeconds: 3600,
    rotation: 'keep-old',
    refusals: [],
    claims: {},
    wrongKey: false,
    holdNextRefresh() {
      const arrived = Promise.withResolvers<void>()
      const released = Promise.withResolvers<void>()
      held.push({ arrive: arrived.resolve, released: released.promise })
      return { arrived: arrived.promise, letGo: released.resolve }
    },
    close,
    [Symbol.asyncDispose]: close,
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', origin)
    const tenant = url.pathname.split('/')[1]
    if (tenant !== fixtureTenant && tenant !== 'contoso.example' && tenant !== 'organizations') {
      const text =
        "AADSTS90002: Tenant 'x' not found.\r\nTrace ID: 00000000-0000-0000-0000-000000000001\r\nCorrelation ID: 00000000-0000-0000-0000-000000000002"
      return json(response, 400, { error: 'invalid_tenant', error_description: text, error_codes: [90002] })
    }
    if (url.pathname.endsWith('/openid-configuration')) {
      return json(response, 200, {
        issuer: tenant === 'organizations' ? `${origin}/{tenantid}/v2.0` : `${base}/v2.0`,
        authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
        token_endpoint: `${base}/oauth2/v2.0/token`,
        device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
        jwks_uri: `${base}/discovery/v2.0/keys`,
        id_token_signing_alg_values_supported: ['RS256'],
      })
    }
    if (url.pathname.endsWith('/keys')) return json(response, 200, { keys: [jwk] })
    if (url.pathname.endsWith('/authorize')) return authorize(url, response)
    let body = ''
    for await (const chunk of request) body += String(chunk)
    if (url.pathname.endsWith('/devicecode')) {
      server.deviceRequests.push(new URLSearchParams(body))
      return json(response, 200, { ...deviceAnswer(origin), ...server.deviceAnswer })
    }
    return token(new URLSearchParams(body), response)
  }

  function authorize(url: URL, response: ServerResponse): void {
    const asked = (name: string): string => url.searchParams.get(name) ?? ''
    const code = randomBytes(16).toString('hex')
    codes.set(code, {
      challenge: asked('code_challenge'),
      nonce: asked('nonce'),
      redirectUri: asked('redirect_uri'),
    })
    const back = new URL(asked('redirect_uri'))
    back.search = new URLSearchParams({ code, state: asked('state') }).toString()
    response.writeHead(302, { location: back.href }).end()
  }

  async function token(body: URLSearchParams, response: ServerResponse): Promise<void> {
    server.requests.push(body)
    const refusal = server.refusals.shift()
    if (refusal) return json(response, refusal.status, refusal.body, refusal.headers)
    if (body.get('grant_type') === 'authorization_code') {
      const code = codes.get(body.get('code') ?? '')
      codes.delete(body.get('code') ?? '')
      const challenge = createHash('sha256')
        .update(body.get('code_verifier') ?? '')
        .digest('base64url')
      if (!code || code.challenge !== challenge || code.redirectUri !== body.get('redirect_uri')) {
        return json(response, 400, {
          error: 'invalid_grant',
          error_description: 'AADSTS501481: verifier',
          error_codes: [501481],
        })
      }
      return json(response, 200, await tokens(body, code.nonce))
    }
    if (body.get('grant_type') === 'client_credentials') {
      // E 4.1: no scope, no refresh token, no ID token.
      const access_token = `app-${randomBytes(16).toString('hex')}`
      return json(response, 200, { token_type: 'Bearer', expires_in: server.lifeSeconds, access_token })
    }
    if (body.get('device_code') === 'dc-planted') return json(response, 200, await tokens(body))
    const used = body.get('refresh_token') ?? ''
    if (!live.has(used)) {
      const reused = server.rotation === 'single-use'
      return json(response, 400, reused ? { error: 'invalid_grant' } : entraRefusal())
    }
    if (server.rotation === 'single-use') live.delete(used)
    server.refreshes++
    const fresh = await tokens(body)
    const hold = held.shift()
    hold?.arrive()
    await hold?.released
    return json(response, 200, fresh)
  }

  async function tokens(body: URLSearchParams, nonce?: string): Promise<object> {
    const refreshToken = `rt-${randomBytes(16).toString('hex')}`
    live.add(refreshToken)
    const idToken = await new SignJWT({
      oid: fixtureOid,
      tid: fixtureTenant,
      sub: 'pairwise',
      preferred_username: 'Invoice.Bot@contoso.example',
      name: 'Invoice Bot',
      ...(nonce !== undefined && { nonce }),
      ...server.claims,
    })
      .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
      .setIssuer(String(server.claims.iss ?? `${base}/v2.0`))
      .setAudience(String(server.claims.aud ?? fixtureClient))
      .setIssuedAt()
      .setExpirationTime(typeof server.claims.exp === 'number' ? server.claims.exp : '1h')
      .sign(server.wrongKey ? stranger.privateKey : privateKey)
    return {
      token_type: 'Bearer',
      scope: 'openid profile https://graph.microsoft.com/Mail.Read',
      expires_in: server.lifeSeconds,
      access_token: `at-${randomBytes(16).toString('hex')}`,
      refresh_token: refreshToken,
      id_token: idToken,
      asked: body.get('scope'),
    }
  }
  return server
}

/** E section 5. */
function deviceAnswer(origin: string): object {
  const verification_uri = `${origin}/devicelogin`
  const message = `To sign in, use a web browser to open the page ${verification_uri} and enter the code FJAUPGYY2 to authenticate.`
  return {
    device_code: 'dc-planted',
    user_code: 'FJAUPGYY2',
    verification_uri,
    expires_in: 900,
    interval: 5,
    message,
  }
}

export function entraRefusal(): object {
  return {
    error: 'invalid_grant',
    error_description:
      'AADSTS50173: The provided grant has expired due to it being revoked.\r\nTrace ID: 0b2f7c5e-0000-4000-8000-0123456789ab\r\nCorrelation ID: 1c2f7c5e-0000-4000-8000-0123456789ab\r\nTimestamp: 2026-11-24 10:00:00Z',
    error_codes: [50173],
    trace_id: '0b2f7c5e-0000-4000-8000-0123456789ab',
    correlation_id: '1c2f7c5e-0000-4000-8000-0123456789ab',
    suberror: 'bad_token',
  }
}

function json(
  response: ServerResponse,
  status: number,
  body: object | string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

/** A public client of the fixture's tenant. */
export function publicClientOf(
  server: TokenServer,
  redirectUri = 'http://localhost/Callback',
): ClientRegistration {
  return {
    cloud: server.cloud,
    tenant: fixtureTenant,
    clientId: fixtureClient,
    clientKind: 'public',
    redirectUri,
    scopes: ['Mail.Read'],
  }
}
