// POST /{tenant}/oauth2/v2.0/token. entra.md section 4.
import { createHash, randomUUID, timingSafeEqual } from 'node:crypto'
import type { Context, Hono } from 'hono'
import type { Application } from '../directory/objects.ts'
import type { IdentityParts } from './identity.ts'
import { EntraFailure, errorBody, failureIds, PageFailure } from './failure.ts'
import type { Platform } from './redirect-uri.ts'

type Form = Record<string, string>

const noStore = { 'cache-control': 'no-store, no-cache', pragma: 'no-cache', expires: '-1' }

export function mountTokenEndpoint(app: Hono, parts: IdentityParts): void {
  const { directory, tokens, clock } = parts

  app.post('/:tenant/oauth2/v2.0/token', async (c) => {
    let correlationId = c.req.query('client-request-id') ?? c.req.header('client-request-id')
    try {
      const form = await readForm(c)
      correlationId = form['client-request-id'] ?? correlationId
      const tenant = asRefusal(() => parts.checkTenant(c.req.param('tenant')))
      const application = findClient(form)
      const body = await redeem({
        form,
        tenant,
        application,
        origin: parts.originOf(c),
        requestOrigin: c.req.header('origin'),
      })
      const headers: Record<string, string> = { ...noStore, 'x-ms-request-id': randomUUID() }
      const origin = c.req.header('origin')
      if (origin) headers['access-control-allow-origin'] = origin
      return c.json(body, 200, headers)
    } catch (error) {
      if (!(error instanceof EntraFailure)) throw error
      const ids = failureIds(clock.nowMs(), correlationId)
      return c.json(errorBody(error, ids, parts.originOf(c)), (error.details.status ?? 400) as 400, {
        ...noStore,
        'x-ms-request-id': ids.traceId,
      })
    }
  })

  async function redeem(o: {
    form: Form
    tenant: string
    application: Application
    origin: string
    requestOrigin: string | undefined
  }) {
    switch (need(o.form, 'grant_type')) {
      case 'authorization_code':
        return redeemCode(o)
      case 'refresh_token':
        return refresh(o)
      case 'client_credentials':
      case 'password':
      case 'urn:ietf:params:oauth:grant-type:device_code':
      case 'urn:ietf:params:oauth:grant-type:jwt-bearer':
        // Named, never a wrong success (design section 9): the identity issue builds these.
        throw new EntraFailure(
          501,
          `The local tenant does not model the grant '${o.form['grant_type']}' yet.`,
          { error: 'temporarily_unavailable', status: 501 },
        )
      default:
        throw new EntraFailure(
          70003,
          `The app requested an unsupported grant type '${o.form['grant_type']}'.`,
          { error: 'unsupported_grant_type' },
        )
    }
  }

  async function redeemCode(o: Parameters<typeof redeem>[0]) {
    const { grant, take } = tokens.findCode(need(o.form, 'code'))
    if (grant.appId !== o.application.appId)
      throw new EntraFailure(
        700005,
        'Provided Authorization Code is intended to use against other application, thus rejected.',
        { error: 'invalid_grant' },
      )
    if (need(o.form, 'redirect_uri') !== grant.redirectUri)
      throw new EntraFailure(
        50011,
        `The redirect URI '${o.form['redirect_uri']}' specified in the request does not match the one the code was issued for.`,
        { error: 'invalid_grant' },
      )
    authenticate(o, grant.platform)
    checkVerifier(grant, o.form['code_verifier'])
    const user = tokens.userOf(grant.userId)
    checkAssignment(o.application, user.id)
    take()
    return tokens.answer({
      origin: o.origin,
      application: o.application,
      user,
      scope: scopeFor(o.form['scope'], grant.scope),
      grant: { platform: grant.platform, scope: grant.scope, authTimeMs: grant.authTimeMs },
      ...(grant.nonce ? { nonce: grant.nonce } : {}),
      wantsClientInfo: o.form['client_info'] === '1',
    })
  }

  async function refresh(o: Parameters<typeof redeem>[0]) {
    const found = tokens.findRefreshToken(need(o.form, 'refresh_token'))
    if (found.appId !== o.application.appId)
      throw new EntraFailure(700003, 'The refresh token was issued to another application.', {
        error: 'invalid_grant',
        suberror: 'client_mismatch',
      })
    authenticate(o, found.grant.platform)
    const user = tokens.userOf(found.userId)
    checkAssignment(o.application, user.id)
    return tokens.answer({
      origin: o.origin,
      application: o.application,
      user,
      scope: scopeFor(o.form['scope'], found.grant.scope),
      grant: found.grant,
      wantsClientInfo: o.form['client_info'] === '1',
    })
  }

  function findClient(form: Form): Application {
    const clientId = need(form, 'client_id')
    const application = directory.findApplication(clientId)
    if (
      !application ||
      application.appId.toLowerCase() !== clientId.toLowerCase() ||
      !directory.findPrincipal(clientId)
    ) {
      throw new EntraFailure(
        700016,
        `Application with identifier '${clientId}' was not found in the directory '${parts.organisationName}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`,
        { error: 'unauthorized_client' },
      )
    }
    return application
  }

  /** The platform of the redirect URI decides what a client must, and must not, show (entra.md section 4.1). */
  function authenticate(
    o: { form: Form; application: Application; requestOrigin: string | undefined },
    platform: Platform,
  ): void {
    const secret = o.form['client_secret']
    const shown = secret !== undefined || o.form['client_assertion'] !== undefined
    if (platform !== 'web' && shown)
      throw new EntraFailure(
        700025,
        "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
        { error: 'invalid_client', status: 401 },
      )
    if (o.requestOrigin && platform !== 'spa')
      throw new EntraFailure(
        9002326,
        "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type.",
        { error: 'invalid_request' },
      )
    if (!o.requestOrigin && platform === 'spa')
      throw new EntraFailure(
        9002327,
        "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests.",
        { error: 'invalid_request' },
      )
    if (platform !== 'web') return
    if (!shown)
      throw new EntraFailure(
        7000218,
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        { error: 'invalid_client', status: 401 },
      )
    if (secret === undefined)
      throw new EntraFailure(501, 'The local tenant does not model client assertions yet.', {
        error: 'temporarily_unavailable',
        status: 501,
      })
    const check = directory.checkSecret(o.application, secret)
    if (check === 'expired')
      throw new EntraFailure(
        7000222,
        `The provided client secret keys for app '${o.application.appId}' are expired.`,
        { error: 'invalid_client', status: 401 },
      )
    if (check === 'wrong')
      throw new EntraFailure(
        7000215,
        `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${o.application.appId}'.`,
        { error: 'invalid_client', status: 401 },
      )
  }

  function checkAssignment(application: Application, userId: string): void {
    const principal = directory.findPrincipal(application.appId)!
    if (
      !principal.appRoleAssignmentRequired ||
      directory.assignments(principal.id).some((one) => one.principalId === userId)
    )
      return
    throw new EntraFailure(
      50105,
      `Your administrator has configured the application ${application.displayName} ('${application.appId}') to block users unless they are specifically granted ('assigned') access to the application.`,
      { error: 'invalid_grant' },
    )
  }
}

