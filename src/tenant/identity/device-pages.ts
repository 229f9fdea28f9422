// The pages where a person types a device code. entra.md section 5; the words are Microsoft's from memory [u].
import { html } from 'hono/html'
import { page } from './pages.ts'

type Html = ReturnType<typeof page>

export function deviceCodePage(o: { problem?: { code: number; text: string } }): Html {
  const problem = o.problem ? html`<p role="alert" data-code="${o.problem.code}">${o.problem.text}</p>` : ''
  return page(
    'device-code',
    'Enter code',
    html`<h1>Enter code to allow access</h1>
      <p>
        Once you enter the code displayed on your app or device, it will have access to your account. Do not
        enter codes from sources you don't trust.
      </p>
      ${problem}
      <form method="post" action="/devicelogin">
        <label
          >Code
          <input
            type="text"
            name="otc"
            maxlength="20"
            autocomplete="off"
            autocapitalize="characters"
            autofocus
        /></label>
        <button class="primary">Next</button>
      </form>`,
  )
}

export function deviceConfirmPage(o: { action: string; csrf: string; client: string; login: string }): Html {
  return page(
    'device-confirm',
    'Are you trying to sign in?',
    html`<p>${o.login}</p>
      <h1>Are you trying to sign in to ${o.client}?</h1>
      <p>Only continue if you downloaded the app from a store or website that you trust.</p>
      <form method="post" action="${o.action}">
        <input type="hidden" name="csrf" value="${o.csrf}" />
        <button name="decision" value="cancel">Cancel</button
        ><button class="primary" name="decision" value="continue">Continue</button>
      </form>`,
    { code: 50199 },
  )
}

export function deviceDonePage(o: { client: string; approved: boolean }): Html {
  return o.approved
    ? page(
        'device-done',
        o.client,
        html`<h1>${o.client}</h1>
          <p>
            You have signed in to the ${o.client} application on your device. You may now close this window.
          </p>`,
      )
    : page(
        'device-declined',
        o.client,
        html`<h1>${o.client}</h1>
          <p>You declined to sign in on your device. You may now close this window.</p>`,
      )
}
