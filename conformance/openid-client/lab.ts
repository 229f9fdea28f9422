// A local tenant, an application registered in it, and a person who fills in its forms; the client is openid-client alone.
import { randomUUID } from 'node:crypto'
import { parse, type HTMLElement } from 'node-html-parser'
import * as client from 'openid-client'
import { startTenant, type Tenant } from '../../src/tenant/index.ts'

export const redirectUri = 'http://localhost:9999/Callback'
export const graphTools = '14d82eec-204b-4c2f-b7e8-296a70dab67e'
const graphAppId = '00000003-0000-0000-c000-000000000000'
export const userScope = 'openid profile offline_access User.Read Mail.Send'
export const adminScope =
  'openid profile offline_access Application.ReadWrite.All DelegatedPermissionGrant.ReadWrite.All AppRoleAssignment.ReadWrite.All User.Read.All Policy.Read.All Policy.ReadWrite.ConditionalAccess RoleManagement.ReadWrite.Directory'

/** What openid-client makes of a token answer. */
export type Tokens = client.TokenEndpointResponse & client.TokenEndpointResponseHelpers

export interface Person {
  readonly login: string
  readonly password: string
  /** What to press on the consent page. Default accept. */
  readonly decision?: 'accept' | 'cancel'
  /** What a device shows, for the page that asks for it. */
  readonly userCode?: string
  /** What to press when asked whether the device's sign-in was meant. Default continue. */
  readonly confirm?: 'continue' | 'cancel'
}

/** Where the walk ended: back at the client, or on a page that keeps the person. */
export interface WalkEnd {
  readonly redirect?: URL
  readonly page?: string
  readonly code?: string
  readonly text?: string
}

export interface Lab {
  readonly tenant: Tenant
  person(login: string): Person
  control(method: string, path: string, body?: object): Promise<Response>
  graph(method: string, path: string, body?: object, token?: string): Promise<Response>
  /** Registers an application with its service principal; returns its client ID and object ids. */
  register(app: object): Promise<{ appId: string; id: string; principalId: string }>
  configuration(clientId: string, authentication?: client.ClientAuth): Promise<client.Configuration>
  signIn(o: SignInRequest): Promise<SignedIn>
}

export interface SignInRequest {
  readonly config: client.Configuration
  readonly person: Person
  readonly scope?: string
  readonly redirectUri?: string
  readonly parameters?: Record<string, string>
}

export interface SignedIn extends WalkEnd {
  readonly verifier: string
  readonly state: string
  readonly nonce: string
}

export async function startLab(options: Parameters<typeof startTenant>[0] = {}): Promise<Lab> {
  const tenant = await startTenant(options)
  let adminToken: string | undefined
  const person = (login: string): Person => ({
    login,
    password: tenant.users.find((user) => user.userPrincipalName === login)!.password,
  })
  const configuration: Lab['configuration'] = (clientId, authentication) =>
    client.discovery(
      new URL(`${tenant.origin}/${tenant.tenantId}/v2.0`),
      clientId,
      undefined,
      authentication ?? client.None(),
      { execute: [client.allowInsecureRequests] },
    )
  const signIn = async (o: SignInRequest): Promise<SignedIn> => {
    const [verifier, state, nonce] = [
      client.randomPKCECodeVerifier(),
      client.randomState(),
      client.randomNonce(),
    ]
    const url = client.buildAuthorizationUrl(o.config, {
      redirect_uri: o.redirectUri ?? redirectUri,
      scope: o.scope ?? userScope,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
      ...o.parameters,
    })
    return { ...(await walk(url.href, o.person)), verifier, state, nonce }
  }
  const asAdmin = async (): Promise<string> => {
    if (adminToken) return adminToken
    const config = await configuration(graphTools)
    const signedIn = await signIn({
      config,
      person: person('admin@contoso.example'),
      scope: adminScope,
      redirectUri: 'http://localhost',
    })
    const tokens = await client.authorizationCodeGrant(config, signedIn.redirect!, {
      pkceCodeVerifier: signedIn.verifier,
      expectedState: signedIn.state,
      expectedNonce: signedIn.nonce,
    })
    return (adminToken = tokens.access_token)
  }
  const send = (url: string, method: string, token: string, body?: object): Promise<Response> =>
    fetch(url, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
  const graph: Lab['graph'] = async (method, path, body, token) =>
    send(`${tenant.origin}/v1.0${path}`, method, token ?? (await asAdmin()), body)
  return {
    tenant,
    person,
    configuration,
    signIn,
    graph,
    control: (method, path, body) =>
      send(`${tenant.origin}/_letterlock/${path}`, method, tenant.controlToken, body),
    async register(app) {
      const made = await jsonOf(
        await graph('POST', '/applications', {
          displayName: `Test ${randomUUID()}`,
          signInAudience: 'AzureADMyOrg',
          ...app,
        }),
      )
      const principal = await jsonOf(await graph('POST', '/servicePrincipals', { appId: made['appId'] }))
      return { appId: String(made['appId']), id: String(made['id']), principalId: String(principal['id']) }
    },
  }
}

export async function jsonOf(response: Response): Promise<Record<string, unknown>> {
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.status} ${text}`)
  return JSON.parse(text) as Record<string, unknown>
}

export const graphAccess = (ids: readonly { id: string; type: string }[]): object[] => [
  { resourceAppId: graphAppId, resourceAccess: ids },
]

/** Plays the person with plain fetch, as a browser without JavaScript. Ends at a redirect elsewhere, or where no form helps. */
export async function walk(
  start: string,
  person: Person,
  cookies = new Map<string, string>(),
): Promise<WalkEnd> {
  const { origin } = new URL(start)
  let next: { url: string; body?: URLSearchParams } = { url: start }
  for (let turn = 0; turn < 10; turn++) {
    const reply: Response = await fetch(next.url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(next.body ? { method: 'POST', body: next.body } : {}),
    })
    for (const line of reply.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    const location = reply.headers.get('location')
    if (location) {
      const target = new URL(location, next.url)
      if (target.origin !== origin) return { redirect: target }
      next = { url: target.href }
      continue
    }
    const main = parse(await reply.text()).querySelector('main')!
    const alert = main.querySelector('[role=alert]')
    const form = main.querySelector('form')
    const page = main.getAttribute('data-page')!
    const code = alert?.getAttribute('data-code') ?? main.getAttribute('data-code')
    if (!form || alert || page === 'need-admin-approval') {
      return { page, ...(code ? { code } : {}), text: main.text.replaceAll(/\s+/g, ' ') }
    }
    next = { url: new URL(form.getAttribute('action')!, next.url).href, body: fill(form, page, person) }
  }
  throw new Error('the sign-in did not end')
}

function fill(form: HTMLElement, page: string, person: Person): URLSearchParams {
  const typed: Record<string, string> = {
    login: person.login,
    passwd: person.password,
    otc: person.userCode ?? '',
  }
  const body = new URLSearchParams()
  for (const input of form.querySelectorAll('input')) {
    const name = input.getAttribute('name')!
    if (input.getAttribute('type') !== 'checkbox')
      body.set(name, typed[name] ?? input.getAttribute('value') ?? '')
  }
  if (page === 'stay-signed-in') body.set('stay', 'no')
  if (page === 'consent' || page === 'admin-consent') body.set('decision', person.decision ?? 'accept')
  if (page === 'device-confirm') body.set('decision', person.confirm ?? 'continue')
  if (page === 'pick-account') body.set('account', 'other')
  return body
}
