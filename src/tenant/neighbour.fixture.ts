// For tests: a second organisation in which everything bears a mark, so that a leak of any of it is seen.
import { graphPermissions } from '../facts/permissions.ts'
import type { StartedTenant, Tenant } from './index.ts'

/** In every name, address, subject and text of the neighbour, and nowhere else. */
export const mark = 'zq7marked'

const privileged =
  /^(User|Group|GroupMember|Application|AppRoleAssignment|DelegatedPermissionGrant|Directory|AuditLog|RoleManagement|Policy|Domain|Organization|AdministrativeUnit|ConsentRequest|Mail)\b/
const named = (kind: 'delegated' | 'application') => [
  ...new Set(
    graphPermissions.filter((one) => one.kind === kind && privileged.test(one.value)).map((one) => one.value),
  ),
]
/** An application that may do all that is modelled, for its administrator and as itself. */
export const almighty = (displayName: string) => ({
  displayName,
  publicClient: true,
  permissions: { delegated: named('delegated'), application: named('application') },
  consent: 'all' as const,
  secrets: [{ displayName }],
})
export const neighbourSeed = {
  displayName: `${mark} Organisation`,
  domains: [`${mark}.example`],
  users: [
    {
      userPrincipalName: `admin@${mark}.example`,
      displayName: `${mark} Admin`,
      roles: ['Global Administrator'],
    },
    { userPrincipalName: `nora@${mark}.example`, displayName: `${mark} Nora` },
  ],
  apps: [almighty(`${mark} App`)],
}

export interface Ask {
  (method: string, path: string, body?: object): Promise<{ status: number; text: string }>
}

/** Graph as the administrator of an organisation. */
export async function asAdministrator(tenant: Tenant, own: StartedTenant): Promise<Ask> {
  const admin = own.users.find((one) => one.roles.includes('Global Administrator'))!
  return asker(
    tenant,
    await tokenOf(tenant, own, {
      grant_type: 'password',
      username: admin.userPrincipalName,
      password: admin.password,
    }),
  )
}

/** Graph as the application itself. */
export async function asApplication(tenant: Tenant, own: StartedTenant): Promise<Ask> {
  const secret = own.apps[0]!.secrets[0]!.secretText
  return asker(
    tenant,
    await tokenOf(tenant, own, { grant_type: 'client_credentials', client_secret: secret }),
  )
}

