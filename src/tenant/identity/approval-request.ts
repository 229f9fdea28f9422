// A person who may not consent asks an administrator: AADSTS90095, where the tenant takes such requests. portal.md section 1.11.
import type { Context } from 'hono'
import { findPermission } from '../../facts/permissions.ts'
import type { DirectoryUser } from '../context.ts'
import type { KnownClient } from './authorize-request.ts'
import type { SignIn } from './browser-session.ts'
import { type ApprovalPage, approvalRequiredPage, approvalSentPage } from './consent-pages.ts'
import type { IdentityParts } from './identity.ts'
import type { Problem } from './page-shell.ts'
import type { Form } from './sign-in-flow.ts'
import { formState, sendBack, show, wayBack } from './way-back.ts'

const cancelled = { error: 'access_denied', error_subcode: 'cancel' }

export interface ApprovalAsking {
  readonly c: Context
  readonly signIn: SignIn
  readonly user: DirectoryUser
  readonly client: KnownClient
  readonly missing: readonly string[]
  readonly page: ApprovalPage
}

export function takesRequests({ directory }: IdentityParts): boolean {
  return directory.policies.find('adminConsentRequest', 'adminConsentRequest')?.['isEnabled'] === true
}

export function askForApproval(parts: IdentityParts, o: ApprovalAsking, problem?: Problem): Response {
  parts.sessions.keep(o.c, o.signIn)
  const rows = o.missing.map((value) => ({ value, title: findPermission(value)?.userDisplayName ?? value }))
  return show(
    o.c,
    approvalRequiredPage(formState(o.signIn), { ...o.page, rows, ...(problem ? { problem } : {}) }),
  )
}

/** The form of that page: one request for each person and application is kept. */
export function submitApproval(parts: IdentityParts, o: ApprovalAsking, form: Form): Response {
  const { c, signIn, user, client, missing } = o
  if (form['request'] !== 'send') {
    parts.sessions.end(signIn)
    return sendBack(c, signIn.request, cancelled)
  }
  const reason = (form['reason'] ?? '').trim().slice(0, 1_000)
  if (reason === '')
    return askForApproval(parts, o, { code: 90095, text: 'Say why you need this application.' })
  const { appId, displayName } = client.application
  const { consentRequests } = parts.directory
  const isAsked = consentRequests
    .all()
    .some((one) => one.appId === appId && one.userId === user.id && one.state === 'pending')
  if (!isAsked) consentRequests.add({ appId, userId: user.id, scope: missing.join(' '), reason })
  parts.sessions.end(signIn)
  return show(c, approvalSentPage({ client: displayName, back: wayBack(signIn.request, cancelled) }))
}
