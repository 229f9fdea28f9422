// A local tenant with an administrator signed in, and anyone else on request: for the directory's tests.
import { startTenant, type Tenant } from '../index.ts'
import { signIn } from '../person.fixture.ts'

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
}

export const graphAppId = '00000003-0000-0000-c000-000000000000'
export const eventual = { ConsistencyLevel: 'eventual' }
const everything = [
  'openid', 'profile', 'User.Read', 'User.ReadWrite', 'User.Read.All', 'User.ReadBasic.All', 'User.ReadWrite.All', 'User-PasswordProfile.ReadWrite.All',
  'User.RevokeSessions.All', 'User.EnableDisableAccount.All', 'Group.Read.All', 'Group.ReadWrite.All', 'GroupMember.Read.All', 'GroupMember.ReadWrite.All',
  'Application.Read.All', 'Application.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All', 'DelegatedPermissionGrant.ReadWrite.All', 'Directory.Read.All',
  'AuditLog.Read.All', 'RoleManagement.ReadWrite.Directory', 'Domain.Read.All', 'Organization.Read.All', 'Policy.Read.All',
] // prettier-ignore

export async function startDirectoryLab(): Promise<DirectoryLab> {
  const tenant = await startTenant()
  const admin = 'admin@contoso.example'
  const ask = asker(tenant, await signIn(tenant, { user: admin, scopes: everything, forAll: true }))
  const control = asker({ origin: `${tenant.origin}/_letterlock` }, tenant.controlToken, '')
  return {
    tenant,
    ask,
    control,
    as: async (user, scopes, password) =>
      asker(tenant, await signIn(tenant, { user, scopes, ...(password ? { password } : {}) })),
    asApp: (roles) => makeApp(tenant, ask, roles),
    [Symbol.asyncDispose]: () => tenant.close(),
  }
}

function asker(tenant: { origin: string }, token: string, version = '/v1.0'): Ask {
  return async (method, path, body, headers = {}) => {
    const target = /^\/(beta|v1\.0)\//.test(path) ? path : version + path
    const reply = await fetch(tenant.origin + target, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
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

async function makeApp(tenant: Tenant, ask: Ask, roles: readonly string[]) {
  const app = (await ask('POST', '/applications', { displayName: `app ${roles.join(' ')}` })).body
  const principal = (await ask('POST', '/servicePrincipals', { appId: app.appId })).body
  const graph = (await ask('GET', `/servicePrincipals(appId='${graphAppId}')`)).body
  for (const role of roles) {
    const appRoleId = graph.appRoles.find((one: { value: string }) => one.value === role).id
    const wanted = { principalId: principal.id, resourceId: graph.id, appRoleId }
    await ask('POST', `/servicePrincipals/${graph.id}/appRoleAssignedTo`, wanted)
  }
  const { secretText } = (await ask('POST', `/applications/${app.id}/addPassword`, {})).body
  const reply = await fetch(`${tenant.origin}/${tenant.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: app.appId,
      client_secret: secretText,
      grant_type: 'client_credentials',
      scope: 'https://graph.microsoft.com/.default',
    }),
  })
  const { access_token: token } = (await reply.json()) as { access_token: string }
  return Object.assign(asker(tenant, token), {
    appId: app.appId as string,
    principalId: principal.id as string,
  })
}
