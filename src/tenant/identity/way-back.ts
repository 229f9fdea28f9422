// Back to the application, in the response mode it asked for; and how a page is answered. entra.md section 2.2.
import type { Context } from 'hono'
import type { RequestParameters } from './authorize-request.ts'
import type { SignIn } from './browser-session.ts'
import { describe, failureIds, PageFailure } from './failure.ts'
import type { IdentityParts } from './identity.ts'
import { pageHeaders, type FormState, type Html, type WayBack } from './page-shell.ts'
import { errorPage, formPostPage } from './pages.ts'
import { responseMode } from './response-type.ts'

/** Where the answer goes. The redirect URI has been matched with a registered one before. */
export function wayBack(request: RequestParameters, answer: Readonly<Record<string, string>>): WayBack {
  const { redirect_uri, state } = request
  const mode = responseMode(request)
  const fields = new Map(Object.entries(answer))
  if (state !== undefined) fields.set('state', withoutHtml(state))
  if (mode === 'form_post') return { url: redirect_uri!, post: fields }
  const url = new URL(redirect_uri!)
  if (mode === 'fragment') url.hash = new URLSearchParams([...fields]).toString()
  else for (const [name, value] of fields) url.searchParams.append(name, value)
  return { url: url.href }
}

export function sendBack(
  c: Context,
  request: RequestParameters,
  answer: Readonly<Record<string, string>>,
): Response {
  const { url, post } = wayBack(request, answer)
  return post ? show(c, formPostPage(url, post), { autoPost: true }) : c.redirect(url, 302)
}

/** An error as the application gets it: `error`, `error_description`, `error_uri`, `state`. */
export function sendRefusal(
  c: Context,
  o: {
    parts: Pick<IdentityParts, 'clock'>
    request: RequestParameters
    error: string
    code: number
    message: string
    subcode?: string
  },
): Response {
  const ids = failureIds(o.parts.clock.nowMs(), o.request['client-request-id'])
  return sendBack(c, o.request, {
    error: o.error,
    ...(o.subcode ? { error_subcode: o.subcode } : {}),
    error_description: describe(o.code, o.message, ids),
    error_uri: `${new URL(c.req.url).origin}/error?code=${o.code}`,
  })
}

/** Every page is 200, an error's too: that is what a browser gets from Entra. */
export function show(c: Context, page: Html, o: { autoPost?: boolean } = {}): Response {
  return c.body(String(page), 200, pageHeaders(o))
}

export const formState = (signIn: SignIn): FormState => ({
  action: `/${signIn.request['tenant']}/login`,
  signIn: signIn.id,
  csrf: signIn.csrf,
})

/** Shows the error page for what is thrown as a PageFailure. */
export async function guarded(
  c: Context,
  o: { parts: Pick<IdentityParts, 'clock'>; correlationId?: string | undefined },
  work: () => Promise<Response>,
): Promise<Response> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof PageFailure)) throw error
    return show(
      c,
      errorPage({
        code: error.code,
        message: error.message,
        ids: failureIds(o.parts.clock.nowMs(), o.correlationId),
      }),
    )
  }
}

/** Entra strips HTML from `state` (entra.md section 2.1). */
const withoutHtml = (state: string): string => state.replaceAll(/<[^>]*>/g, '')
