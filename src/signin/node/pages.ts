import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { SignInErrorCode } from '../signin-error.ts'
import type { SignInEnd } from './loopback.ts'

const style = 'body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:20vh auto;padding:0 1rem}'
const styleHash = createHash('sha256').update(style).digest('base64')
const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${styleHash}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Answers with a small page of our own words: nothing of the request is ever shown. */
export function showPage(response: ServerResponse, status: number, title: string, text: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'content-security-policy': contentSecurityPolicy,
    'x-content-type-options': 'nosniff',
    connection: 'close',
  })
  response.end(
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escape(title)} – Letterlock</title><style>${style}</style>` +
      `<main><h1>${escape(title)}</h1><p>${escape(text)}</p></main></html>`,
  )
}

/** What happened, for each end that a browser lives to see. The other codes end before it comes back. */
const endings: Partial<Record<SignInErrorCode, string>> = {
  'signin/declined': 'You cancelled, or declined what the application asked for. Nothing was kept.',
  'signin/consent-missing': 'The application has no consent yet: an administrator must give it.',
  'signin/request-refused': 'Microsoft refused the request of this application.',
  'signin/code-refused': 'The sign-in took too long, or its code was used already.',
  'signin/client-refused': 'Microsoft did not accept this application’s registration or secret.',
  'signin/wrong-account': 'You signed in, but not as the account that was asked for. Nothing was kept.',
  'signin/wrong-tenant':
    'Your account belongs to another organisation than the one asked for. Nothing was kept.',
  'signin/issuer-mismatch': 'The answer came from another server than the one asked. Nothing was kept.',
  'signin/id-token-invalid': 'The answer did not prove who you are. Nothing was kept.',
  'signin/clock-skewed': 'This computer’s clock is wrong by more than a day.',
  'signin/reply-malformed': 'The server’s answer made no sense. Nothing was kept.',
  'signin/unreachable': 'You signed in, but the server could not be reached to finish it.',
  'signin/unavailable': 'You signed in, but the server was too busy to finish it.',
  'signin/aborted': 'The sign-in was interrupted in the terminal.',
  'signin/certificate-unreadable': 'The application’s certificate could not be read.',
  'signin/federated-token-unreadable': 'The application’s federated token could not be read.',
}

/** The browser's last page. It closes nothing: the window may hold more than ours. */
export function showEndPage(response: ServerResponse, end: SignInEnd): void {
  if (end.kind === 'signed-in') {
    const who = end.username === '' ? '' : ` as ${end.username}`
    showPage(
      response,
      200,
      'You are signed in',
      `Signed in${who}. You can close this window and go back to the terminal.`,
    )
    return
  }
  const what = (end.code && endings[end.code]) ?? 'It ended before it was complete.'
  const names = [end.code, end.entraCode === undefined ? undefined : `AADSTS${end.entraCode}`].filter(Boolean)
  const code = names.length > 0 ? ` (${names.join(', ')})` : ''
  const text = `${what}${code} The terminal says what to do. You can close this window.`
  showPage(response, 200, 'The sign-in did not finish', text)
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
