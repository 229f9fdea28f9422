// What every page shares: the frame, the security headers, the form with its CSRF token. They work without JavaScript.
import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import type { FailureIds } from './failure.ts'

export type Html = ReturnType<typeof html>

/** Colours by role, so that the dark scheme changes nothing else. Contrast is judged by conformance/pages. */
const css = `
:root{color-scheme:light dark;--page:#eef1f6;--card:#fff;--text:#1b1b1b;--line:#666;--button:#e6e6e6;--link:#0b5cad;--alert:#a80000;--brand:#4b2e83}
@media (prefers-color-scheme:dark){:root{--page:#171717;--card:#262626;--text:#f3f3f3;--line:#999;--button:#3a3a3a;--link:#8ec2ff;--alert:#ffb0a8;--brand:#b9a3e8}}
body{font:16px/1.5 system-ui,sans-serif;margin:0;background:var(--page);color:var(--text)}
header{background:#4b2e83;color:#fff;padding:.5rem 1rem;text-align:center}
main{background:var(--card);max-width:27rem;margin:8vh auto;padding:2.5rem;box-shadow:0 2px 6px #0003;overflow-wrap:anywhere}
h1{font-size:1.5rem;margin:.2rem 0 1rem}h2{font-size:1rem}label{display:block;margin:.5rem 0}
input[type=text],input[type=password],textarea{font:inherit;width:100%;box-sizing:border-box;padding:.4rem;border:1px solid var(--line);background:var(--card);color:var(--text)}
button{font:inherit;padding:.4rem 1.6rem;min-height:2rem;margin:1rem .5rem 0 0;border:1px solid var(--line);background:var(--button);color:var(--text);cursor:pointer}
button.primary{background:#0b5cad;border-color:#0b5cad;color:#fff}button.account{display:block;width:100%;text-align:left}
button.link{border:0;padding:0 .2rem;min-width:1.5rem;background:none;color:var(--link);text-decoration:underline}a{color:var(--link)}
[role=alert]{color:var(--alert)}ul.permissions{list-style:none;padding:0}li{margin:.4rem 0}summary{min-height:1.5rem;cursor:pointer}
dt{font-weight:600}dd{margin:0 0 .4rem}:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.number{font-size:2.5rem;text-align:center;margin:0}.phone{border-left:4px solid var(--brand);padding-left:1rem}
@media (max-width:30rem){main{margin:0 auto;padding:1.5rem 1.25rem;box-shadow:none}}
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
    // Only the page with the code must be nowhere afterwards. The others answer forms: with no-store the back button
    // would lead to an error of the browser's instead of the page before.
    'cache-control': o.autoPost ? 'no-store, no-cache' : 'no-cache, private',
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
