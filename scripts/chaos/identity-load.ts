// What the identity chaos run does to the tenant, and everything the tenant acknowledged while it did.
import { createHash, randomBytes } from 'node:crypto'
import { graphCommandLineToolsClientId } from '../../src/facts/well-known-clients.ts'
import { passwordOf, signAdminIn, type TenantProcess } from './lab.ts'
import { walkSignIn } from '../../conformance/person/walk-sign-in.ts'

const redirectUri = 'http://localhost:1'
const scope = 'openid profile offline_access User.Read.All'

/** Each entry stands for an answer of 2xx (or 302) whose body was read to its end. */
export interface Acknowledged {
  /** Object id → names that may stand there: the last acknowledged, and one whose answer never came. */
  readonly applications: Map<string, { appId: string; names: Set<string>; toDelete: boolean }>
  readonly deleted: Set<string>
  readonly principals: Map<string, string>
  /** Principals that no grant was asked for yet. */
  readonly grantable: Set<string>
  readonly secrets: { appId: string; secret: string }[]
  readonly grants: Map<string, { clientId: string; scopes: Set<string> }>
  readonly users: Map<string, { name: string; password: string }>
  /** Id → name. */
  readonly policies: Map<string, string>
  readonly refreshTokens: string[]
  readonly sessions: string[]
  readonly redeemedCodes: { code: string; verifier: string }[]
}

export interface Load {
  readonly acknowledged: Acknowledged
  readonly workers: readonly (() => Promise<void>)[]
  graph(method: string, path: string, body?: object): Promise<Record<string, unknown>>
  token(form: Record<string, string>): Promise<Record<string, unknown>>
  authorize(cookie: string): Promise<{ code: string; verifier: string }>
}

/** An answer that is not a success: with its status, so that a refusal is told from an answer that never came. */
export class Refused extends Error {
  readonly status: number
  readonly body: string
  constructor(status: number, body: string) {
    super(`${status} ${body.slice(0, 300)}`)
    this.status = status
    this.body = body
  }
}

