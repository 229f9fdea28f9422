// A person for tests: fills in the tenant's sign-in and consent pages, and comes back with an access token for Graph.
import { createHash, randomBytes } from 'node:crypto'
import { parse } from 'node-html-parser'
import { graphCommandLineToolsClientId } from '../facts/well-known-clients.ts'
import type { Tenant } from './index.ts'

export interface SignInOptions {
  readonly user: string
  readonly scopes: readonly string[]
  /** Default: Microsoft Graph Command Line Tools. */
  readonly clientId?: string
  readonly password?: string
  /** Ticks "Consent on behalf of your organization". */
  readonly forAll?: boolean
}

/** Signs in with code and PKCE; returns the access token. */
export async function signIn(tenant: Tenant, o: SignInOptions): Promise<string> {
  return (await signInForTokens(tenant, o)).access_token
}

export async function signInForTokens(
  tenant: Tenant,
  o: SignInOptions,
): Promise<{ access_token: string; refresh_token?: string }> {
  const verifier = randomBytes(32).toString('base64url')
  const password = o.password ?? tenant.users.find((one) => one.userPrincipalName === o.user)?.password ?? ''
  const clientId = o.clientId ?? graphCommandLineToolsClientId
  const authority = `${tenant.origin}/${tenant.tenantId}/oauth2/v2.0`
  const query = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    redirect_uri: 'http://localhost',
    scope: o.scopes.join(' '),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const code = await walkPages(`${authority}/authorize?${query}`, {
    login: o.user,
    passwd: password,
    ...(o.forAll ? { onBehalf: '1' } : {}),
  })
  const response = await fetch(`${authority}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: clientId,
      grant_type: 'authorization_code',
      redirect_uri: 'http://localhost',
      code,
      code_verifier: verifier,
    }),
  })
  const reply = (await response.json()) as {
    access_token?: string
    refresh_token?: string
    error_description?: string
  }
  if (reply.access_token === undefined) throw new Error(`no token for ${o.user}: ${reply.error_description}`)
  return reply as { access_token: string }
}

/** Plays the person until the browser would go to the redirect URI; returns the code. */
async function walkPages(start: string, typed: Record<string, string>): Promise<string> {
  const cookies = new Map<string, string>()
  let next: { url: string; form?: URLSearchParams } = { url: start }
  for (let step = 0; step < 20; step += 1) {
    const response = await fetch(next.url, {
      redirect: 'manual',
      headers: { Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(next.form === undefined ? {} : { method: 'POST', body: next.form }),
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      if (name !== undefined) cookies.set(name, value ?? '')
    }
    const location = response.headers.get('location')
    if (location !== null) {
      const url = new URL(location, next.url)
      if (url.hostname === 'localhost' && url.port === '') return url.searchParams.get('code') ?? ''
      next = { url: url.href }
      continue
    }
    next = fillForm(await response.text(), next.url, typed)
  }
  throw new Error('the sign-in pages did not end')
}

function fillForm(
  html: string,
  pageUrl: string,
  typed: Record<string, string>,
): { url: string; form: URLSearchParams } {
  const page = parse(html)
  const name = page.querySelector('main')?.getAttribute('data-page')
  const form = page.querySelector('form')
  if (form === null || name === 'error')
    throw new Error(`stuck at page ${name}: ${page.querySelector('main')?.text}`)
  const values = new URLSearchParams()
  for (const input of form.querySelectorAll('input')) {
    const field = input.getAttribute('name') ?? ''
    if (input.getAttribute('type') === 'checkbox' && typed[field] === undefined) continue
    values.set(field, typed[field] ?? input.getAttribute('value') ?? '')
  }
  if (name === 'consent') values.set('decision', 'accept')
  if (name === 'stay-signed-in') values.set('stay', 'no')
  return { url: new URL(form.getAttribute('action') ?? '', pageUrl).href, form: values }
}
