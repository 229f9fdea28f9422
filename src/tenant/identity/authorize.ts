// GET and POST /{tenant}/oauth2/v2.0/authorize. entra.md section 2.
import type { Context, Hono } from 'hono'
import {
  checkRequest,
  checkResources,
  type KnownClient,
  readClient,
  type RequestParameters,
  withRedirectUri,
} from './authorize-request.ts'
import { nothing } from './access-policies.ts'
import type { SignIn } from './browser-session.ts'
import { registerText, secondFactorText } from './check-access.ts'
import { isAssigned, notAssigned } from './assignment.ts'
import { finish } from './authorize-answer.ts'
import { createConsentSteps, missingScopes } from './consent-steps.ts'
import { RedirectFailure } from './failure.ts'
import type { IdentityParts, SharedParts } from './identity.ts'
import { isMfaTooOld, isTooOld, judgeRequest, refusalOf } from './policy-refusals.ts'
import { sessionId } from './session-id.ts'
import { partsBefore, personOf, userAt } from './tenant-of-request.ts'
import { guarded, sendRefusal } from './way-back.ts'

/** Version 1 hands its requests on to this endpoint; its ID tokens are of version 1. */
export const versionHeader = 'x-letterlock-protocol'

export function mountAuthorize(app: Hono, shared: SharedParts): void {
  const { users, sessions, accounts } = shared
  shared.signIn.ends.set('authorize', createConsentSteps(shared))

  app.on(['GET', 'POST'], '/:tenant/oauth2/v2.0/authorize', async (c) => {
    const given =
      c.req.method === 'POST' ? Object.fromEntries(new URLSearchParams(await c.req.text())) : c.req.query()
    return guarded(c, { parts: shared, correlationId: given['client-request-id'] }, async () => {
      const asked: RequestParameters = {
        ...given,
        tenant: shared.checkTenant(c.req.param('tenant')),
        version: c.req.header(versionHeader) === '1' ? '1' : '2',
      }
      const parts = partsBefore(shared, asked)
      const request = withRedirectUri(parts, asked)
      const client = readClient(parts, request)
      const refusal = check(c, { parts, request, client })
      if (refusal) return refusal
      const signIn = sessions.begin('authorize', request)
      return request['prompt'] === 'none' ? silent(c, signIn) : shared.signIn.start(c, signIn)
    })
  })

  /** What is wrong with the request and goes back to the application, whose address is known by now. */
  function check(
    c: Context,
    o: { parts: IdentityParts; request: RequestParameters; client: KnownClient },
  ): Response | undefined {
    const { parts, request, client } = o
    try {
      checkRequest(request, client)
      checkResources(parts, request, client)
      return undefined
    } catch (thrown) {
      if (!(thrown instanceof RedirectFailure)) throw thrown
      const { error, code, message } = thrown
      return sendRefusal(c, { parts, request, error, code, message })
    }
  }

  /** `prompt=none`: a code, or an error that goes back to the application; never a page. */
  function silent(c: Context, signIn: SignIn): Response | Promise<Response> {
    const { request } = signIn
    const refuse = (error: string, code: number, message: string): Response =>
      sendRefusal(c, { parts: shared, request, error, code, message })
    const hinted = request['login_hint'] ? users.find(request['login_hint']) : undefined
    const hint = hinted && personOf(shared, hinted).id
    const { sid } = request
    const known = sessions
      .accounts(c)
      .filter((one) => !request['login_hint'] || one.userId === hint)
      .filter((one) => !sid || sessionId(one.userId, one.authTimeMs) === sid)
    const [account] = known
    const person = account ? users.find(account.userId) : undefined
    const user = person && userAt(shared, request['tenant']!, person)
    const verdict = user ? judgeRequest(shared, request, user) : nothing
    const nowMs = shared.clock.nowMs()
    if (!account || !person || isTooOld(verdict, account.authTimeMs, nowMs))
      return refuse('login_required', 50058, 'A silent sign-in request was sent but no user is signed in.')
    if (known.length > 1 || !user)
      return refuse(
        'interaction_required',
        16000,
        'Either multiple user identities are available for the current request or selected account is not supported for the scenario.',
      )
    const parts = shared.at(user.tenantId)
    const client = readClient(parts, request)
    if (!user.accountEnabled || !person.accountEnabled)
      return refuse('interaction_required', 50057, 'The user account is disabled.')
    const blocked = refusalOf(verdict, { isDeviceCode: false })
    if (blocked) return refuse('interaction_required', blocked.code, blocked.message)
    const { mfaRequired, mfaRegistered } = accounts.of(person.id)
    const hasMfa = account.mfaMs !== undefined && !isMfaTooOld(verdict, account.mfaMs, nowMs)
    if (!hasMfa && (mfaRequired || verdict.mfa.length > 0))
      return mfaRegistered
        ? refuse('interaction_required', 50076, secondFactorText)
        : refuse('interaction_required', 50079, registerText)
    if (client.principal && !isAssigned(parts, client.principal, user))
      return refuse('interaction_required', 50105, notAssigned(client.application, user))
    if (!client.principal || missingScopes(parts, request, { ...client, user }).length > 0)
      return refuse(
        'interaction_required',
        65001,
        `The user or administrator has not consented to use the application with ID '${client.application.appId}' named '${client.application.displayName}'. Send an interactive authorization request for this user and resource.`,
      )
    return finish(parts, { c, signIn, person: { ...account, user }, client })
  }
}