async function tokenOf(tenant: Tenant, own: StartedTenant, form: Record<string, string>): Promise<string> {
  const reply = await fetch(`${tenant.origin}/${own.id}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: own.apps[0]!.clientId,
      scope: 'https://graph.microsoft.com/.default',
      ...form,
    }),
  })
  const answer = (await reply.json()) as { access_token?: string; error_description?: string }
  if (!answer.access_token) throw new Error(answer.error_description)
  return answer.access_token
}

const asker =
  (tenant: Tenant, token: string): Ask =>
  async (method, path, body) => {
    const reply = await fetch(`${tenant.origin}/v1.0${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        consistencylevel: 'eventual',
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    return { status: reply.status, text: await reply.text() }
  }

export interface Answered {
  readonly path: string
  readonly status: number
  readonly text: string
}

/** GETs, twenty in a request as Graph takes them. */
export async function getAll(ask: Ask, paths: readonly string[]): Promise<Answered[]> {
  const answers: Answered[] = []
  for (let at = 0; at < paths.length; at += 20) {
    const requests = paths.slice(at, at + 20).map((url, index) => ({
      id: String(index),
      method: 'GET',
      url,
      headers: { consistencylevel: 'eventual' },
    }))
    const { text } = await ask('POST', '/$batch', { requests })
    const { responses } = JSON.parse(text) as { responses: { id: string; status: number; body?: unknown }[] }
    for (const { id, status, body } of responses)
      answers.push({ path: requests[Number(id)]!.url, status, text: JSON.stringify(body ?? '') })
  }
  return answers
}

/** Whether an answer tells more of the neighbour than the keys it was asked by, which errors tell again. */
export function tellsMore(text: string, keys: readonly string[]): boolean {
  const spelt = keys.flatMap((key) => [key, encodeURIComponent(key)])
  return spelt
    .reduce((rest, key) => rest.replaceAll(key, ''), text)
    .toLowerCase()
    .includes(mark)
}

/** Makes one of everything in the neighbour; returns the ids, names and keys it can be asked for by. */
export async function fillNeighbour(tenant: Tenant, own: StartedTenant): Promise<string[]> {
  const ask = await asAdministrator(tenant, own)
  const keys = new Set([own.id, own.displayName, ...own.domains, own.apps[0]!.clientId])
  const make = async (path: string, body: object): Promise<string> => {
    const made = await ask('POST', path, body)
    if (made.status !== 201 && made.status !== 204)
      throw new Error(`${made.status} for ${path}: ${made.text}`)
    const { id, appId } = JSON.parse(made.text || '{}') as { id?: string; appId?: string }
    if (id) keys.add(id)
    if (appId) keys.add(appId)
    return id ?? ''
  }
  const [user, gone] = [`olga@${mark}.example`, `gone@${mark}.example`]
  const person = (userPrincipalName: string) => ({
    userPrincipalName,
    displayName: `${mark} person`,
    mailNickname: mark,
    jobTitle: mark,
    accountEnabled: true,
    passwordProfile: { password: 'Xy7!xy7!xy7' },
  })
  const olga = await make('/users', person(user))
  const deleted = await make('/users', person(gone))
  await ask('DELETE', `/users/${deleted}`)
  const reference = (id: string) => ({
    '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${id}`,
  })
  const group = await make('/groups', {
    displayName: `${mark} group`,
    description: mark,
    mailEnabled: false,
    mailNickname: mark,
    securityEnabled: true,
  })
  await make(`/groups/${group}/members/$ref`, reference(olga))
  await make(`/groups/${group}/owners/$ref`, reference(olga))
  const application = await make('/applications', { displayName: `${mark} application`, notes: mark })
  const { appId } = JSON.parse((await ask('GET', `/applications/${application}`)).text) as { appId: string }
  await make('/servicePrincipals', { appId })
  await make(`/applications/${application}/owners/$ref`, reference(olga))
  await make(`/applications/${application}/federatedIdentityCredentials`, {
    name: mark,
    issuer: `https://${mark}.example`,
    subject: mark,
    audiences: ['api://AzureADTokenExchange'],
  })
  const binned = await make('/applications', { displayName: `${mark} deleted application` })
  await ask('DELETE', `/applications/${binned}`)
  await make('/identity/conditionalAccess/policies', {
    displayName: `${mark} policy`,
    state: 'disabled',
    conditions: { users: { includeUsers: ['All'] }, applications: { includeApplications: ['All'] } },
    grantControls: { operator: 'OR', builtInControls: ['mfa'] },
  })
  await make('/identity/conditionalAccess/namedLocations', {
    '@odata.type': '#microsoft.graph.ipNamedLocation',
    displayName: `${mark} place`,
    isTrusted: true,
    ipRanges: [{ '@odata.type': '#microsoft.graph.iPv4CidrRange', cidrAddress: '203.0.113.0/24' }],
  })
  await make('/policies/tokenLifetimePolicies', {
    displayName: `${mark} lifetime`,
    definition: ['{"TokenLifetimePolicy":{"Version":1,"AccessTokenLifetime":"01:00:00"}}'],
  })
  const unit = await make('/directory/administrativeUnits', {
    displayName: `${mark} unit`,
    description: mark,
  })
  await make(`/directory/administrativeUnits/${unit}/members/$ref`, reference(olga))
  await fillMailbox(tenant, own, keys)
  for (const path of [
    '/users',
    '/groups',
    '/applications',
    '/servicePrincipals',
    '/oauth2PermissionGrants',
    '/auditLogs/signIns',
    '/auditLogs/directoryAudits',
    '/directoryRoles',
    '/roleManagement/directory/roleAssignments',
    '/me/appRoleAssignments',
  ])
    // prettier-ignore
    for (const row of rowsOf((await ask('GET', path)).text).slice(0, 1)) {
      const strings = [row['id'], row['userPrincipalName']].filter((one) => typeof one === 'string')
      for (const text of strings) keys.add(text)
    }
  return [...keys]
}

/** A message that arrived, in Nora's inbox and as the administrator sees it: nobody else's. */
async function fillMailbox(tenant: Tenant, own: StartedTenant, keys: Set<string>): Promise<void> {
  const put = async (user: string, body: string): Promise<void> => {
    const reply = await fetch(`${tenant.origin}/_letterlock/import?tenant=${own.id}&user=${user}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tenant.controlToken}`, 'content-type': 'message/rfc822' },
      body,
    })
    if (!reply.ok) throw new Error(`${reply.status} for the mail of ${user}: ${await reply.text()}`)
  }
  const message = [
    `From: ${mark} Sender <sender@${mark}-outside.example>`,
    `To: admin@${mark}.example`,
    `Subject: ${mark} subject`,
    'Message-ID: <1@outside.example>',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    `${mark} body`,
    '--b',
    `Content-Type: text/plain; name="${mark}.txt"`,
    `Content-Disposition: attachment; filename="${mark}.txt"`,
    '',
    mark,
    '--b--',
    '',
  ].join('\r\n')
  for (const { userPrincipalName } of own.users) await put(userPrincipalName, message)
  const ask = await asAdministrator(tenant, own)
  const folder = await ask('POST', '/me/mailFolders', { displayName: `${mark} folder` })
  keys.add((JSON.parse(folder.text) as { id: string }).id)
  for (const row of rowsOf((await ask('GET', '/me/messages')).text)) {
    keys.add(String(row['id']))
    for (const one of rowsOf((await ask('GET', `/me/messages/${String(row['id'])}/attachments`)).text))
      keys.add(String(one['id']))
  }
}

function rowsOf(text: string): Record<string, unknown>[] {
  return (JSON.parse(text) as { value?: Record<string, unknown>[] }).value ?? []
}
