// What every page shares: the frame, the security headers, the form with its CSRF token. They work without JavaScript.
import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import type { FailureIds } from './failure.ts'

export type Html = ReturnType<typeof html>

const css = `
body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#eef1f6;color:#1b1b1b}
header{background:#4b2e83;color:#fff;padding:.5rem 1rem;text-align:center}
main{background:#fff;max-width:27rem;margin:8vh auto;padding:2.5rem;box-shadow:0 2px 6px #0003;overflow-wrap:anywhere}
h1{font-size:1.5rem;margin:.2rem 0 1rem}h2{font-size:1rem}label{display:block;margin:.5rem 0}
input[type=text],input[type=password],textarea{font:inherit;width:100%;box-sizing:border-box;padding:.4rem;border:1px solid #666}
button{font:inherit;padding:.4rem 1.6rem;min-height:2rem;margin:1rem .5rem 0 0;border:1px solid #666;background:#e6e6e6;color:#1b1b1b;cursor:pointer}
button.primary{background:#0b5cad;border-color:#0b5cad;color:#fff}button.account{display:block;width:100%;text-align:left}
button.link{border:0;padding:0;background:none;color:#0b5cad;text-decoration:underline}a{color:#0b5cad}
[role=alert]{color:#a80000}li{margin:.4rem 0}dt{font-weight:600}dd{margin:0 0 .4rem}:focus-visible{outline:3px solid #0b5cad;outline-offset:2px}
.number{font-size:2.5rem;text-align:center;margin:0}.phone{border-left:4px solid #4b2e83;padding-left:1rem}
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
export const autoPostScript = raw(`<script>${autoPost}</script>`)

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
        <header>Letterlock local tenant: a stand-in for practice, not Microsoft</header>
        <main data-page="${name}" ${code}>${content}</main>
      </body>
    </html>`
}

export interface FormState {
  readonly action: string
  readonly signIn: string
  readonly csrf: string
}

export function form(state: FormState, step: string, content: Html): Html {
  return html`<form method="post" action="${state.action}">
    <input type="hidden" name="flow" value="${state.signIn}" /><input
      type="hidden"
      name="csrf"
      value="${state.csrf}"
    /><input type="hidden" name="step" value="${step}" /> ${content}
  </form>`
}

/** What is wrong with what was typed: shown beside the field, on the same page. */
export interface Problem {
  readonly code: number
  readonly text: string
}

export const alert = (problem: Problem | undefined): Html | string =>
  problem ? html`<p role="alert" id="problem" data-code="${problem.code}">${problem.text}</p>` : ''

/** Ties a field to the alert above it, for those who do not see the page. */
export const invalid = (problem: Problem | undefined): Html | string =>
  problem ? html`aria-invalid="true" aria-describedby="problem"` : ''

/** Where the browser goes next: a redirect, or a form of these fields to be posted. */
export interface WayBack {
  readonly url: string
  readonly post?: ReadonlyMap<string, string>
}

export const hiddenInputs = (fields: ReadonlyMap<string, string>): Html =>
  html`${[...fields].map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}`

export function details(ids: FailureIds, message?: string): Html {
  return html`<h2>Troubleshooting details</h2>
    <p>If you contact your administrator, send this info to them.</p>
    <dl>
      <dt>Request Id</dt>
      <dd>${ids.traceId}</dd>
      <dt>Correlation Id</dt>
      <dd>${ids.correlationId}</dd>
      <dt>Timestamp</dt>
      <dd>${ids.timestamp.replace(' ', 'T')}</dd>
      ${
        message === undefined
          ? ''
          : html`<dt>Message</dt>
              <dd>${message}</dd>`
      }
    </dl>`
}