/** RFC 7636 section 4.6. A verifier without a challenge is refused too (RFC 9700 section 4.8.2: downgrade). */
function checkVerifier(grant: { challenge?: string; method?: string }, verifier: string | undefined): void {
  if (!grant.challenge && verifier === undefined) return
  if (verifier === undefined)
    throw new EntraFailure(
      50148,
      'The code_verifier does not match the code_challenge supplied in the authorization request for PKCE.',
      { error: 'invalid_grant' },
    )
  const derived =
    grant.method === 'S256' ? createHash('sha256').update(verifier).digest('base64url') : verifier
  const [a, b] = [sha256(derived), sha256(grant.challenge ?? '')]
  if (!grant.challenge || !timingSafeEqual(a, b))
    throw new EntraFailure(
      501481,
      'The Code_Verifier does not match the code_challenge supplied in the authorization request.',
      { error: 'invalid_grant' },
    )
}

/** A scope here picks the resource or narrows; without one the original counts. OIDC scopes of the original stay. */
function scopeFor(asked: string | undefined, original: string): string {
  if (!asked) return original
  return asked
}

async function readForm(c: Context): Promise<Form> {
  const malformed = (): EntraFailure =>
    new EntraFailure(9002313, 'Invalid request. Request is malformed or invalid.', {
      error: 'invalid_request',
    })
  const type = c.req.header('content-type') ?? ''
  if (!type.toLowerCase().startsWith('application/x-www-form-urlencoded')) throw malformed()
  const params = new URLSearchParams(await c.req.text())
  const form: Form = {}
  for (const [name, value] of params) {
    if (Object.hasOwn(form, name)) throw malformed()
    form[name] = value
  }
  const basic = /^Basic ([A-Za-z0-9+/=]+)$/.exec(c.req.header('authorization') ?? '')?.[1]
  if (basic) {
    const [id = '', secret = ''] = Buffer.from(basic, 'base64')
      .toString('utf8')
      .split(':')
      .map((part) => decodeForm(part))
    form['client_id'] ??= id
    form['client_secret'] ??= secret
  }
  return form
}

function decodeForm(part: string): string {
  return new URLSearchParams(`x=${part}`).get('x') ?? ''
}

function need(form: Form, name: string): string {
  const value = form[name]
  if (!value)
    throw new EntraFailure(900144, `The request body must contain the following parameter: '${name}'.`, {
      error: 'invalid_request',
    })
  return value
}

function asRefusal<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof PageFailure)
      throw new EntraFailure(error.code, error.message, { error: 'invalid_request' })
    throw error
  }
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()
