// Each way out as an act on a situation: what a person, an administrator or a programmer does when told so.
import { registerCertificate } from './assertion.ts'
import { getCode, type Met, signIn, type Situation } from './situation.ts'

type Act = (s: Situation) => Promise<unknown> | void

const patchApp = (s: Situation, change: object): Promise<Response> =>
  s.people.graph('PATCH', `/applications/${s.app.id}`, change)
const setUser = (s: Situation, change: object): Promise<unknown> =>
  s.people.control('PATCH', `users/${s.login}`, change)

/** By the names of src/facts/ways-out.ts. */
export const waysOut: Readonly<Record<string, Act>> = {
  'sign-in': (s) => mustWork(s.keeps === 'code' ? getCode(s) : signIn(s), s),
  'second-factor': (s) => mustWork(signIn(s), s),
  'new-password'(s) {
    s.choosesPassword = true
  },
  unlock: (s) => setUser(s, { locked: false }),
  'enable-user': (s) => setUser(s, { accountEnabled: true }),
  async assign(s) {
    const user = (await (await s.people.graph('GET', `/users/${s.login}`)).json()) as { id: string }
    await s.people.graph('POST', `/servicePrincipals/${s.app.principalId}/appRoleAssignedTo`, {
      principalId: user.id,
      resourceId: s.app.principalId,
      appRoleId: '00000000-0000-0000-0000-000000000000',
    })
  },
  async consent(s) {
    const graph = "/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')?$select=id"
    const { id } = (await (await s.people.graph('GET', graph)).json()) as { id: string }
    await s.people.graph('POST', '/oauth2PermissionGrants', {
      clientId: s.app.principalId,
      consentType: 'AllPrincipals',
      resourceId: id,
      scope: s.scope,
    })
  },
  'redirect-uri': (s) =>
    patchApp(s, {
      web: { redirectUris: [] },
      spa: { redirectUris: [] },
      publicClient: { redirectUris: [s.redirectUri] },
    }),
  'spa-platform': (s) =>
    patchApp(s, { publicClient: { redirectUris: [] }, spa: { redirectUris: [s.redirectUri] } }),
  'enable-application': (s) =>
    s.people.graph('PATCH', `/servicePrincipals/${s.app.principalId}`, { accountEnabled: true }),
  'new-secret': (s) => addSecret(s),
  'send-credential': (s) => addSecret(s),
  certificate: registerCertificate,
  'no-secret'(s) {
    s.credentials = {}
  },
  'client-id'(s) {
    s.clientId = s.app.appId
  },
  tenant(s) {
    s.tenant = s.people.tenant.tenantId
  },
  request: (s) => s.mend(),
  scope: (s) => s.mend(),
  again: () => undefined,
}

export async function addSecret(s: Situation, endDateTime?: string): Promise<void> {
  const reply = await s.people.graph('POST', `/applications/${s.app.id}/addPassword`, {
    passwordCredential: { displayName: 'new', ...(endDateTime && { endDateTime }) },
  })
  s.credentials = { client_secret: ((await reply.json()) as { secretText: string }).secretText }
}

/** A way out is taken whole: a new sign-in that is refused itself helps nobody. */
async function mustWork(work: Promise<Met>, s: Situation): Promise<void> {
  const met = await work
  if (met !== undefined) throw new Error(`the way out was refused for ${s.login}: ${met}`)
}
