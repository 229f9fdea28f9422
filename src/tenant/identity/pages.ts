// The pages of the sign-in, rendered on the server; they work without JavaScript. portal.md sections 1.1, 1.11, 1.12.
import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import type { EntraErrorFact } from '../../facts/entra-errors.ts'
import type { FailureIds } from './failure.ts'

type Html = ReturnType<typeof html>

const css = `
body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#eef1f6;color:#1b1b1b}
.note{background:#4b2e83;color:#fff;padding:.5rem 1rem;text-align:center}
main{background:#fff;max-width:27rem;margin:8vh auto;padding:2.5rem;box-shadow:0 2px 6px #0003;overflow-wrap:anywhere}
h1{font-size:1.5rem;margin:.2rem 0 1rem}h2{font-size:1rem}label{display:block;margin:.5rem 0}
input[type=text],input[type=password]{font:inherit;width:100%;box-sizing:border-box;padding:.4rem;border:1px solid #666}
button{font:inherit;padding:.4rem 1.6rem;min-height:2rem;margin:1rem .5rem 0 0;border:1px solid #666;background:#e6e6e6;cursor:pointer}
button.primary{background:#0b5cad;border-color:#0b5cad;color:#fff}button.account{display:block;width:100%;text-align:left}
[role=alert]{color:#a80000}li{margin:.4rem 0}dt{font-weight:600}dd{margin:0 0 .4rem}:focus-visible{outline:3px solid #0b5cad;outline-offset:2px}
`
const autoPost = 'document.forms[0].submit()'
const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
const policy = `default-src 'none'; style-src ${hashOf(css)}; base-uri 'none'; frame-ancestors 'none'`

/** Security headers of a page. Only the page that posts a code on to the client has a script: that one line. */
export function pageHeaders(o: { autoPost?: boolean } = {}): Record<string, string> {
  return {
    'content-type': 'text/html; charset=utf-8',
    // No `form-action`: browsers apply it to the redirect back to the client too.
    'content-security-policy': o.autoPost ? `${policy}; script-src ${hashOf(autoPost)}` : policy,
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store, no-cache',
  }
}

const style = raw(`<style>${css}</style>`)

