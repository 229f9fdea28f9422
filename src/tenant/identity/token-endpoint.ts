// POST /{tenant}/oauth2/v2.0/token, and version 1 of it. entra.md section 4.
import type { Context, Hono } from 'hono'
import { GraphFailure } from '../context.ts'
import type { Application, ServicePrincipal } from '../directory/objects.ts'
import {
  authenticationKind,
  clientOf,
  type ClientCredentials,
  readCredentials,
  requireConfidential,
} from './client-authentication.ts'
import { redeemDeviceCode } from './device-endpoint.ts'
import { EntraFailure } from './failure.ts'
import type { IdentityParts } from './identity.ts'
import { redeemCode } from './redeem-code.ts'
import { refreshTokens } from './refresh-tokens.ts'
import { answerJson, readForm, required } from './token-answer.ts'
import { asVersion1, asVersion2 } from './version-1.ts'

export interface TokenRequest {
  readonly form: Readonly<Record<string, string>>
  /** As resolved from the path: the tenant's GUID, `organizations` or `common`. */
  readonly tenant: string
  /** As the path spells it. */
  readonly tenantName: string
  readonly origin: string
  /** The `Origin` header: sent by browsers alone. */
  readonly browserOrigin: string | undefined
  readonly client: { readonly application: Application; readonly principal: ServicePrincipal }
  readonly credentials: ClientCredentials
  /** Of the endpoint that was asked; the form is in the words of version 2 either way. */
  readonly version: 1 | 2
}

type Grant = (parts: IdentityParts, request: TokenRequest) => Promise<object>

const grants: Readonly<Record<string, Grant>> = {
  authorization_code: redeemCode,
  refresh_token: refreshTokens,
  client_credentials: appOnly,
  'urn:ietf:params:oauth:grant-type:device_code': redeemDeviceCode,
  device_code: redeemDeviceCode,
}
const notModelledGrants = new Set(['password', 'urn:ietf:params:oauth:grant-type:jwt-bearer'])

export function mountToken(app: Hono, parts: IdentityParts): void {
  for (const version of [2, 1] as const) {
    const path = version === 2 ? '/:tenant/oauth2/v2.0/token' : '/:tenant/oauth2/token'
    app.options(path, (c) =>
      c.body(null, 204, {
        'access-control-allow-origin': c.req.header('origin') ?? '*',
        'access-control-allow-methods': 'POST, OPTIONS',
        'access-control-allow-headers': c.req.header('access-control-request-headers') ?? 'content-type',
      }),
    )
    app.post(path, (c) => answerJson(c, parts, () => answerTo(c, parts, version)))
  }
}

async function answerTo(c: Context, parts: IdentityParts, version: 1 | 2): Promise<object> {
  const sent = await readForm(c)
  const form = version === 1 ? asVersion2(sent) : sent
  const tenantName = c.req.param('tenant') ?? ''
  const tenant = parts.checkTenant(tenantName)
  const grantType = required(form, 'grant_type')
  const credentials = readCredentials(form, c.req.header('authorization'))
  const client = clientOf(parts, credentials.clientId)
  if (notModelledGrants.has(grantType)) throw notModelled(`the grant ${grantType}`)
  const grant = Object.hasOwn(grants, grantType) ? grants[grantType] : undefined
  if (!grant)
    throw new EntraFailure(70003, 'The app requested an unsupported grant type.', {
      error: 'unsupported_grant_type',
    })
  const { origin } = new URL(c.req.url)
  const browserOrigin = c.req.header('origin')
  const request: TokenRequest = {
    form,
    tenant,
    tenantName,
    origin,
    browserOrigin,
    client,
    credentials,
    version,
  }
  const answer = await grant(parts, request)
  return version === 1 ? asVersion1(answer as Record<string, unknown>, request, parts.clock.nowMs()) : answer
}

async function appOnly(parts: IdentityParts, request: TokenRequest): Promise<object> {
  const { application, principal } = request.client
  await requireConfidential(parts, request)
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
    authentication: authenticationKind(request.credentials),
    roles: parts.directory.grantedRoles(principal.id),
  })
  return {
    token_type: 'Bearer',
    expires_in: token.lifeSeconds,
    ext_expires_in: token.lifeSeconds,
    access_token: token.text,
  }
}

function notModelled(what: string): GraphFailure {
  return new GraphFailure(501, 'NotImplemented', `The local tenant does not model ${what}.`)
}
