// The second factor: a number to approve on the phone, or a code. AADSTS50079 registers it, AADSTS500121 is its refusal.
import { randomInt } from 'node:crypto'
import type { Context } from 'hono'
import type { AccessVerdict } from './access-policies.ts'
import type { SignIn } from './browser-session.ts'
import { isMfaTooOld } from './policy-refusals.ts'
import type { Html, Problem } from './page-shell.ts'
import { approvePage, codePage, demoCode, registerFactorPage } from './sign-in-pages.ts'
import {
  outOfOrder,
  withProgress,
  type Advance,
  type Form,
  type SignedInPerson,
  type SignInParts,
} from './sign-in-flow.ts'
import { formState } from './way-back.ts'

interface Asking {
  readonly c: Context
  readonly signIn: SignIn
  readonly person: SignedInPerson
  /** What the tenant's policies say about this sign-in. */
  readonly verdict: AccessVerdict
  keep(c: Context, signIn: SignIn, page: Html): Response
}

/** The page that asks for the second factor, or undefined when none is needed or it was given. */
export function askSecondFactor(parts: SignInParts, o: Asking): Response | undefined {
  const { person, verdict } = o
  const state = parts.accounts.of(person.user.id)
  if (!state.mfaRequired && verdict.mfa.length === 0) return undefined
  if (person.mfaMs !== undefined && !isMfaTooOld(verdict, person.mfaMs, parts.clock.nowMs())) return undefined
  const login = person.user.userPrincipalName
  if (!state.mfaRegistered) return o.keep(o.c, o.signIn, registerFactorPage(formState(o.signIn), { login }))
  return askNumber(o)
}

function askNumber(o: Asking, problem?: Problem): Response {
  const number = randomInt(10, 100)
  const signIn = withProgress(o.signIn, { matchNumber: number })
  const login = o.person.user.userPrincipalName
  return o.keep(
    o.c,
    signIn,
    approvePage(formState(signIn), { login, number, ...(problem ? { problem } : {}) }),
  )
}

/** The answer to one of these pages, or undefined when the form is none of them. */
export function answerSecondFactor(
  parts: SignInParts,
  o: Asking & { form: Form; advance: Advance; cancel(c: Context, signIn: SignIn): Response },
): Response | Promise<Response> | undefined {
  const { c, signIn, person, form } = o
  const login = person.user.userPrincipalName
  const passed = () => {
    const mfaMs = parts.clock.nowMs()
    parts.sessions.keepFactor(c, { userId: person.user.id, mfaMs })
    return o.advance(c, withProgress(signIn, { mfaMs }))
  }
  if (form['step'] === 'mfa-register') {
    if (form['register'] !== 'next') return o.cancel(c, signIn)
    parts.accounts.change(person.user.id, { mfaRegistered: true })
    return o.advance(c, signIn)
  }
  if (
    (form['step'] === 'mfa' || form['step'] === 'mfa-code') &&
    !parts.accounts.of(person.user.id).mfaRegistered
  )
    throw outOfOrder()
  if (form['step'] === 'mfa') {
    if (form['answer'] === 'approve' && signIn.progress.matchNumber !== undefined) return passed()
    if (form['answer'] === 'other') return o.keep(c, signIn, codePage(formState(signIn), { login }))
    return askNumber(o, { code: 500121, text: refusals[form['answer'] === 'deny' ? 'deny' : 'timeout'] })
  }
  if (form['step'] !== 'mfa-code') return undefined
  if (form['otc']?.trim() === demoCode) return passed()
  const problem = { code: 500121, text: "You didn't enter the expected verification code. Please try again." }
  return o.keep(c, signIn, codePage(formState(signIn), { login, problem }))
}

const refusals = {
  deny: 'We sent an identity verification request to your mobile device, but you denied it.',
  timeout:
    "We didn't hear from you. We sent an identity verification request to your mobile device, but we didn't get a response.",
}
