// For tests: a browser without JavaScript that a test drives page by page, and a tenant with an application in it.
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { parse, type HTMLElement } from 'node-html-parser'
import { startTenant, type Tenant, type TenantOptions } from '../index.ts'

/** What a browser shows, or where it was sent outside the tenant. */
export interface Shown {
  readonly status: number
  readonly headers: Headers
  readonly html: string
  readonly main: HTMLElement
  /** `data-page` of the page. */
  readonly name: string | undefined
  /** The AADSTS number beside the field, else that of the page. */
  readonly code: number | undefined
  readonly text: string
  readonly redirect: URL | undefined
}

export class Browser {
  readonly cookies = new Map<string, string>()
  /** `Set-Cookie` lines as they came. */
  readonly lines: string[] = []
  #url: string
  #shown: Shown | undefined
  constructor(origin: string) {
    this.#url = origin
  }

  get shown(): Shown {
    return this.#shown!
  }

  async open(url: string, init: RequestInit = {}): Promise<Shown> {
    const { origin } = new URL(this.#url)
    let next = new URL(url, this.#url).href
    for (let turn = 0; turn < 10; turn++) {
      const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const headers = { ...(init.headers as Record<string, string>), ...(cookie ? { cookie } : {}) }
      const reply = await fetch(next, { ...(turn === 0 ? init : {}), redirect: 'manual', headers })
      for (const line of reply.headers.getSetCookie()) this.#keep(line)
      const location = reply.headers.get('location')
      if (!location) return (this.#shown = await this.#read(reply, next))
      const target = new URL(location, next)
      if (target.origin !== origin) {
        await reply.body?.cancel()
        return (this.#shown = { ...(await this.#read(new Response(''), next)), redirect: target })
      }
      next = target.href
    }
    throw new Error('redirected in a circle')
  }

  /** Sends the page's form that has all of these fields, its hidden ones as they are. */
  submit(values: Record<string, string>): Promise<Shown> {
    const { url, body } = this.formOf(values)
    return this.open(url, { method: 'POST', body })
  }

  formOf(values: Record<string, string>): { url: string; body: URLSearchParams } {
    const found = this.shown.main
      .querySelectorAll('form')
      .find((form) => Object.keys(values).every((name) => form.querySelector(`[name="${name}"]`)))
    if (!found)
      throw new Error(`no form with ${Object.keys(values)} on ${this.shown.name}: ${this.shown.text}`)
    const body = new URLSearchParams()
    for (const input of found.querySelectorAll('input[type=hidden]'))
      body.set(input.getAttribute('name')!, input.getAttribute('value') ?? '')
    for (const [name, value] of Object.entries(values)) body.set(name, value)
    return { url: new URL(found.getAttribute('action')!, this.#url).href, body }
  }

  #keep(line: string): void {
    this.lines.push(line)
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (/max-age=0/i.test(line)) this.cookies.delete(name)
    else this.cookies.set(name, value)
  }

  async #read(reply: Response, url: string): Promise<Shown> {
    this.#url = url
    const html = await reply.text()
    const root = parse(html)
    const main = root.querySelector('main') ?? root
    const code =
      main.querySelector('[role=alert][data-code]')?.getAttribute('data-code') ??
      main.getAttribute('data-code')
    return {
      status: reply.status,
      headers: reply.headers,
      html,
      main,
      name: main.getAttribute('data-page'),
      code: code === undefined ? undefined : Number(code),
      text: main.text.replaceAll(/\s+/g, ' ').trim(),
      redirect: undefined,
    }
  }
}

export const redirectUri = 'http://localhost:9999/Callback'
export const graphTools = '14d82eec-204b-4c2f-b7e8-296a70dab67e'
const adminScope =
  'openid Application.ReadWrite.All DelegatedPermissionGrant.ReadWrite.All AppRoleAssignment.ReadWrite.All User.ReadWrite.All Policy.Read.All Policy.ReadWrite.ConditionalAccess Policy.ReadWrite.Authorization Policy.ReadWrite.ApplicationConfiguration Policy.ReadWrite.ConsentRequest ConsentRequest.ReadWrite.All Group.ReadWrite.All'

export interface Application {
  readonly appId: string
  readonly id: string
  readonly principalId: string
}
export interface TokenReply {
  readonly status: number
  readonly body: Record<string, unknown>
}

export interface People extends AsyncDisposable {
  readonly tenant: Tenant
  readonly verifier: string
  control(method: string, path: string, body?: object): Promise<Record<string, unknown>>
  graph(method: string, path: string, body?: object): Promise<Response>
  register(app: object): Promise<Application>
  passwordOf(login: string): string
  /** A user of their own for a test. */
  createUser(o?: object): Promise<string>
  /** The address of an authorization request with PKCE; `undefined` takes a parameter away. */
  authorize(appId: string, o?: Record<string, string | undefined>): string
  /** Address, password, and `No` to staying signed in; stops at the first page that is none of these. */
  signIn(browser: Browser, url: string, login: string): Promise<Shown>
  token(form: Record<string, string>, headers?: Record<string, string>): Promise<TokenReply>
  redeem(shown: Shown, appId: string): Promise<TokenReply>
}

export async function startPeople(options: TenantOptions = {}): Promise<People> {
  const tenant = await startTenant(options)
  const verifier = randomBytes(32).toString('base64url')
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const passwords = new Map(tenant.users.map((user) => [user.userPrincipalName, user.password]))
  let adminToken: string | undefined
  const send = (url: string, method: string, token: string, body?: object): Promise<Response> =>
    fetch(url, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
  const people: People = {
    tenant,
    verifier,
    passwordOf: (login) => passwords.get(login)!,
    async control(method, path, body) {
      const reply = await send(`${tenant.origin}/_letterlock/${path}`, method, tenant.controlToken, body)
      return (await reply.json()) as Record<string, unknown>
    },
    async createUser(o = {}) {
      const userPrincipalName = `u${randomUUID().slice(0, 8)}@contoso.example`
      const made = await people.control('POST', 'users', { userPrincipalName, ...o })
      if (!made['id']) throw new Error(JSON.stringify(made))
      passwords.set(userPrincipalName, String(made['password']))
      return userPrincipalName
    },
    async graph(method, path, body) {
      adminToken ??= await signInAsAdmin(people)
      return send(`${tenant.origin}/v1.0${path}`, method, adminToken, body)
    },
    async register(app) {
      const wanted = { displayName: 'Test app', signInAudience: 'AzureADMyOrg', ...app }
      const made = (await (await people.graph('POST', '/applications', wanted)).json()) as Application
      if (!made.appId) throw new Error(JSON.stringify(made))
      const principal = await people.graph('POST', '/servicePrincipals', { appId: made.appId })
      const principalId = ((await principal.json()) as { id: string }).id
      return { appId: made.appId, id: made.id, principalId }
    },
    authorize(appId, o = {}) {
      const { tenant: at = tenant.tenantId, ...rest } = o
      const query = new URLSearchParams()
      const all = {
        client_id: appId,
        response_type: 'code',
        redirect_uri: redirectUri,
        scope: 'openid profile offline_access User.Read',
        state: 'state-1',
        code_challenge: challenge,
        code_challenge_method: 'S256',
        ...rest,
      }
      for (const [name, value] of Object.entries(all)) if (value !== undefined) query.set(name, value)
      return `${tenant.origin}/${at}/oauth2/v2.0/authorize?${query}`
    },
    async signIn(browser, url, login) {
      let shown = await browser.open(url)
      if (shown.name === 'sign-in') shown = await browser.submit({ login })
      if (shown.name === 'password') shown = await browser.submit({ passwd: passwords.get(login)! })
      if (shown.name === 'stay-signed-in') shown = await browser.submit({ stay: 'no' })
      return shown
    },
    async token(form, headers = {}) {
      const reply = await fetch(`${tenant.origin}/${tenant.tenantId}/oauth2/v2.0/token`, {
        method: 'POST',
        headers,
        body: new URLSearchParams(form),
      })
      return { status: reply.status, body: (await reply.json()) as Record<string, unknown> }
    },
    redeem: (shown, appId) =>
      people.token({
        client_id: appId,
        grant_type: 'authorization_code',
        redirect_uri: redirectUri,
        code: shown.redirect?.searchParams.get('code') ?? '',
        code_verifier: verifier,
      }),
    [Symbol.asyncDispose]: () => tenant.close(),
  }
  return people
}

async function signInAsAdmin(people: People): Promise<string> {
  const url = people.authorize(graphTools, { redirect_uri: 'http://localhost', scope: adminScope })
  const browser = new Browser(people.tenant.origin)
  const consent = await people.signIn(browser, url, 'admin@contoso.example')
  const back = consent.redirect ? consent : await browser.submit({ decision: 'accept' })
  const { body } = await people.token({
    client_id: graphTools,
    grant_type: 'authorization_code',
    redirect_uri: 'http://localhost',
    code: back.redirect?.searchParams.get('code') ?? '',
    code_verifier: people.verifier,
  })
  if (typeof body['access_token'] !== 'string') throw new Error(JSON.stringify(body))
  return body['access_token']
}
