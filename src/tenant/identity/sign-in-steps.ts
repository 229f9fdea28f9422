// Who is it? Address, password, second factor, stay signed in: one page at a time. portal.md section 1.1.
import type { Context, Hono } from 'hono'
import type { DirectoryUser } from '../context.ts'
import { type AccessVerdict, nothing } from './access-policies.ts'
import type { Authentication } from './account-states.ts'
import type { SignedInAccount, SignIn } from './browser-session.ts'
import { changePassword } from './change-password.ts'
import { PageFailure } from './failure.ts'
import { checkPassword } from './check-password.ts'
import type { Problem } from './page-shell.ts'
import { isTooOld, judgeRequest, refuseOnPage } from './policy-refusals.ts'
import { logSignIn } from './sign-in-log.ts'
import { answerSecondFactor, askSecondFactor } from './second-factor.ts'
import {
  changePasswordPage,
  passwordPage,
  pickAccountPage,
  signInPage,
  staySignedInPage,
} from './sign-in-pages.ts'
import {
  outOfOrder,
  withProgress,
  type Advance,
  type Form,
  type SignedInPerson,
  type SignInEnd,
  type SignInParts,
  type SignInSteps,
} from './sign-in-flow.ts'
import { consumersTenantId, notInvited, personOf, userAt } from './tenant-of-request.ts'
import { formState, guarded, show } from './way-back.ts'

const workAccount = "You can't sign in here with a work or school account. Use your personal account instead."
const noPersonalAccount =
  "That Microsoft account doesn't exist. The local tenant models no personal accounts."
const unknownUser =
  'This username may be incorrect. Make sure you typed it correctly. Otherwise, contact your admin.'

