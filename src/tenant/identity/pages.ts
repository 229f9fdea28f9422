// Pages that end a sign-in, and the few outside of one. portal.md section 1.12.
import { html } from 'hono/html'
import type { EntraErrorFact } from '../../facts/entra-errors.ts'
import type { FailureIds } from './failure.ts'
import { autoPostScript, details, hiddenInputs, page, type Html } from './page-shell.ts'

export { page, pageHeaders } from './page-shell.ts'

export function errorPage(o: { code: number; message: string; ids: FailureIds }): Html {
  const message = o.code === 0 ? o.message : `AADSTS${o.code}: ${o.message}`
  const copied = [
    `Request Id: ${o.ids.traceId}`,
    `Correlation Id: ${o.ids.correlationId}`,
    `Timestamp: ${o.ids.timestamp.replace(' ', 'T')}`,
    `Message: ${message}`,
  ].join('\n')
  return page(
    'error',
    'Sign in',
    html`<h1>Sign in</h1>
      <p>Sorry, but we're having trouble signing you in.</p>
      <p role="alert">${message}</p>
      ${details(o.ids, message)}
      <details>
        <summary>Copy info to clipboard</summary>
        <label>Select all of it and copy<textarea readonly rows="7">${copied}</textarea></label>
      </details>`,
    { code: o.code },
  )
}

/** The page that posts the code back: `response_mode=form_post`. The button serves browsers without JavaScript. */
export function formPostPage(redirectUri: string, fields: ReadonlyMap<string, string>): Html {
  return page(
    'form-post',
    'Working...',
    html`<h1>Go on to the application</h1>
      <form method="post" action="${redirectUri}">
        ${hiddenInputs(fields)}<button class="primary">Continue</button>
      </form>
      ${autoPostScript}`,
  )
}

export function signedOutPage(): Html {
  return page(
    'signed-out',
    'Signed out',
    html`<h1>You signed out of your account</h1>
      <p>It's a good idea to close all browser windows.</p>`,
  )
}

/** An error's number explained, and the field for another. entra.md section 1.2. */
export function lookUpPage(fact: EntraErrorFact | undefined): Html {
  const content = fact
    ? html`<h1>AADSTS${fact.code}: ${fact.title}</h1>
        <p>${fact.meaning}</p>
        <p>${fact.fix}</p>`
    : html`<h1>Error code not known</h1>
        <p>Type the number of an error page: what stands after AADSTS.</p>`
  return page('look-up', 'Error', html`${content}${lookUpForm()}`, fact ? { code: fact.code } : {})
}

const lookUpForm = (): Html =>
  html`<form method="get" action="/error">
    <label>Error code <input type="text" name="code" inputmode="numeric" autocomplete="off" /></label>
    <button>Submit</button>
  </form>`

export function homePage(): Html {
  return page(
    'home',
    'Letterlock local tenant',
    html`<h1>Letterlock local tenant</h1>
      <p>
        It stands in for Microsoft's sign-in, directory and mail on this machine, so that programs can be
        tried without an account. <code>letterlock tenant users</code> lists who can sign in, with their
        passwords.
      </p>
      <h2>For people</h2>
      <ul>
        <li><a href="/devicelogin">Enter the code that a device or program shows</a></li>
        <li><a href="/common/oauth2/v2.0/logout">Sign out</a></li>
      </ul>
      <h2>For programs</h2>
      <p>Identity is under <code>/{tenant}/oauth2/v2.0</code>, Graph under <code>/v1.0</code>.</p>
      <h2>Look up an error</h2>
      ${lookUpForm()}`,
  )
}
