// The pages on which a person proves who they are. portal.md section 1.1.
import { html } from 'hono/html'
import { alert, form, invalid, page, type FormState, type Html, type Problem } from './page-shell.ts'

/** The code that the local tenant's text messages and apps always show. */
export const demoCode = '135790'

export function signInPage(state: FormState, o: { login?: string; problem?: Problem }): Html {
  return page(
    'sign-in',
    'Sign in',
    html`<h1>Sign in</h1>
      ${alert(o.problem)}${form(
        state,
        'login',
        html` <label
            >Email address
            <input
              type="text"
              name="login"
              autocomplete="username"
              autofocus
              ${invalid(o.problem)}
              value="${o.login ?? ''}"
          /></label>
          <button class="primary">Next</button>`,
      )}`,
  )
}

/** The address with its way back to the first page. */
function whoAmI(state: FormState, login: string): Html {
  return form(
    state,
    'back',
    html`<button class="link" aria-label="Back: use another account than ${login}">←</button> ${login}`,
  )
}

export function passwordPage(state: FormState, o: { login: string; problem?: Problem }): Html {
  return page(
    'password',
    'Enter password',
    html`<h1>Enter password</h1>
      ${alert(o.problem)}${form(
        state,
        'password',
        html` <input type="hidden" name="login" value="${o.login}" />
          <label
            >Password
            <input
              type="password"
              name="passwd"
              autocomplete="current-password"
              autofocus
              ${invalid(o.problem)}
          /></label>
          <button class="primary">Sign in</button>`,
      )}
      ${whoAmI(state, o.login)}
      <details>
        <summary>Forgot password?</summary>
        <p>This is the local tenant: <code>letterlock tenant users</code> lists everyone's password.</p>
      </details>`,
  )
}

export function changePasswordPage(
  state: FormState,
  o: { login: string; problem: Problem; current?: string },
): Html {
  const field = (label: string, name: string, complete: string): Html =>
    html`<label
      >${label} <input type="password" name="${name}" autocomplete="${complete}" aria-describedby="problem"
    /></label>`
  return page(
    'change-password',
    'Update your password',
    html`<p>${o.login}</p>
      <h1>Update your password</h1>
      ${alert(o.problem)}${form(
        state,
        'change-password',
        html`${field('Current password', 'oldpasswd', 'current-password')}${field('New password', 'newpasswd', 'new-password')}${field('Confirm password', 'confirmnewpasswd', 'new-password')}
          <button class="primary">Sign in</button>`,
      )}`,
    { code: 50055 },
  )
}

export function registerFactorPage(state: FormState, o: { login: string }): Html {
  return page(
    'mfa-register',
    'More information required',
    html`<p>${o.login}</p>
      <h1>More information required</h1>
      <p>Your organization needs more information to keep your account secure.</p>
      ${form(
        state,
        'mfa-register',
        html`<button name="register" value="cancel">Cancel</button
          ><button class="primary" name="register" value="next">Next</button>`,
      )}`,
    { code: 50079 },
  )
}

export function approvePage(state: FormState, o: { login: string; number: number; problem?: Problem }): Html {
  return page(
    'mfa',
    'Approve sign in request',
    html`<p>${o.login}</p>
      <h1>Approve sign in request</h1>
      ${alert(o.problem)}
      <p>Open your Authenticator app, and enter the number shown to sign in.</p>
      <p class="number">${o.number}</p>
      ${form(
        state,
        'mfa',
        html`<div class="phone">
            <p>On the local tenant you hold the phone too. It asks: does the number fit?</p>
            <button class="primary" name="answer" value="approve">Approve</button
            ><button name="answer" value="deny">Deny</button
            ><button name="answer" value="timeout">Do not answer</button>
          </div>
          <button class="link" name="answer" value="other">
            I can't use my Microsoft Authenticator app right now
          </button>`,
      )}`,
  )
}

export function codePage(state: FormState, o: { login: string; problem?: Problem }): Html {
  return page(
    'mfa-code',
    'Enter code',
    html`<p>${o.login}</p>
      <h1>Enter code</h1>
      ${alert(o.problem)}
      <p>Enter the code from your app. On the local tenant it is always <code>${demoCode}</code>.</p>
      ${form(
        state,
        'mfa-code',
        html`<label
            >Code
            <input
              type="text"
              name="otc"
              inputmode="numeric"
              autocomplete="one-time-code"
              autofocus
              ${invalid(o.problem)}
          /></label>
          <button class="primary">Verify</button>`,
      )}`,
  )
}

export function staySignedInPage(state: FormState, o: { login: string }): Html {
  return page(
    'stay-signed-in',
    'Stay signed in?',
    html`<p>${o.login}</p>
      <h1>Stay signed in?</h1>
      <p>This reduces how often you are asked to sign in.</p>
      ${form(
        state,
        'stay',
        html`<label><input type="checkbox" name="dontShowAgain" value="1" /> Don't show this again</label
          ><button name="stay" value="no">No</button
          ><button class="primary" name="stay" value="yes">Yes</button>`,
      )}`,
  )
}

export function pickAccountPage(
  state: FormState,
  accounts: readonly { readonly id: string; readonly login: string }[],
): Html {
  return page(
    'pick-account',
    'Pick an account',
    html`<h1>Pick an account</h1>
      ${form(
        state,
        'pick',
        html`${accounts.map(
            (one) =>
              html`<button class="account" name="account" value="${one.id}">
                Sign in with ${one.login} work or school account.
              </button>`,
          )}<button class="account" name="account" value="other">Use another account</button>`,
      )}`,
  )
}