export function mountSignInSteps(app: Hono, parts: SignInParts): SignInSteps {
  const { users, sessions, accounts } = parts
  const ends = new Map<string, SignInEnd>()

  /** The next page, from what is known so far. */
  const advance: Advance = (c, signIn) => {
    const { userId, authTimeMs } = signIn.progress
    const user = userId ? users.find(userId) : undefined
    if (!user) return askName(c, signIn)
    if (authTimeMs === undefined) return askPassword(c, signIn)
    if (!user.accountEnabled) throw new PageFailure(50057, 'The user account is disabled.')
    const { passwordState } = accounts.of(user.id)
    if (passwordState !== 'good' && signIn.progress.mayAskToStay)
      return keep(
        c,
        signIn,
        changePasswordPage(formState(signIn), {
          login: user.userPrincipalName,
          problem: { code: 50055, text: changeReasons[passwordState] },
        }),
      )
    const person: SignedInPerson = { user, ...authenticationOf(signIn, authTimeMs) }
    const verdict = judge(signIn, user)
    refuseOnPage(parts, signIn.request, verdict)
    if (isTooOld(verdict, authTimeMs, parts.clock.nowMs()))
      return askPassword(c, { ...signIn, progress: { login: user.userPrincipalName, userId: user.id } })
    const factor = askSecondFactor(parts, { c, signIn, person, verdict, keep })
    if (factor) return factor
    if (signIn.progress.mayAskToStay) return askToStay(c, signIn, { person, verdict })
    return ends.get(signIn.next)!.go(c, signIn, inTenant(parts, signIn, person))
  }

  /** The policies of the tenant that is entered count, on the person as it knows them. */
  function judge(signIn: SignIn, user: DirectoryUser): AccessVerdict {
    const known = userAt(parts, signIn.request['tenant']!, user)
    return known ? judgeRequest(parts, signIn.request, known) : nothing
  }

  function keep(c: Context, signIn: SignIn, page: ReturnType<typeof signInPage>): Response {
    sessions.keep(c, signIn)
    return show(c, page)
  }

  const cancel = (c: Context, signIn: SignIn): Response => {
    sessions.end(signIn)
    return ends.get(signIn.next)!.cancel(c, signIn)
  }

  function askName(c: Context, signIn: SignIn, problem?: Problem): Response {
    const { login } = signIn.progress
    return keep(
      c,
      signIn,
      signInPage(formState(signIn), { ...(login ? { login } : {}), ...(problem ? { problem } : {}) }),
    )
  }

  function askPassword(c: Context, signIn: SignIn, problem?: Problem): Response {
    const login = signIn.progress.login ?? ''
    return keep(c, signIn, passwordPage(formState(signIn), { login, ...(problem ? { problem } : {}) }))
  }

  function askToStay(c: Context, signIn: SignIn, o: { person: SignedInPerson; verdict: AccessVerdict }) {
    const { user, ...rest } = o.person
    const { persistentBrowser } = o.verdict
    sessions.start(c, { userId: user.id, ...rest }, { persistent: persistentBrowser === 'always' })
    if (persistentBrowser || !parts.at(user.tenantId).settings.get().staySignedIn)
      return advance(c, withProgress(signIn, { mayAskToStay: false }))
    return keep(c, signIn, staySignedInPage(formState(signIn), { login: user.userPrincipalName }))
  }

  function start(c: Context, signIn: SignIn): Response | Promise<Response> {
    const { prompt, login_hint: hint } = signIn.request
    const known = sessions.accounts(c)
    // Nobody who is signed in here has a personal account.
    if (signIn.request['tenant'] === consumersTenantId)
      return askName(c, withProgress(signIn, hint ? { login: hint } : {}))
    const found = hint ? users.find(hint) : undefined
    const hinted = found && personOf(parts, found)
    if (prompt === 'select_account' && known.length > 0) return askWhich(c, signIn, known)
    if (prompt !== 'login' && prompt !== 'select_account') {
      const one = hint ? known.find((account) => account.userId === hinted?.id) : known[0]
      if (one && (hint || known.length === 1)) return use(c, signIn, one)
      if (!hint && known.length > 1) return askWhich(c, signIn, known)
    }
    if (!hint) return advance(c, signIn)
    return advance(c, withProgress(signIn, { login: hint, ...(hinted ? { userId: hinted.id } : {}) }))
  }

  function use(c: Context, signIn: SignIn, account: SignedInAccount): Response | Promise<Response> {
    return advance(c, withProgress(signIn, account))
  }

  function askWhich(c: Context, signIn: SignIn, known: readonly SignedInAccount[]): Response {
    const listed = known.map(({ userId }) => ({ id: userId, login: users.find(userId)!.userPrincipalName }))
    return keep(c, signIn, pickAccountPage(formState(signIn), listed))
  }

  async function submit(c: Context, signIn: SignIn, form: Form): Promise<Response> {
    switch (form['step']) {
      case 'login':
        return afterName(c, signIn, form)
      case 'back':
        return advance(c, { ...signIn, progress: {} })
      case 'password':
        return afterPassword(c, signIn, form)
      case 'change-password':
        return changePassword(parts, { c, signIn, form, keep, advance })
      case 'pick':
        return afterPick(c, signIn, form)
      case 'stay':
        return afterStay(c, signIn, form)
    }
    const { userId, authTimeMs } = signIn.progress
    const user = userId ? users.find(userId) : undefined
    if (user && authTimeMs !== undefined) {
      const person = { user, ...authenticationOf(signIn, authTimeMs) }
      const verdict = judge(signIn, user)
      refuseOnPage(parts, signIn.request, verdict)
      const answer =
        (await answerSecondFactor(parts, { c, signIn, form, person, verdict, keep, advance, cancel })) ??
        (await ends.get(signIn.next)?.submit?.(c, { signIn, person: inTenant(parts, signIn, person), form }))
      if (answer) return answer
    }
    throw outOfOrder()
  }

  function afterName(c: Context, signIn: SignIn, form: Form) {
    const login = (form['login'] ?? '').trim()
    const typed = withProgress(signIn, { login })
    if (!login.includes('@'))
      return askName(c, typed, { code: 50034, text: 'Enter a valid email address, with its domain.' })
    if (signIn.request['tenant'] === consumersTenantId)
      return askName(c, typed, { code: 50020, text: users.find(login) ? workAccount : noPersonalAccount })
    const found = users.find(login)
    if (!found) return askName(c, typed, { code: 50034, text: unknownUser })
    const user = personOf(parts, found)
    return advance(c, { ...signIn, progress: { login: user.userPrincipalName, userId: user.id } })
  }

  function afterPassword(c: Context, signIn: SignIn, form: Form) {
    const { userId } = signIn.progress
    const user = userId ? users.find(userId) : undefined
    if (!user) throw outOfOrder()
    const problem = checkPassword(parts, user, form['passwd'] ?? '')
    if (problem) {
      logRefusal(c, signIn, { code: problem.code, message: problem.text })
      return askPassword(c, signIn, problem)
    }
    const authTimeMs = parts.clock.nowMs()
    return advance(c, withProgress(signIn, { authTimeMs, mayAskToStay: true }))
  }

  /** What ends on a page is told as well, once it is known who asks. */
  async function tellRefusal(c: Context, signIn: SignIn, work: () => Promise<Response>): Promise<Response> {
    try {
      return await work()
    } catch (error) {
      if (error instanceof PageFailure && error.code > 0) logRefusal(c, signIn, error)
      throw error
    }
  }

  function logRefusal(c: Context, signIn: SignIn, failure: { code: number; message: string }): void {
    const { userId } = signIn.progress
    const user = userId ? users.find(userId) : undefined
    const client = parts.clients.find(signIn.request['client_id'] ?? '')
    if (!user || !client) return
    logSignIn(parts.at(user.tenantId), { c, client, user, isInteractive: true, failure })
  }

  function afterPick(c: Context, signIn: SignIn, form: Form) {
    const known = sessions.accounts(c).find((account) => account.userId === form['account'])
    return known ? use(c, signIn, known) : advance(c, { ...signIn, progress: {} })
  }

  function afterStay(c: Context, signIn: SignIn, form: Form) {
    const { userId, authTimeMs, mayAskToStay } = signIn.progress
    if (!userId || authTimeMs === undefined || !mayAskToStay) throw outOfOrder()
    const authentication = authenticationOf(signIn, authTimeMs)
    if (form['stay'] === 'yes') sessions.start(c, { userId, ...authentication }, { persistent: true })
    return advance(c, withProgress(signIn, { mayAskToStay: false }))
  }

  app.post('/:tenant/login', async (c) => {
    const form = Object.fromEntries(new URLSearchParams(await c.req.text()))
    return guarded(c, { parts }, async () => {
      const signIn = sessions.resume(c, form)
      if (!signIn) throw outOfDate()
      return tellRefusal(c, signIn, () => submit(c, signIn, form))
    })
  })

  return { ends, start, use }
}

