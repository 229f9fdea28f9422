import { createHash, randomBytes } from 'node:crypto'
import { parse } from 'node-html-parser'
import { graphCommandLineToolsClientId } from '../facts/well-known-clients.ts'
import { createGraphClient, type GraphClient, type GraphClientOptions } from '../graph/index.ts'
import { startTenant, type Tenant } from '../tenant/index.ts'

/** A local tenant for tests of mail, with a person's way in: its own pages, filled in. */
export interface MailTenant extends AsyncDisposable {
  readonly tenant: Tenant
  control(method: string, path: string, body?: unknown): Promise<unknown>
  importMail(user: string, folder: string, eml: string | Uint8Array): Promise<{ ids: string[] }>
  inbox(user: string, folder?: string): Promise<Record<string, unknown>[]>
  graphFor(user: string, o?: Partial<GraphClientOptions>): Promise<GraphClient>
}

const scopes = ['Mail.ReadWrite', 'Mail.Send', 'Mail.ReadWrite.Shared', 'Mail.Send.Shared'].join(' ')

export async function startMailTenant(): Promise<MailTenant> {
  const tenant = await startTenant()
  const send = async (
    method: string,
    path: string,
    body?: BodyInit | null,
    contentType = 'application/json',
  ) => {
    const response = await fetch(`${tenant.origin}/_letterlock/${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${tenant.controlToken}`,
        ...(body == null ? {} : { 'Content-Type': contentType }),
      },
      ...(body == null ? {} : { body }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`control ${method} ${path}: ${response.status} ${text}`)
    return text === '' ? undefined : (JSON.parse(text) as unknown)
  }
  await send('PATCH', 'settings', JSON.stringify({ userConsent: 'legacy' }))
  const tokens = new Map<string, string>()
  return {
    tenant,
    control: (method, path, body) => send(method, path, body === undefined ? null : JSON.stringify(body)),
    importMail: async (user, folder, eml) =>
      (await send('POST', `import?user=${user}&folder=${folder}`, eml as BodyInit, 'message/rfc822')) as {
        ids: string[]
      },
    inbox: async (user, folder = 'Inbox') =>
      (await send('GET', `mailboxes/${user}/messages?folder=${encodeURIComponent(folder)}`)) as Record<
        string,
        unknown
      >[],
    graphFor: async (user, o = {}) => {
      const token = tokens.get(user) ?? (await signIn(tenant, user))
      tokens.set(user, token)
      return createGraphClient({ graphOrigin: tenant.origin, getToken: async () => ({ token }), ...o })
    },
    [Symbol.asyncDispose]: () => tenant.close(),
  }
}

type BodyInit = NonNullable<RequestInit['body']>

async function signIn(tenant: Tenant, user: string): Promise<string> {
  const verifier = randomBytes(32).toString('base64url')
  const password = tenant.users.find((one) => one.userPrincipalName === user)?.password ?? ''
  const authority = `${tenant.origin}/${tenant.tenantId}/oauth2/v2.0`
  const query = new URLSearchParams({
    client_id: graphCommandLineToolsClientId,
    response_type: 'code',
    redirect_uri: 'http://localhost',
    scope: scopes,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const code = await walkPages(`${authority}/authorize?${query}`, { login: user, passwd: password })
  const response = await fetch(`${authority}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: graphCommandLineToolsClientId,
      grant_type: 'authorization_code',
      redirect_uri: 'http://localhost',
      code,
      code_verifier: verifier,
    }),
  })
  const reply = (await response.json()) as { access_token?: string; error_description?: string }
  if (reply.access_token === undefined) throw new Error(`no token for ${user}: ${reply.error_description}`)
  return reply.access_token
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
    if (input.getAttribute('type') === 'checkbox') continue
    const field = input.getAttribute('name') ?? ''
    values.set(field, typed[field] ?? input.getAttribute('value') ?? '')
  }
  if (name === 'consent') values.set('decision', 'accept')
  if (name === 'stay-signed-in') values.set('stay', 'no')
  return { url: new URL(form.getAttribute('action') ?? '', pageUrl).href, form: values }
}
