// A password that expired, or must be changed at the first sign-in: AADSTS50055, with the form that mends it.
import type { Context } from 'hono'
import { checkPassword } from './check-password.ts'
import type { SignIn } from './browser-session.ts'
import type { Html } from './page-shell.ts'
import { changePasswordPage } from './sign-in-pages.ts'
import { outOfOrder, withProgress, type Advance, type Form, type SignInParts } from './sign-in-flow.ts'
import { formState } from './way-back.ts'

export function changePassword(
  parts: SignInParts,
  o: {
    c: Context
    signIn: SignIn
    form: Form
    keep(c: Context, signIn: SignIn, page: Html): Response
    advance: Advance
  },
): Response | Promise<Response> {
  const { c, signIn, form } = o
  const { userId, authTimeMs, mayAskToStay } = signIn.progress
  const user = userId ? parts.users.find(userId) : undefined
  if (!user || authTimeMs === undefined || !mayAskToStay) throw outOfOrder()
  const [current, wanted] = [form['oldpasswd'] ?? '', form['newpasswd'] ?? '']
  const problem = checkPassword(parts, user, current) ?? unfit(current, wanted, form['confirmnewpasswd'])
  if (problem)
    return o.keep(
      c,
      signIn,
      changePasswordPage(formState(signIn), { login: user.userPrincipalName, problem }),
    )
  parts.accounts.setPassword(user.id, wanted)
  return o.advance(c, withProgress(signIn, { authTimeMs: parts.clock.nowMs() }))
}

function unfit(current: string, wanted: string, confirmed: string | undefined) {
  const because = (text: string) => ({ code: 50055, text })
  if (wanted.length < 8) return because('The new password needs at least 8 characters.')
  if (wanted.length > 256) return because('The new password may have 256 characters at most.')
  if (wanted === current) return because('Choose a password other than the current one.')
  if (wanted !== confirmed) return because('The two new passwords are not the same.')
  return undefined
}
