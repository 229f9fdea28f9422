// POST /{tenant}/oauth2/v2.0/token. entra.md section 4.
import type { Context, Hono } from 'hono'
import { GraphFailure } from '../context.ts'
import type { Application, ServicePrincipal } from '../directory/objects.ts'
import {
  clientOf,
  type ClientCredentials,
  readCredentials,
  requireConfidential,
} from './client-authentication.ts'
import { EntraFailure, errorBody, failureIds, PageFailure } from './failure.ts'
import type { IdentityParts } from './identity.ts'
import { redeemCode } from './redeem-code.ts'
import { refreshTokens } from './refresh-tokens.ts'

export interface TokenRequest {
  readonly form: Readonly<Record<string, string>>
  readonly tenant: string
  readonly origin: string
  /** The `Origin` header: sent by browsers alone. */
  readonly browserOrigin: string | undefined
  readonly client: { readonly application: Application; readonly principal: ServicePrincipal }
  readonly credentials: ClientCredentials
}

const notModelledGrants = new Set([
  'urn:ietf:params:oauth:grant-type:device_code',
  'device_code',
  'password',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
])
const answerHeaders = { 'cache-control': 'no-store, no-cache', pragma: 'no-cache', expires: '-1' }

export function mountToken(app: Hono, parts: IdentityParts): void {
  app.options('/:tenant/oauth2/v2.0/token', (c) =>
    c.body(null, 204, {
      'access-control-allow-origin': c.req.header('origin') ?? '*',
      'access-control-allow-methods': 'POST, OPTIONS',
      'access-control-allow-headers': c.req.header('access-control-request-headers') ?? 'content-type',
    }),
  )

  app.post('/:tenant/oauth2/v2.0/token', async (c) => {
    const { origin } = new URL(c.req.url)
    try {
      const form = await readForm(c)
      const answer = await answerTo(c, form, origin)
      const browserOrigin = c.req.header('origin')
      const cors: Record<string, string> = browserOrigin
        ? { 'access-control-allow-origin': browserOrigin, vary: 'Origin' }
        : {}
      return c.json(answer, 200, { ...answerHeaders, ...cors, 'x-ms-request-id': crypto.randomUUID() })
    } catch (error) {
      const failure = asEntraFailure(error)
      const ids = failureIds(
        parts.clock.nowMs(),
        c.req.query('client-request-id') ?? c.req.header('client-request-id'),
      )
      const status = failure.details.status ?? 400
      return c.json(errorBody(failure, ids, origin), status as 400, {
        ...answerHeaders,
        'x-ms-request-id': ids.traceId,
      })
    }
  })

  async function answerTo(c: Context, form: Record<string, string>, origin: string): Promise<object> {
    const tenant = parts.checkTenant(c.req.param('tenant') ?? '')
    const grantType = required(form, 'grant_type')
    const credentials = readCredentials(form, c.req.header('authorization'))
    const client = clientOf(parts, credentials.clientId)
    if (notModelledGrants.has(grantType)) throw notModelled(`the grant ${grantType}`)
    const request: TokenRequest = {
      form,
      tenant,
      origin,
      browserOrigin: c.req.header('origin'),
      client,
      credentials,
    }
    if (grantType === 'authorization_code') return redeemCode(parts, request)
    if (grantType === 'refresh_token') return refreshTokens(parts, request)
    if (grantType === 'client_credentials') return appOnly(request)
    throw new EntraFailure(70003, 'The app requested an unsupported grant type.', {
      error: 'unsupported_grant_type',
    })
  }

  async function appOnly(request: TokenRequest): Promise<object> {
    const { application, principal } = request.client
    requireConfidential(parts, request)
    if (request.tenant !== parts.tenantId) {
      throw new EntraFailure(
        50059,
        'No tenant-identifying information found in either the request or implied by any provided credentials.',
        { error: 'invalid_request' },
      )
    }
    const scope = required(request.form, 'scope')
    if (
      !/^(https:\/\/graph\.microsoft\.com\/|00000003-0000-0000-c000-000000000000\/)\/?\.default$/i.test(scope)
    ) {
      throw new EntraFailure(
        1002012,
        `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`,
        { error: 'invalid_scope' },
      )
    }
    const token = await parts.tokens.forApp(application, {
      principalId: principal.id,
      roles: parts.directory.grantedRoles(principal.id),
    })
    return {
      token_type: 'Bearer',
      expires_in: token.lifeSeconds,
      ext_expires_in: token.lifeSeconds,
      access_token: token.text,
    }
  }
}

/** The body as a form; each name once (RFC 6749 section 3.2). */
async function readForm(c: Context): Promise<Record<string, string>> {
  const malformed = (): EntraFailure =>
    new EntraFailure(9002313, 'Invalid request. Request is malformed or invalid.', {
      error: 'invalid_request',
    })
  const text = await c.req.text()
  const type = (c.req.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded' || text === '') throw malformed()
  const form: Record<string, string> = Object.create(null) as Record<string, string>
  for (const [name, value] of new URLSearchParams(text)) {
    if (name in form) throw malformed()
    form[name] = value
  }
  return form
}

/** @throws {EntraFailure} 900144 */
export function required(form: Readonly<Record<string, string>>, name: string): string {
  const value = form[name]
  if (value) return value
  throw new EntraFailure(900144, `The request body must contain the following parameter: '${name}'.`, {
    error: 'invalid_request',
  })
}

function notModelled(what: string): GraphFailure {
  return new GraphFailure(501, 'NotImplemented', `The local tenant does not model ${what}.`)
}

function asEntraFailure(error: unknown): EntraFailure {
  if (error instanceof EntraFailure) return error
  if (error instanceof PageFailure)
    return new EntraFailure(error.code, error.message, {
      error: error.code === 700016 ? 'unauthorized_client' : 'invalid_request',
    })
  throw error
}