/** Signing in is accepting. */
function acceptInvitation({ users, clock }: SignInParts, guest: DirectoryUser): void {
  if (users.details(guest.id)['externalUserState'] !== 'PendingAcceptance') return
  const externalUserStateChangeDateTime = new Date(clock.nowMs()).toISOString().replace(/\.\d{3}Z$/, 'Z')
  users.update(guest.id, { details: { externalUserState: 'Accepted', externalUserStateChangeDateTime } })
}

/** @throws {PageFailure} 50020, 50057 */
function inTenant(parts: SignInParts, signIn: SignIn, person: SignedInPerson): SignedInPerson {
  const tenant = signIn.request['tenant']!
  const user = userAt(parts, tenant, person.user)
  if (!user) {
    const client = parts.clients.find(signIn.request['client_id'] ?? '')?.application
    const name = parts.registry.get(tenant)?.displayName ?? 'Microsoft Accounts'
    throw new PageFailure(50020, notInvited({ person: person.user, tenant: name }, client))
  }
  if (!user.accountEnabled) throw new PageFailure(50057, 'The user account is disabled.')
  if (user.homeId) acceptInvitation(parts, user)
  return { ...person, user }
}

function authenticationOf(signIn: SignIn, authTimeMs: number): Authentication {
  const { mfaMs } = signIn.progress
  return { authTimeMs, ...(mfaMs === undefined ? {} : { mfaMs }) }
}

const changeReasons = {
  expired: 'Your password has expired. Choose a new one to go on.',
  'must-change':
    'You need to update your password because this is the first time you are signing in, or because your password has expired.',
}

const outOfDate = (): PageFailure =>
  new PageFailure(
    90013,
    'Invalid input received from the user. This page is out of date: go back to the application and sign in again.',
  )
