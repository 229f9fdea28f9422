// A local tenant with an administrator signed in, and anyone else on request: for the directory's tests.
import { startTenant, type Tenant } from '../index.ts'
import { signIn, type SignInOptions } from '../person.fixture.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** The JSON of the body; `{}` when there is none. */
  // oxlint-disable-next-line no-explicit-any
  readonly body: any
  readonly text: string
}
export type Ask = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer>

export interface DirectoryLab extends AsyncDisposable {
  readonly tenant: Tenant
  /** As the administrator, with every permission below. */
  readonly ask: Ask
  as(user: string, scopes: readonly string[], password?: string): Promise<Ask>
  /** An application with these application permissions, signed in with its secret. */
  asApp(roles: readonly string[]): Promise<Ask & { readonly appId: string; readonly principalId: string }>
  control(method: string, path: string, body?: unknown): Promise<Answer>
  /** Lets the tenant's time pass; everybody signs in again, since tokens end within the hour. */
  advance(ms: number): Promise<void>
}

/** A bearer token, and how to get the next one. */
interface Session {
  token: string
  renew(): Promise<string>
}

export const graphAppId = '00000003-0000-0000-c000-000000000000'
export const eventual = { ConsistencyLevel: 'eventual' }
const everything = [
  'openid', 'profile', 'User.Read', 'User.ReadWrite', 'User.Read.All', 'User.ReadBasic.All', 'User.ReadWrite.All', 'User-PasswordProfile.ReadWrite.All',
  'User.RevokeSessions.All', 'User.EnableDisableAccount.All', 'Group.Read.All', 'Group.ReadWrite.All', 'GroupMember.Read.All', 'GroupMember.ReadWrite.All',
  'Application.Read.All', 'Application.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All', 'DelegatedPermissionGrant.ReadWrite.All', 'Directory.Read.All',
  'AuditLog.Read.All', 'RoleManagement.ReadWrite.Directory', 'AdministrativeUnit.ReadWrite.All', 'Domain.Read.All', 'Organization.Read.All', 'Policy.Read.All',
] // prettier-ignore

export async function startDirectoryLab(): Promise<DirectoryLab> {
  const tenant = await startTenant()
  const sessions: Session[] = []
  const begin = async (renew: () => Promise<string>): Promise<Session> => {
    const session = { token: await renew(), renew }
    sessions.push(session)
    return session
  }
  const asUser = async (o: SignInOptions): Promise<Ask> => asker(tenant, await begin(() => signIn(tenant, o)))
  const ask = await asUser({ user: 'admin@contoso.example', scopes: everything, forAll: true })
  const control = asker({ origin: `${tenant.origin}/_letterlock` }, { token: tenant.controlToken }, '')
  return {
    tenant,
    ask,
    control,
    as: (user, scopes, password) => asUser({ user, scopes, ...(password ? { password } : {}) }),
    async asApp(roles) {
      const { secret, ...app } = await makeApp(ask, roles)
      const session = await begin(() => appToken(tenant, { ...app, secret }))
      return Object.assign(asker(tenant, session), app)
    },
    async advance(ms) {
      await control('POST', '/clock', { advanceMs: ms })
      for (const session of sessions) session.token = await session.renew()
    },
    [Symbol.asyncDispose]: () => tenant.close(),
  }
}

export function asker(
  tenant: { origin: string },
  session: { readonly token: string },
  version = '/v1.0',
): Ask {
  return async (method, path, body, headers = {}) => {
    const target = /^\/(beta|v1\.0)\//.test(path) ? path : version + path
    const reply = await fetch(tenant.origin + target, {
      method,
      headers: { authorization: `Bearer ${session.token}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await reply.text()
    const isJson = reply.headers.get('content-type')?.includes('json') && text !== ''
    return {
      status: reply.status,
      headers: reply.headers,
      text,
      body: isJson ? (JSON.parse(text) as unknown) : {},
    }
  }
}

async function makeApp(ask: Ask, roles: readonly string[]) {
  const app = (await ask('POST', '/applications', { displayName: `app ${roles.join(' ')}` })).body
  const principal = (await ask('POST', '/servicePrincipals', { appId: app.appId })).body
  const graph = (await ask('GET', `/servicePrincipals(appId='${graphAppId}')`)).body
  for (const role of roles) {
    const appRoleId = graph.appRoles.find((one: { value: string }) => one.value === role).id
    const wanted = { principalId: principal.id, resourceId: graph.id, appRoleId }
    await ask('POST', `/servicePrincipals/${graph.id}/appRoleAssignedTo`, wanted)
  }
  const { secretText } = (await ask('POST', `/applications/${app.id}/addPassword`, {})).body
  return {
    appId: app.appId as string,
    principalId: principal.id as string,
    secret: secretText as string,
  }
}

/** With the application's own secret; for Graph unless another resource is named. */
export async function appToken(
  tenant: Tenant,
  o: { readonly appId: string; readonly secret: string; readonly resource?: string },
): Promise<string> {
  const reply = await fetch(`${tenant.origin}/${tenant.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: o.appId,
      client_secret: o.secret,
      grant_type: 'client_credentials',
      scope: `${o.resource ?? 'https://graph.microsoft.com'}/.default`,
    }),
  })
  return ((await reply.json()) as { access_token: string }).access_token
}
