// What a known person may give an application, and the code it gets. portal.md section 1.11; entra.md section 6.
import type { Context } from 'hono'
import { findPermission, openIdScopes, userConsentBlocked } from '../../facts/permissions.ts'
import type { DirectoryUser } from '../context.ts'
import type { Application, ServicePrincipal } from '../directory/objects.ts'
import { askForApproval, submitApproval, takesRequests } from './approval-request.ts'
import { isAssigned, notAssigned } from './assignment.ts'
import { finish } from './authorize-answer.ts'
import { readClient, requested, type KnownClient } from './authorize-request.ts'
import type { SignIn } from './browser-session.ts'
import {
  type Asking,
  grantNames,
  isForAdministrators,
  missingElsewhere,
  unconfiguredDefault,
} from './consent-needs.ts'
import { type ApprovalPage, consentPage, needAdminPage } from './consent-pages.ts'
import { failureIds, PageFailure } from './failure.ts'
import type { IdentityParts, SharedParts } from './identity.ts'
import type { Form, SignedInPerson, SignInEnd } from './sign-in-flow.ts'
import { formState, sendBack, sendRefusal, show, wayBack } from './way-back.ts'

/** Those who may consent for everybody, and to what users may not. Source: Entra "Grant tenant-wide admin consent". */
const adminRoles = new Set([
  'Global Administrator',
  'Privileged Role Administrator',
  'Application Administrator',
  'Cloud Application Administrator',
])
export const mayConsentForAll = (user: DirectoryUser): boolean =>
  user.roles.some((role) => adminRoles.has(role))

/** The person is as the tenant of the request knows them: that tenant's rules hold. */
export function createConsentSteps(shared: SharedParts): SignInEnd {
  const { sessions, clock } = shared

  function go(c: Context, signIn: SignIn, person: SignedInPerson): Response | Promise<Response> {
    const { user } = person
    const parts = shared.at(user.tenantId)
    const client = readClient(parts, signIn.request)
    if (client.principal && !isAssigned(parts, client.principal, user))
      throw new PageFailure(50105, notAssigned(client.application, user))
    refuseUnconfigured(parts, signIn.request, { ...client, userId: user.id })
    const missing = missingScopes(parts, signIn.request, { ...client, user })
    if (missing.length === 0 && client.principal && signIn.request['prompt'] !== 'consent')
      return finish(parts, { c, signIn, person, client })
    if (!mayConsent(parts, { principal: client.principal, user, scopes: missing }))
      return needAdmin(c, signIn, { user, client, parts, missing })
    const asked =
      missing.length > 0 ? missing : [...requested(signIn.request, client.application, new Set()).graph]
    sessions.keep(c, signIn)
    return show(
      c,
      consentPage(formState(signIn), {
        login: user.userPrincipalName,
        client: client.application.displayName,
        clientId: client.application.appId,
        mayConsentForAll: mayConsentForAll(user),
        rows: asked.map((value) => ({ value, title: findPermission(value)?.userDisplayName ?? value })),
      }),
    )
  }

  function submit(
    c: Context,
    { signIn, person, form }: { signIn: SignIn; person: SignedInPerson; form: Form },
  ): Response | Promise<Response> | undefined {
    if (signIn.progress.mayAskToStay) return undefined
    const { user } = person
    const parts = shared.at(user.tenantId)
    if (form['step'] === 'request-approval' && takesRequests(parts)) {
      const client = readClient(parts, signIn.request)
      const missing = missingScopes(parts, signIn.request, { ...client, user })
      const page = approvalPage(signIn, { user, client, parts })
      return submitApproval(parts, { c, signIn, user, client, missing, page }, form)
    }
    if (form['step'] !== 'consent') return undefined
    const client = readClient(parts, signIn.request)
    if (form['decision'] !== 'accept') {
      sessions.end(signIn)
      return sendRefusal(c, {
        parts,
        request: signIn.request,
        error: 'access_denied',
        code: 65004,
        message: 'User declined to consent to access the app.',
      })
    }
    const missing = missingScopes(parts, signIn.request, { ...client, user })
    if (!mayConsent(parts, { principal: client.principal, user, scopes: missing }))
      throw new PageFailure(
        90094,
        'Admin consent is required for the permissions requested by this application.',
      )
    const forAll = mayConsentForAll(user) && form['onBehalf'] === '1'
    parts.transaction(() => {
      // The first consent in a tenant brings the application into it.
      const principal = parts.directory.ensurePrincipal(client.application.appId)
      grantNames(parts, principal.id, { names: missing, principalId: forAll ? null : user.id })
    })
    return finish(parts, { c, signIn, person, client })
  }

  function needAdmin(
    c: Context,
    signIn: SignIn,
    o: { user: DirectoryUser; client: KnownClient; parts: IdentityParts; missing: readonly string[] },
  ): Response {
    const page = approvalPage(signIn, o)
    // A request names Graph's permissions: for another API the way is an administrator's sign-in.
    const isGraphs = o.missing.every((name) => !name.includes('/'))
    return takesRequests(o.parts) && isGraphs
      ? askForApproval(o.parts, { c, signIn, ...o, page })
      : show(c, needAdminPage(page))
  }

  function approvalPage(
    signIn: SignIn,
    o: { user: DirectoryUser; client: KnownClient; parts: IdentityParts },
  ): ApprovalPage {
    const { displayName } = o.client.application
    return {
      login: o.user.userPrincipalName,
      client: displayName,
      message: `An administrator of ${o.parts.organisationName} has set a policy that prevents you from granting ${displayName} the permissions it is requesting. Contact an administrator, who can grant permissions to this application on your behalf.`,
      ids: failureIds(clock.nowMs(), signIn.request['client-request-id']),
      back: wayBack(signIn.request, { error: 'access_denied', error_subcode: 'cancel' }),
      otherAccount: again(signIn.request),
    }
  }

  const cancel = (c: Context, signIn: SignIn): Response =>
    sendBack(c, signIn.request, { error: 'access_denied', error_subcode: 'cancel' })
  return { go, submit, cancel }
}

