// A sign-in with all that belongs to it, wrong in one thing; and each way out as an act on it. Plain fetch, no client of ours.
import { randomUUID } from 'node:crypto'
import {
  Browser,
  redirectUri,
  type Application,
  type People,
} from '../../src/tenant/identity/person.fixture.ts'

/** What a try met: the number of the refusal, undefined when it was accepted. */
export type Met = number | undefined

export interface Situation {
  readonly people: People
  readonly app: Application
  readonly login: string
  /** The name of the tenant in the path. */
  tenant: string
  clientId: string
  redirectUri: string
  scope: string | undefined
  parameters: Record<string, string | undefined>
  /** What is sent beside the client ID at the token endpoint. */
  credentials: Record<string, string>
  /** Of a browser. */
  headers: Record<string, string>
  /** What a person must do on the pages beside signing in. */
  choosesPassword: boolean
  /** How far the person goes when told to sign in again: to a code, or to tokens. */
  keeps: 'code' | 'tokens'
  /** Put right by the case: what its own program sends wrong. */
  mend(): void | Promise<void>
  /** What the person still has from an earlier sign-in. */
  code: string | undefined
  refreshToken: string | undefined
}

export interface SituationOptions {
  readonly app?: object
  readonly user?: object
}

export async function situation(people: People, o: SituationOptions = {}): Promise<Situation> {
  const app = await people.register({
    displayName: `Bot ${randomUUID().slice(0, 6)}`,
    publicClient: { redirectUris: [redirectUri] },
    ...o.app,
  })
  const login = await people.createUser(o.user)
  return {
    people,
    app,
    login,
    tenant: people.tenant.tenantId,
    clientId: app.appId,
    redirectUri,
    scope: 'openid profile offline_access User.Read',
    parameters: {},
    credentials: {},
    headers: {},
    choosesPassword: false,
    keeps: 'tokens',
    mend() {
      throw new Error('this case does not say what its program sends wrong')
    },
    code: undefined,
    refreshToken: undefined,
  }
}

/** The whole sign-in in a new browser: pages, redirect, code. */
export async function signIn(s: Situation): Promise<Met> {
  const met = await getCode(s)
  return met ?? redeem(s)
}

/** Through the pages as far as they lead; `s.code` holds the code. */
export async function getCode(s: Situation): Promise<Met> {
  const browser = new Browser(s.people.tenant.origin)
  const url = s.people.authorize(s.clientId, {
    tenant: s.tenant,
    redirect_uri: s.redirectUri,
    ...(s.scope === undefined ? {} : { scope: s.scope }),
    ...s.parameters,
  })
  let shown = await s.people.signIn(browser, url, s.login)
  if (shown.name === 'change-password' && s.choosesPassword) {
    const newpasswd = `fresh ${randomUUID()}`
    const oldpasswd = s.people.passwordOf(s.login)
    shown = await browser.submit({ oldpasswd, newpasswd, confirmnewpasswd: newpasswd })
  }
  if (shown.name === 'mfa') shown = await browser.submit({ answer: 'approve' })
  if (shown.name === 'stay-signed-in') shown = await browser.submit({ stay: 'no' })
  if (shown.name === 'consent' && shown.code === undefined)
    shown = await browser.submit({ decision: 'accept' })
  if (!shown.redirect) return shown.code ?? Number.NaN
  const answer = shown.redirect.searchParams
  s.code = answer.get('code') ?? undefined
  return numberIn(answer.get('error_description'))
}

export async function redeem(s: Situation, form: Record<string, string> = {}): Promise<Met> {
  return ask(s, {
    grant_type: 'authorization_code',
    code: s.code ?? '',
    redirect_uri: s.redirectUri,
    code_verifier: s.people.verifier,
    ...form,
  })
}

export const refresh = (s: Situation, form: Record<string, string> = {}): Promise<Met> =>
  ask(s, { grant_type: 'refresh_token', refresh_token: s.refreshToken ?? '', ...form })

export const asApplication = (s: Situation): Promise<Met> =>
  ask(s, { grant_type: 'client_credentials', scope: s.scope ?? 'https://graph.microsoft.com/.default' })

async function ask(s: Situation, form: Record<string, string>): Promise<Met> {
  const reply = await fetch(`${s.people.tenant.origin}/${s.tenant}/oauth2/v2.0/token`, {
    method: 'POST',
    headers: s.headers,
    body: new URLSearchParams({ client_id: s.clientId, ...s.credentials, ...form }),
  })
  const body = (await reply.json()) as { error_codes?: number[]; refresh_token?: string }
  if (body.refresh_token) s.refreshToken = body.refresh_token
  return reply.ok ? undefined : (body.error_codes?.[0] ?? Number.NaN)
}

const numberIn = (description: string | null): Met => {
  const found = /^AADSTS(\d+)/.exec(description ?? '')?.[1]
  return found === undefined ? undefined : Number(found)
}
