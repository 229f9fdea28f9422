// GET /{tenant}/v2.0/adminconsent and its older form: an administrator consents for everybody. entra.md section 5.
import type { Hono } from 'hono'
import { readClient, type KnownClient, type RequestParameters } from './authorize-request.ts'
import { adminConsentPage } from './admin-consent-page.ts'
import type { SignIn } from './browser-session.ts'
import { consentNeeds, grantForAll, type ConsentNeed } from './consent-needs.ts'
import { mayConsentForAll } from './consent-steps.ts'
import { describe, EntraFailure, failureIds, PageFailure } from './failure.ts'
import type { IdentityParts, SharedParts } from './identity.ts'
import type { SignInEnd } from './sign-in-flow.ts'
import { partsBefore } from './tenant-of-request.ts'
import { formState, guarded, sendBack, show } from './way-back.ts'

const endName = 'adminconsent'

export function mountAdminConsent(app: Hono, shared: SharedParts): void {
  shared.signIn.ends.set(endName, createAdminConsent(shared))
  for (const version of [2, 1] as const) {
    app.get(version === 2 ? '/:tenant/v2.0/adminconsent' : '/:tenant/adminconsent', (c) => {
      const given = c.req.query()
      return guarded(c, { parts: shared, correlationId: given['client-request-id'] }, async () => {
        if (version === 2 && !given['scope'])
          throw new PageFailure(900144, "The request body must contain the following parameter: 'scope'.")
        const request: RequestParameters = {
          ...given,
          version: String(version),
          tenant: shared.checkTenant(c.req.param('tenant')),
        }
        const parts = partsBefore(shared, request)
        needsOf(parts, request, readClient(parts, request))
        return shared.signIn.start(c, shared.sessions.begin(endName, request))
      })
    })
  }
}

function createAdminConsent(shared: SharedParts): SignInEnd {
  return {
    go(c, signIn, { user }) {
      const parts = shared.at(user.tenantId)
      if (!mayConsentForAll(user))
        throw new PageFailure(
          90094,
          `An administrator of ${parts.organisationName} has set a policy that prevents you from granting this application the permissions it is requesting. Sign in as an administrator, who can grant permissions to this application on your behalf.`,
        )
      const client = readClient(parts, signIn.request)
      const needs = needsOf(parts, signIn.request, client)
      parts.sessions.keep(c, signIn)
      return show(
        c,
        adminConsentPage(formState(signIn), {
          login: user.userPrincipalName,
          client: client.application.displayName,
          clientId: client.application.appId,
          organisation: parts.organisationName,
          needs,
        }),
      )
    },
    submit(c, { signIn, person, form }) {
      const parts = shared.at(person.user.tenantId)
      if (form['step'] !== endName || !mayConsentForAll(person.user)) return undefined
      parts.sessions.end(signIn)
      if (form['decision'] !== 'accept') return sendBack(c, signIn.request, refusal(parts, signIn))
      const client = readClient(parts, signIn.request)
      const needs = needsOf(parts, signIn.request, client)
      parts.transaction(() =>
        grantForAll(parts, parts.directory.ensurePrincipal(client.application.appId), needs),
      )
      const scope: Record<string, string> =
        signIn.request['version'] === '2' ? { scope: grantedText(needs) } : {}
      return sendBack(c, signIn.request, { admin_consent: 'True', tenant: parts.tenantId, ...scope })
    },
    cancel: (c, signIn) => sendBack(c, signIn.request, refusal(shared, signIn)),
  }
}

/** Version 1 names no scope: all that the registration lists. @throws {PageFailure} */
function needsOf(parts: IdentityParts, request: RequestParameters, client: KnownClient): ConsentNeed[] {
  const listed = client.application.requiredResourceAccess.map((one) => `${one.resourceAppId}/.default`)
  const scope = request['version'] === '2' ? request['scope']! : listed.join(' ')
  try {
    return consentNeeds(parts, client.application, scope)
  } catch (error) {
    if (error instanceof EntraFailure) throw new PageFailure(error.code, error.message)
    throw error
  }
}

function refusal(parts: SharedParts, { request }: SignIn): Record<string, string> {
  const ids = failureIds(parts.clock.nowMs(), request['client-request-id'])
  const description = describe(65004, 'User declined to consent to access the app.', ids)
  return request['version'] === '2'
    ? { admin_consent: 'True', error: 'consent_required', error_description: description }
    : { error: 'permission_denied', error_description: 'The admin canceled the request' }
}

const grantedText = (needs: readonly ConsentNeed[]): string =>
  needs
    .flatMap(({ resource, delegated, roleIds }) =>
      [...delegated, ...roleIds.flatMap((id) => resource.role(id) ?? [])].map(
        (name) => `${resource.uri}/${name}`,
      ),
    )
    .join(' ')