/** @throws {PageFailure} 650056 */
function refuseUnconfigured(parts: IdentityParts, request: SignIn['request'], o: Asking): void {
  const resource = unconfiguredDefault(parts, request['scope'] ?? '', o)
  if (!resource) return
  throw new PageFailure(
    650056,
    `Misconfigured application. This could be due to one of the following: the client has not listed any permissions for '${resource.principal.displayName}' in the requested permissions in the client's application registration. Or, the admin has not consented in the tenant. Or, check the application identifier in the request to ensure it matches the configured client application identifier. Please contact your admin to fix the configuration or consent on behalf of the tenant. Client app ID: ${o.application.appId}.`,
  )
}

function mayConsent(
  parts: IdentityParts,
  o: { principal: ServicePrincipal | undefined; user: DirectoryUser; scopes: readonly string[] },
): boolean {
  if (mayConsentForAll(o.user)) return true
  if (o.principal?.appRoleAssignmentRequired) return false
  return o.scopes.every((scope) => userMayConsent(parts, scope))
}

/** The same request for another account: what "Sign in with that account" opens. */
function again(request: SignIn['request']): string {
  const { tenant, ...rest } = request
  return `/${tenant}/oauth2/v2.0/authorize?${new URLSearchParams({ ...rest, prompt: 'login' })}`
}

/** What Microsoft proposes to classify as low impact; no publisher is verified here, an application of one's own tenant counts as one. */
const lowImpact = new Set([...openIdScopes, 'User.Read'])

function userMayConsent(parts: IdentityParts, scope: string): boolean {
  const { userConsent } = parts.settings.get()
  if (userConsent === 'none') return false
  if (scope.includes('/') ? isForAdministrators(parts, scope) : findPermission(scope)?.adminConsentRequired)
    return false
  if (userConsent === 'low') return lowImpact.has(scope)
  return userConsent === 'legacy' || !userConsentBlocked.has(scope)
}

export function missingScopes(
  parts: IdentityParts,
  request: SignIn['request'],
  o: { application: Application; principal: ServicePrincipal | undefined; user: DirectoryUser },
): string[] {
  const consented = o.principal
    ? parts.directory.consentedScopes(o.principal.id, o.user.id)
    : new Set<string>()
  const asked = requested(request, o.application, consented)
  const wanted = [...asked.openId, ...asked.graph]
  return [
    ...wanted.filter((scope) => !consented.has(scope) && !(openIdScopes.has(scope) && consented.size > 0)),
    ...missingElsewhere(parts, request['scope'] ?? '', { ...o, userId: o.user.id }),
  ]
}
