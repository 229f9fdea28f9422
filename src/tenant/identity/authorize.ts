// GET /{tenant}/oauth2/v2.0/authorize and the forms behind it. entra.md section 2; portal.md section 1.11.
import { randomUUID } from 'node:crypto'
import type { Context, Hono } from 'hono'
import { findPermission, openIdScopes, userConsentBlocked } from '../../facts/permissions.ts'
import type { DirectoryUser } from '../context.ts'
import type { Application, ServicePrincipal } from '../directory/objects.ts'
import type { IdentityParts } from './identity.ts'
import { describe, failureIds, PageFailure } from './failure.ts'
import {
  consentPage,
  errorPage,
  formPostPage,
  needAdminPage,
  pageHeaders,
  passwordPage,
  pickAccountPage,
  signInPage,
  staySignedInPage,
  type WayBack,
} from './pages.ts'
import { platformOf } from './redirect-uri.ts'
import { readScopes } from './scopes.ts'
import type { SignIn } from './browser-session.ts'

type Page = ReturnType<typeof errorPage>
type Problem = { code: number; text: string }

const adminRoles = new Set([
  'Global Administrator',
  'Privileged Role Administrator',
  'Application Administrator',
  'Cloud Application Administrator',
])
const wrongPassword =
  "Your account or password is incorrect. If you don't remember your password, reset it now."
const unknownUser =
  'This username may be incorrect. Make sure you typed it correctly. Otherwise, contact your admin.'