export function page(name: string, title: string, content: Html, extra: { code?: number } = {}): Html {
  const code = extra.code === undefined ? '' : raw(` data-code="${Number(extra.code)}"`)
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
        ${style}
      </head>
      <body>
        <div class="note">Letterlock local tenant: a stand-in for practice, not Microsoft</div>
        <main data-page="${name}" ${code}>${content}</main>
      </body>
    </html>`
}

export interface FormState {
  readonly action: string
  readonly signIn: string
  readonly csrf: string
}

function form(state: FormState, step: string, content: Html): Html {
  return html`<form method="post" action="${state.action}">
    <input type="hidden" name="flow" value="${state.signIn}" /><input
      type="hidden"
      name="csrf"
      value="${state.csrf}"
    /><input type="hidden" name="step" value="${step}" /> ${content}
  </form>`
}

const alert = (problem: { code: number; text: string } | undefined): Html | string =>
  problem ? html`<p role="alert" data-code="${problem.code}">${problem.text}</p>` : ''

export function signInPage(
  state: FormState,
  o: { login?: string; problem?: { code: number; text: string } },
): Html {
  return page(
    'sign-in',
    'Sign in',
    html`<h1>Sign in</h1>
      ${alert(o.problem)}${form(
        state,
        'login',
        html` <label
            >Email address
            <input type="text" name="login" autocomplete="username" autofocus value="${o.login ?? ''}"
          /></label>
          <button class="primary">Next</button>`,
      )}`,
  )
}

export function passwordPage(
  state: FormState,
  o: { login: string; problem?: { code: number; text: string } },
): Html {
  return page(
    'password',
    'Enter password',
    html`<p>${o.login}</p>
      <h1>Enter password</h1>
      ${alert(o.problem)}${form(
        state,
        'password',
        html` <input type="hidden" name="login" value="${o.login}" />
          <label
            >Password <input type="password" name="passwd" autocomplete="current-password" autofocus
          /></label>
          <button class="primary">Sign in</button>`,
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
        html` <button name="stay" value="no">No</button
          ><button class="primary" name="stay" value="yes">Yes</button>`,
      )}`,
  )
}

export function pickAccountPage(state: FormState, o: { id: string; login: string }): Html {
  return page(
    'pick-account',
    'Pick an account',
    html`<h1>Pick an account</h1>
      ${form(
        state,
        'pick',
        html` <button class="account" name="account" value="${o.id}">
            Sign in with ${o.login} work or school account.
          </button>
          <button class="account" name="account" value="other">Use another account</button>`,
      )}`,
  )
}

/** Where the browser goes next: a redirect, or a form of these fields to be posted. */
export interface WayBack {
  readonly url: string
  readonly post?: ReadonlyMap<string, string>
}

export interface ConsentRow {
  readonly title: string
  readonly value: string
}

export function consentPage(
  state: FormState,
  o: { login: string; client: string; rows: readonly ConsentRow[]; mayConsentForAll: boolean },
): Html {
  return page(
    'consent',
    'Permissions requested',
    html`<p>${o.login}</p>
      <h1>Permissions requested</h1>
      <h2>${o.client}</h2>
      <p>unverified</p>
      <p>This application is not published by Microsoft.</p>
      <p>This app would like to:</p>
      <ul>
        ${o.rows.map((row) => html`<li data-scope="${row.value}">${row.title}</li>`)}
      </ul>
      ${form(
        state,
        'consent',
        html` ${o.mayConsentForAll ? html`<label><input type="checkbox" name="onBehalf" value="1" /> Consent on behalf of your organization</label>` : ''}
          <p>Accepting means that you allow this app to use your data as it says.</p>
          <button name="decision" value="cancel">Cancel</button
          ><button class="primary" name="decision" value="accept">Accept</button>`,
      )}`,
  )
}

export function needAdminPage(o: {
  login: string
  client: string
  message: string
  ids: FailureIds
  back: WayBack
}): Html {
  return page(
    'need-admin-approval',
    'Need admin approval',
    html`<p>${o.login}</p>
      <h1>Need admin approval</h1>
      <h2>${o.client}</h2>
      <p>
        ${o.client} needs permission to access resources in your organization that only an admin can grant.
        Please ask an admin to grant permission to this app before you can use it.
      </p>
      <p>AADSTS90094: ${o.message}</p>
      ${details(o.ids)}${wayBack(o.back)}`,
    { code: 90094 },
  )
}

const returnText = 'Return to the application without granting consent'
function wayBack(back: WayBack): Html {
  if (!back.post) return html`<p><a href="${back.url}" data-action="return">${returnText}</a></p>`
  return html`<form method="post" action="${back.url}">
    ${hiddenInputs(back.post)}<button data-action="return">${returnText}</button>
  </form>`
}

function hiddenInputs(fields: ReadonlyMap<string, string>): Html {
  return html`${[...fields].map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}`
}

export function errorPage(o: { code: number; message: string; ids: FailureIds }): Html {
  return page(
    'error',
    'Sign in',
    html`<h1>Sign in</h1>
      <p>Sorry, but we're having trouble signing you in.</p>
      <p role="alert">AADSTS${o.code}: ${o.message}</p>
      ${details(o.ids)}`,
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
        ${[...fields].map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}<button
          class="primary"
        >
          Continue
        </button>
      </form>`,
  )
}

function details(ids: FailureIds): Html {
  return html`<h2>Troubleshooting details</h2>
    <p>If you contact your administrator, send this info to them.</p>
    <dl>
      <dt>Request Id</dt>
      <dd>${ids.traceId}</dd>
      <dt>Correlation Id</dt>
      <dd>${ids.correlationId}</dd>
      <dt>Timestamp</dt>
      <dd>${ids.timestamp}</dd>
    </dl>`
}

export function signedOutPage(): Html {
  return page(
    'signed-out',
    'Signed out',
    html`<h1>You signed out of your account</h1>
      <p>It's a good idea to close all browser windows.</p>`,
  )
}

export function lookUpPage(fact: EntraErrorFact | undefined): Html {
  if (!fact) return page('look-up', 'Error', html`<h1>Error code not known</h1>`)
  return page(
    'look-up',
    'Error',
    html`<h1>AADSTS${fact.code}: ${fact.title}</h1>
      <p>${fact.meaning}</p>
      <p>${fact.fix}</p>`,
    { code: fact.code },
  )
}

export function homePage(): Html {
  return page(
    'home',
    'Letterlock local tenant',
    html`<h1>Letterlock local tenant</h1>
      <p>Identity is under <code>/{tenant}/oauth2/v2.0</code>, Graph under <code>/v1.0</code>.</p>`,
  )
}
