// The words that the steps of a sign-in share: who is known, what comes next, what an endpoint adds.
import type { Context } from 'hono'
import type { DirectoryUser } from '../context.ts'
import type { Authentication } from './account-states.ts'
import type { Progress, SignedInAccount, SignIn } from './browser-session.ts'
import { PageFailure } from './failure.ts'
import type { SharedParts } from './identity.ts'

/** A person who is known now, and how. */
export interface SignedInPerson extends Authentication {
  readonly user: DirectoryUser
}

/** What an endpoint does when the person is known, as the tenant of the request knows them, and with the forms that are its own. */
export interface SignInEnd {
  go(c: Context, signIn: SignIn, person: SignedInPerson): Response | Promise<Response>
  submit?(
    c: Context,
    o: { signIn: SignIn; person: SignedInPerson; form: Readonly<Record<string, string>> },
  ): Response | Promise<Response> | undefined
  /** The person gave up before being known. */
  cancel(c: Context, signIn: SignIn): Response
}

export interface SignInSteps {
  /** Endpoints by the name in `SignIn.next`; each adds itself when it is mounted. */
  readonly ends: Map<string, SignInEnd>
  /** Starts with what the browser knows and the request's `prompt` and `login_hint` ask. */
  start(c: Context, signIn: SignIn): Response | Promise<Response>
  /** Goes on with an account that is signed in in this browser. */
  use(c: Context, signIn: SignIn, account: SignedInAccount): Response | Promise<Response>
}

/** What these steps need of the identity part: all but themselves. */
export type SignInParts = Omit<SharedParts, 'signIn'>
export type Form = Readonly<Record<string, string>>
export type Advance = (c: Context, signIn: SignIn) => Response | Promise<Response>

export const withProgress = (signIn: SignIn, change: Progress): SignIn => ({
  ...signIn,
  progress: { ...signIn.progress, ...change },
})

export const outOfOrder = (): PageFailure => new PageFailure(90013, 'Invalid input received from the user.')
