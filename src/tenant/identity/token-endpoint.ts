// POST /{tenant}/oauth2/v2.0/token, and version 1 of it. entra.md section 4.
import type { Context, Hono } from 'hono'
import type { Application, ServicePrincipal } from '../directory/objects.ts'
import { clientOf, type ClientCredentials, readCredentials } from './client-authentication.ts'
import { issueToApplication } from './client-credentials.ts'
import { redeemDeviceCode } from './device-endpoint.ts'
import { EntraFailure } from './failure.ts'
import type { IdentityParts, SharedParts } from './identity.ts'
import { createLoopDetector, type LoopDetector } from './loop-detection.ts'
import { actOnBehalfOf } from './on-behalf-of.ts'
import { signInWithPassword } from './password-grant.ts'
import { redeemCode } from './redeem-code.ts'
import { partsOfGrant } from './tenant-of-grant.ts'
import { refreshTokens } from './refresh-tokens.ts'
import { createTokenLog } from './sign-in-log.ts'
import { consumersTenantId, noPersonalAccounts } from './tenant-of-request.ts'
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
  client_credentials: issueToApplication,
  'urn:ietf:params:oauth:grant-type:device_code': redeemDeviceCode,
  device_code: redeemDeviceCode,
  'urn:ietf:params:oauth:grant-type:jwt-bearer': actOnBehalfOf,
  password: signInWithPassword,
}

/** Those that find by themselves that nobody here has a personal account. */
const personalGrants = new Set(['authorization_code', 'refresh_token', 'password'])

export function mountToken(app: Hono, shared: SharedParts): void {
  const log = createTokenLog(shared)
  const detectLoop = createLoopDetector()
  for (const version of [2, 1] as const) {
    const path = version === 2 ? '/:tenant/oauth2/v2.0/token' : '/:tenant/oauth2/token'
    app.options(path, (c) =>
      c.body(null, 204, {
        'access-control-allow-origin': c.req.header('origin') ?? '*',
        'access-control-allow-methods': 'POST, OPTIONS',
        'access-control-allow-headers': c.req.header('access-control-request-headers') ?? 'content-type',
      }),
    )
    app.post(path, (c) => answerJson(c, shared, () => answerTo(c, { shared, log, version, detectLoop })))
  }
}

async function answerTo(
  c: Context,
  o: {
    readonly shared: SharedParts
    readonly log: ReturnType<typeof createTokenLog>
    readonly version: 1 | 2
    readonly detectLoop: LoopDetector
  },
): Promise<object> {
  const { shared, log, version } = o
  const sent = await readForm(c)
  const form = version === 1 ? asVersion2(sent) : sent
  const tenantName = c.req.param('tenant') ?? ''
  const tenant = shared.checkTenant(tenantName)
  const grantType = required(form, 'grant_type')
  const credentials = readCredentials(form, c.req.header('authorization'))
  const parts = partsOfGrant(shared, { tenant, form, clientId: credentials.clientId })
  const client = clientOf(parts, credentials.clientId)
  if (tenant === consumersTenantId && !personalGrants.has(grantType)) throw noPersonalAccounts()
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
  const work = async (): Promise<object> => {
    o.detectLoop(parts, request)
    return grant(parts, request)
  }
  const answer = await work().catch((error: unknown) => {
    log.failed(c, parts, { request, error })
    throw error
  })
  log.succeeded(c, parts, { request, answer })
  return version === 1 ? asVersion1(answer as Record<string, unknown>, request, parts.clock.nowMs()) : answer
}
