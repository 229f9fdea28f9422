// The end-session endpoint and the error look-up page. entra.md sections 5 and 1.2.
import type { Hono } from 'hono'
import { explainEntraCode } from '../../facts/entra-errors.ts'
import type { SharedParts } from './identity.ts'
import { lookUpPage, pageHeaders, signedOutPage } from './pages.ts'
import { platformOf } from './redirect-uri.ts'

export function mountSignOut(app: Hono, parts: SharedParts): void {
  app.on(['GET', 'POST'], ['/:tenant/oauth2/v2.0/logout', '/:tenant/oauth2/logout'], async (c) => {
    const given =
      c.req.method === 'POST' ? Object.fromEntries(new URLSearchParams(await c.req.text())) : c.req.query()
    parts.sessions.stop(c)
    const uri = given['post_logout_redirect_uri']
    const known = uri && URL.canParse(uri) && parts.clients.all().some((one) => platformOf(one, uri))
    if (!known) return c.body(String(signedOutPage()), 200, pageHeaders())
    const target = new URL(uri)
    if (given['state']) target.searchParams.append('state', given['state'])
    return c.redirect(target.href, 302)
  })

  app.get('/error', (c) => {
    const fact = explainEntraCode(c.req.query('code') ?? '')
    return c.body(String(lookUpPage(fact)), fact ? 200 : 404, pageHeaders())
  })
}