export function mountAuthorize(app: Hono, parts: IdentityParts): void {
  const { directory, users, sessions, clock, settings } = parts

  app.on(['GET', 'POST'], '/:tenant/oauth2/v2.0/authorize', async (c) => {
    const given = c.req.method === 'POST' ? await formOf(c) : c.req.query()
    return guarded(c, given['client-request-id'], async () => {
      const request: Record<string, string> = { ...given, tenant: parts.checkTenant(c.req.param('tenant')) }
      const client = readClient(request)
      checkRequest(request, client)
      const userId = sessions.userOf(c)
      const user = userId ? users.find(userId) : undefined
      const signIn = sessions.begin(c, request)
      if (request['prompt'] === 'none') return silent(c, signIn, user)
      const hinted =
        request['login_hint'] && user?.userPrincipalName.toLowerCase() !== request['login_hint'].toLowerCase()
      if (user && request['prompt'] === 'select_account')
        return show(c, pickAccountPage(state(signIn), { id: user.id, login: user.userPrincipalName }))
      if (user && request['prompt'] !== 'login' && !hinted)
        return proceed(c, sessions.setUser(signIn, user.id), user)
      return show(c, signInPage(state(signIn), request['login_hint'] ? { login: request['login_hint'] } : {}))
    })
  })

  app.post('/:tenant/login', async (c) => {
    const form = await formOf(c)
    return guarded(c, undefined, async () => {
      const signIn = sessions.resume(c, form)
      if (!signIn)
        throw new PageFailure(
          90013,
          'Invalid input received from the user. This page is out of date: go back to the application and sign in again.',
        )
      return nextStep(c, signIn, form)
    })
  })

  async function nextStep(c: Context, signIn: SignIn, form: Record<string, string>): Promise<Response> {
    const user = signIn.userId ? users.find(signIn.userId) : undefined
    switch (form['step']) {
      case 'login':
        return afterName(c, signIn, form['login'] ?? '')
      case 'password':
        return afterPassword(c, signIn, form)
      case 'pick': {
        const known = users.find(sessions.userOf(c) ?? '')
        if (known && form['account'] === known.id)
          return proceed(c, sessions.setUser(signIn, known.id), known)
        return show(c, signInPage(state(signIn), {}))
      }
      case 'stay':
        if (user) return proceed(c, signIn, user)
        break
      case 'consent':
        if (user) return afterConsent(c, signIn, { user, form })
        break
    }
    throw new PageFailure(90013, 'Invalid input received from the user.')
  }

  function afterName(c: Context, signIn: SignIn, login: string): Response {
    const wrong = (problem: Problem): Response => show(c, signInPage(state(signIn), { login, problem }))
    if (!login.includes('@'))
      return wrong({ code: 50034, text: 'Enter a valid email address, with its domain.' })
    if (!users.find(login)) return wrong({ code: 50034, text: unknownUser })
    return show(c, passwordPage(state(signIn), { login }))
  }

  function afterPassword(c: Context, signIn: SignIn, form: Record<string, string>): Response {
    const login = form['login'] ?? ''
    const user = users.find(login)
    const wrong = (problem: Problem): Response => show(c, passwordPage(state(signIn), { login, problem }))
    if (!user) return wrong({ code: 50126, text: wrongPassword })
    if (users.lockedUntilMs(user.id) > clock.nowMs()) {
      return wrong({
        code: 50053,
        text: 'Your account is temporarily locked to prevent unauthorized use. Try again later, and if you still have trouble, contact your admin.',
      })
    }
    const right = parts.samePassword(form['passwd'] ?? '', users.passwordOf(user.id))
    users.countPassword(user.id, right)
    if (!right) return wrong({ code: 50126, text: wrongPassword })
    if (!user.accountEnabled) throw new PageFailure(50057, 'The user account is disabled.')
    sessions.start(c, user.id)
    sessions.setUser(signIn, user.id)
    return show(c, staySignedInPage(state(signIn), { login: user.userPrincipalName }))
  }

  function silent(c: Context, signIn: SignIn, user: DirectoryUser | undefined): Response {
    const refuse = (error: string, code: number, message: string): Response =>
      back(c, signIn, {
        error,
        error_description: describe(
          code,
          message,
          failureIds(clock.nowMs(), signIn.request['client-request-id']),
        ),
      })
    if (!user)
      return refuse('login_required', 50058, 'A silent sign-in request was sent but no user is signed in.')
    const { application, principal } = readClient(signIn.request)
    if (!isAssigned(principal, user))
      return refuse(
        'interaction_required',
        50105,
        `The signed in user '${user.userPrincipalName}' is not assigned to a role for the application '${application.appId}'.`,
      )
    if (missingScopes(signIn, { application, principal, user }).length > 0) {
      return refuse(
        'interaction_required',
        65001,
        `The user or administrator has not consented to use the application with ID '${application.appId}' named '${application.displayName}'. Send an interactive authorization request for this user and resource.`,
      )
    }
    return finish(c, signIn, user)
  }

  function proceed(c: Context, signIn: SignIn, user: DirectoryUser): Response {
    const { application, principal } = readClient(signIn.request)
    if (!isAssigned(principal, user)) {
      throw new PageFailure(
        50105,
        `Your administrator has configured the application ${application.displayName} ('${application.appId}') to block users unless they are specifically granted ('assigned') access to the application. The signed in user '${user.userPrincipalName}' is blocked because they are not a direct member of a group with access, nor had access directly assigned by an administrator. Please contact your administrator to assign access to this application.`,
      )
    }
    const missing = missingScopes(signIn, { application, principal, user })
    if (missing.length === 0 && signIn.request['prompt'] !== 'consent') return finish(c, signIn, user)
    const isAdmin = user.roles.some((role) => adminRoles.has(role))
    if (
      !isAdmin &&
      (principal.appRoleAssignmentRequired || missing.some((scope) => !userMayConsent(scope)))
    ) {
      const message = `An administrator of ${parts.organisationName} has set a policy that prevents you from granting ${application.displayName} the permissions it is requesting. Contact an administrator, who can grant permissions to this application on your behalf.`
      return show(
        c,
        needAdminPage({
          login: user.userPrincipalName,
          client: application.displayName,
          message,
          ids: failureIds(clock.nowMs(), signIn.request['client-request-id']),
          back: wayBack(signIn, { error: 'access_denied', error_subcode: 'cancel' }),
        }),
      )
    }
    const asked = missing.length > 0 ? missing : [...requested(signIn.request, application, new Set()).graph]
    return show(
      c,
      consentPage(state(signIn), {
        login: user.userPrincipalName,
        client: application.displayName,
        mayConsentForAll: isAdmin,
        rows: asked.map((value) => ({ value, title: findPermission(value)?.userDisplayName ?? value })),
      }),
    )
  }

  function afterConsent(
    c: Context,
    signIn: SignIn,
    o: { user: DirectoryUser; form: Record<string, string> },
  ): Response {
    const { application, principal } = readClient(signIn.request)
    if (o.form['decision'] !== 'accept') {
      const ids = failureIds(clock.nowMs(), signIn.request['client-request-id'])
      return back(c, signIn, {
        error: 'access_denied',
        error_description: describe(65004, 'User declined to consent to access the app.', ids),
      })
    }
    const isAdmin = o.user.roles.some((role) => adminRoles.has(role))
    const missing = missingScopes(signIn, { application, principal, user: o.user })
    if (!isAdmin && missing.some((scope) => !userMayConsent(scope)))
      throw new PageFailure(
        90094,
        'Admin consent is required for the permissions requested by this application.',
      )
    parts.transaction(() =>
      directory.consent(principal.id, missing, isAdmin && o.form['onBehalf'] === '1' ? null : o.user.id),
    )
    return finish(c, signIn, o.user)
  }

  function isAssigned(principal: ServicePrincipal, user: DirectoryUser): boolean {
    if (!principal.appRoleAssignmentRequired) return true
    return directory.assignments(principal.id).some((one) => one.principalId === user.id)
  }

  function userMayConsent(scope: string): boolean {
    if (settings.get().userConsent === 'none') return false
    if (findPermission(scope)?.adminConsentRequired) return false
    return settings.get().userConsent === 'legacy' || !userConsentBlocked.has(scope)
  }

  function missingScopes(
    signIn: SignIn,
    o: { application: Application; principal: ServicePrincipal; user: DirectoryUser },
  ): string[] {
    const consented = directory.consentedScopes(o.principal.id, o.user.id)
    const asked = requested(signIn.request, o.application, consented)
    const wanted = [...asked.openId, ...asked.graph]
    return wanted.filter((scope) => !consented.has(scope) && !(openIdScopes.has(scope) && consented.size > 0))
  }

  function finish(c: Context, signIn: SignIn, user: DirectoryUser): Response {
    const { application, platform } = readClient(signIn.request)
    const { tenant, redirect_uri, scope, nonce, code_challenge, code_challenge_method } = signIn.request
    const code = parts.tokens.issueCode({
      userId: user.id,
      appId: application.appId,
      platform,
      tenant: tenant!,
      redirectUri: redirect_uri!,
      scope: scope ?? '',
      ...(nonce ? { nonce } : {}),
      ...(code_challenge ? { challenge: code_challenge, method: code_challenge_method ?? 'plain' } : {}),
      authTimeMs: clock.nowMs(),
    })
    const info: Record<string, string> =
      signIn.request['client_info'] === '1' ? { client_info: parts.tokens.clientInfo(user.id) } : {}
    return back(c, signIn, { code, ...info, session_state: randomUUID() })
  }

  /** Sends the browser back to the application, in the response mode it asked for. */
  function back(c: Context, signIn: SignIn, answer: Record<string, string>): Response {
    sessions.end(signIn)
    const { url, post } = wayBack(signIn, answer)
    return post ? show(c, formPostPage(url, post), { autoPost: true }) : c.redirect(url, 302)
  }

  function wayBack(signIn: SignIn, answer: Record<string, string>): WayBack {
    const { redirect_uri, state: sent, response_mode } = signIn.request
    const fields = new Map(Object.entries(answer))
    if (sent !== undefined) fields.set('state', withoutHtml(sent))
    if (response_mode === 'form_post') return { url: redirect_uri!, post: fields }
    const url = new URL(redirect_uri!)
    if (response_mode === 'fragment') url.hash = new URLSearchParams([...fields]).toString()
    else for (const [name, value] of fields) url.searchParams.append(name, value)
    return { url: url.href }
  }

  function readClient(request: Record<string, string>) {
    const clientId = request['client_id']
    if (!clientId)
      throw new PageFailure(900144, "The request body must contain the following parameter: 'client_id'.")
    const application = directory.findApplication(clientId)
    const principal = directory.findPrincipal(clientId)
    if (!application || !principal || application.appId.toLowerCase() !== clientId.toLowerCase()) {
      throw new PageFailure(
        700016,
        `Application with identifier '${clientId}' was not found in the directory '${parts.organisationName}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`,
      )
    }
    if (!principal.accountEnabled)
      throw new PageFailure(
        7000112,
        `Application '${application.appId}'(${application.displayName}) is disabled.`,
      )
    if (request['tenant'] !== parts.tenantId && application.signInAudience === 'AzureADMyOrg') {
      throw new PageFailure(
        50194,
        `Application '${application.appId}'(${application.displayName}) is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such apps created after '10/15/2018'. Use a tenant-specific endpoint or configure the application to be multi-tenant.`,
      )
    }
    const uri = request['redirect_uri']
    if (!uri)
      throw new PageFailure(900144, "The request body must contain the following parameter: 'redirect_uri'.")
    if (!URL.canParse(uri)) throw new PageFailure(90102, "'redirect_uri' value must be a valid absolute URI.")
    const platform = platformOf(application, uri) ?? devicePlatform(application, uri)
    if (!platform) {
      throw new PageFailure(
        50011,
        `The redirect URI '${uri}' specified in the request does not match the redirect URIs configured for the application '${application.appId}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal. Navigate to https://aka.ms/redirectUriMismatchError to learn more about how to fix this.`,
      )
    }
    return { application, principal, platform }
  }

  /** The address a device code's sign-in leads back to: ours, drawn for this code and this application alone. */
  function devicePlatform(application: Application, uri: string) {
    return parts.devices.findReturn(uri)?.appId === application.appId ? ('publicClient' as const) : undefined
  }

  function checkRequest(
    request: Record<string, string>,
    { application }: { application: Application },
  ): void {
    if (!request['scope'])
      throw new PageFailure(900144, "The request body must contain the following parameter: 'scope'.")
    if (!request['response_type'])
      throw new PageFailure(900144, "The request body must contain the following parameter: 'response_type'.")
    if (request['response_type'] !== 'code')
      throw new PageFailure(
        70005,
        `The response type '${request['response_type']}' is not enabled for the application.`,
      )
    if (!['query', 'fragment', 'form_post', undefined].includes(request['response_mode']))
      throw new PageFailure(
        70007,
        `'${request['response_mode']}' is not a supported value of 'response_mode' when requesting a token.`,
      )
    const method = request['code_challenge_method']
    const challenge = request['code_challenge']
    if (method && !['S256', 'plain'].includes(method))
      throw new PageFailure(501491, 'Invalid value of code_challenge_method.')
    if (challenge && !/^[A-Za-z0-9._~-]{43,128}$/.test(challenge))
      throw new PageFailure(501491, 'Invalid size of Code_Challenge parameter.')
    const asked = requested(request, application, new Set())
    if (asked.unknown)
      throw new PageFailure(
        650053,
        `The application '${application.displayName}' asked for scope '${asked.unknown}' that doesn't exist on the resource '00000003-0000-0000-c000-000000000000'. Contact the app vendor.`,
      )
    if (asked.mixedWithDefault)
      throw new PageFailure(
        70011,
        "The provided value for the input parameter scope is not valid. .default scope can't be combined with resource-specific scopes.",
      )
  }

  const requested = (
    request: Record<string, string>,
    application: Application,
    consented: ReadonlySet<string>,
  ) => readScopes(request['scope'] ?? '', application, consented)

  const state = (signIn: SignIn) => ({
    action: `/${signIn.request['tenant']}/login`,
    signIn: signIn.id,
    csrf: signIn.csrf,
  })

  async function guarded(
    c: Context,
    correlationId: string | undefined,
    work: () => Promise<Response>,
  ): Promise<Response> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof PageFailure)) throw error
      const ids = failureIds(clock.nowMs(), correlationId)
      return show(c, errorPage({ code: error.code, message: error.message, ids }))
    }
  }
}

/** Every page is 200, an error's too: that is what a browser gets from Entra. */
function show(c: Context, page: Page, o: { autoPost?: boolean } = {}): Response {
  return c.body(String(page), 200, pageHeaders(o))
}

/** Entra strips HTML from `state` (entra.md section 2.1). */
const withoutHtml = (state: string): string => state.replaceAll(/<[^>]*>/g, '')

async function formOf(c: Context): Promise<Record<string, string>> {
  return Object.fromEntries(new URLSearchParams(await c.req.text()))
}