/** Signs in as the administrator and prepares the workers; each call of a worker is one operation. */
export async function prepareLoad(tenant: TenantProcess): Promise<Load> {
  const admin = await signAdminIn(tenant)
  const accessToken = admin.tokens.accessToken.reveal()
  const acknowledged: Acknowledged = {
    applications: new Map(),
    deleted: new Set(),
    principals: new Map(),
    grantable: new Set(),
    secrets: [],
    grants: new Map(),
    users: new Map(),
    policies: new Map(),
    refreshTokens: [admin.tokens.refreshToken!.reveal()],
    sessions: [],
    redeemedCodes: [],
  }
  const graph: Load['graph'] = (method, path, body) =>
    send(`${tenant.origin}/v1.0${path}`, {
      method,
      headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
  const token: Load['token'] = (form) =>
    send(`${tenant.origin}/${tenant.tenantId}/oauth2/v2.0/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    })
  const authorize: Load['authorize'] = async (cookie) => {
    const { url, verifier } = authorizationUrl(tenant)
    const reply = await fetch(url, {
      redirect: 'manual',
      headers: { cookie },
      signal: AbortSignal.timeout(10_000),
    })
    const text = await reply.text()
    const code = new URL(reply.headers.get('location') ?? url).searchParams.get('code')
    if (!code) throw new Refused(reply.status, text)
    return { code, verifier }
  }
  const load = { acknowledged, graph, token, authorize }
  const password = await passwordOf(tenant, 'admin@contoso.example')
  await signInAnew(tenant, { acknowledged, password })
  const workers = [
    () => register(load),
    () => register(load),
    () => grant(load),
    () => addUser(tenant, acknowledged),
    () => addPolicy(tenant, acknowledged),
    () => refresh(load),
    () => refresh(load),
    () => signInAnew(tenant, { acknowledged, password }),
    () => redeem(load),
  ]
  return { ...load, workers }
}

type Part = Omit<Load, 'workers'>
const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(Math.random() * from.length)]
const unique = (): string => randomBytes(6).toString('hex')

async function send(url: string, init: RequestInit): Promise<Record<string, unknown>> {
  const reply = await fetch(url, { ...init, signal: AbortSignal.timeout(10_000) })
  const text = await reply.text()
  if (!reply.ok) throw new Refused(reply.status, text)
  return text ? (JSON.parse(text) as Record<string, unknown>) : {}
}

function authorizationUrl(tenant: TenantProcess): { url: string; verifier: string } {
  const verifier = randomBytes(32).toString('base64url')
  const query = new URLSearchParams({
    client_id: graphCommandLineToolsClientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope,
    state: unique(),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  return { url: `${tenant.origin}/${tenant.tenantId}/oauth2/v2.0/authorize?${query}`, verifier }
}

/** A registration, its service principal, a secret, a new name; every fifth is deleted again. */
async function register({ acknowledged, graph }: Part): Promise<void> {
  const name = `Chaos ${unique()}`
  const made = await graph('POST', '/applications', {
    displayName: name,
    signInAudience: 'AzureADMyOrg',
    publicClient: { redirectUris: ['http://localhost'] },
  })
  const [id, appId] = [String(made['id']), String(made['appId'])]
  const entry = { appId, names: new Set([name]), toDelete: Math.random() < 0.2 }
  acknowledged.applications.set(id, entry)
  const principal = await graph('POST', '/servicePrincipals', { appId })
  acknowledged.principals.set(String(principal['id']), appId)
  if (!entry.toDelete) acknowledged.grantable.add(String(principal['id']))
  const secret = await graph('POST', `/applications/${id}/addPassword`, {
    passwordCredential: { displayName: 'chaos' },
  })
  acknowledged.secrets.push({ appId, secret: String(secret['secretText']) })
  const next = `${name} renamed`
  entry.names.add(next)
  await graph('PATCH', `/applications/${id}`, { displayName: next })
  entry.names.delete(name)
  if (!entry.toDelete) return
  await graph('DELETE', `/applications/${id}`)
  acknowledged.deleted.add(id)
}

/** A grant to everyone for a principal of ours, then one scope more. */
async function grant({ acknowledged, graph }: Part): Promise<void> {
  const clientId = pick([...acknowledged.grantable])
  if (!clientId) return void (await graph('GET', '/organization'))
  acknowledged.grantable.delete(clientId)
  const resources = await graph(
    'GET',
    "/servicePrincipals?$filter=appId eq '00000003-0000-0000-c000-000000000000'&$select=id",
  )
  const resourceId = (resources['value'] as { id: string }[])[0]!.id
  const made = await graph('POST', '/oauth2PermissionGrants', {
    clientId,
    consentType: 'AllPrincipals',
    resourceId,
    scope: 'User.Read',
  })
  const entry = { clientId, scopes: new Set(['User.Read']) }
  acknowledged.grants.set(String(made['id']), entry)
  entry.scopes.add('User.Read Mail.Send')
  await graph('PATCH', `/oauth2PermissionGrants/${String(made['id'])}`, { scope: 'User.Read Mail.Send' })
  entry.scopes.delete('User.Read')
}

async function addUser(tenant: TenantProcess, acknowledged: Acknowledged): Promise<void> {
  const name = `chaos.${unique()}@contoso.example`
  const made = await tenant.control<{ id: string; password: string }>('POST', 'users', {
    userPrincipalName: name,
  })
  acknowledged.users.set(made.id, { name, password: made.password })
}

/** A policy that is switched off: what it would ask for is not what is tried here. */
async function addPolicy(tenant: TenantProcess, acknowledged: Acknowledged): Promise<void> {
  const displayName = `Chaos ${unique()}`
  const policy = {
    displayName,
    state: 'disabled',
    conditions: { users: { includeUsers: ['All'] }, applications: { includeApplications: ['All'] } },
    grantControls: { operator: 'OR', builtInControls: ['mfa'] },
  }
  const made = await tenant.control<{ id: string }>('POST', 'policies', { kind: 'conditionalAccess', policy })
  acknowledged.policies.set(made.id, displayName)
}

/** Any refresh token acknowledged so far gives the next: the old ones stay valid, as Entra's do. */
async function refresh({ acknowledged, token }: Part): Promise<void> {
  const made = await token({
    grant_type: 'refresh_token',
    client_id: graphCommandLineToolsClientId,
    refresh_token: pick(acknowledged.refreshTokens)!,
  })
  acknowledged.refreshTokens.push(String(made['refresh_token']))
}

async function signInAnew(
  tenant: TenantProcess,
  o: { acknowledged: Acknowledged; password: string },
): Promise<void> {
  const { url } = authorizationUrl(tenant)
  const end = await walkSignIn(url, {
    login: 'admin@contoso.example',
    password: o.password,
    stopOutside: true,
  })
  o.acknowledged.sessions.push(end.cookie)
}

/** Single sign-on with a kept session; the code is redeemed, and must never be redeemable again. */
async function redeem({ acknowledged, authorize, token }: Part): Promise<void> {
  const cookie = pick(acknowledged.sessions)!
  const { code, verifier } = await authorize(cookie)
  const made = await token(redemption(code, verifier))
  acknowledged.redeemedCodes.push({ code, verifier })
  acknowledged.refreshTokens.push(String(made['refresh_token']))
}

export const redemption = (code: string, verifier: string): Record<string, string> => ({
  grant_type: 'authorization_code',
  client_id: graphCommandLineToolsClientId,
  redirect_uri: redirectUri,
  code,
  code_verifier: verifier,
})
