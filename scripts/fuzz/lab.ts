// A local tenant to be fuzzed, and real tokens, codes and forms of it: what is nearly right goes deeper than what is all wrong.
import { startTenant, type Tenant } from '../../src/tenant/index.ts'
import { fillNeighbour, neighbourSeed, tellsMore } from '../../src/tenant/neighbour.fixture.ts'
import { signInForTokens } from '../../src/tenant/person.fixture.ts'
import { graphCommandLineToolsClientId } from '../../src/facts/well-known-clients.ts'

const person = 'admin@contoso.example'
const scopes = [
  'openid', 'offline_access', 'User.ReadWrite.All', 'Group.ReadWrite.All', 'Application.ReadWrite.All', 'AppRoleAssignment.ReadWrite.All', 'Directory.ReadWrite.All',
  'DelegatedPermissionGrant.ReadWrite.All', 'RoleManagement.ReadWrite.Directory', 'AuditLog.Read.All', 'Policy.Read.All', 'Policy.ReadWrite.ConditionalAccess',
  'AdministrativeUnit.ReadWrite.All', 'Organization.Read.All', 'Domain.Read.All', 'Mail.ReadWrite', 'Mail.Send', 'MailboxSettings.ReadWrite',
] // prettier-ignore

export interface FuzzLab extends AsyncDisposable {
  readonly tenant: Tenant & { readonly proxyUrl: string }
  readonly clientId: string
  readonly accessToken: string
  readonly refreshToken: string
  /** Ids, names and keys of the other organisation in the process. */
  readonly foreign: readonly string[]
  /** Whether an answer tells more of it than what was asked for. */
  tellsOfNeighbour(text: string): boolean
  /** Fields and cookies of a sign-in under way, and codes of a device: new ones on each call. */
  begin(): Promise<UnderWay>
}

export interface UnderWay {
  readonly cookie: string
  readonly form: Readonly<Record<string, string>>
  readonly deviceCode: string
  readonly userCode: string
}

export async function startFuzzLab(): Promise<FuzzLab> {
  const tenant = await startTenant({ proxy: true, tenants: [neighbourSeed] })
  try {
    return await openLab(tenant)
  } catch (error) {
    await tenant.close()
    throw error
  }
}

async function openLab(tenant: FuzzLab['tenant']): Promise<FuzzLab> {
  const foreign = await fillNeighbour(tenant, tenant.tenants[1]!)
  const tokens = await signInForTokens(tenant, { user: person, scopes, forAll: true })
  const clientId = graphCommandLineToolsClientId
  const authority = `${tenant.origin}/${tenant.tenantId}/oauth2/v2.0`
  return {
    tenant,
    clientId,
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? '',
    foreign,
    tellsOfNeighbour: (text) => tellsMore(text, foreign),
    async begin() {
      const query = new URLSearchParams({
        client_id: clientId,
        response_type: 'code',
        redirect_uri: 'http://localhost',
        scope: 'openid',
        login_hint: person,
      })
      const page = await fetch(`${authority}/authorize?${query}`)
      const html = await page.text()
      const inputs = html.matchAll(/name="(flow|csrf)"\s+value="([^"]*)"/g)
      const device = await fetch(`${authority}/devicecode`, {
        method: 'POST',
        body: new URLSearchParams({ client_id: clientId, scope: 'openid' }),
      })
      const codes = (await device.json()) as { device_code?: string; user_code?: string }
      return {
        cookie: page.headers
          .getSetCookie()
          .map((line) => line.split(';')[0])
          .join('; '),
        form: Object.fromEntries([...inputs].map(([, name, value]) => [name!, value!])),
        deviceCode: codes.device_code ?? '',
        userCode: codes.user_code ?? '',
      }
    },
    [Symbol.asyncDispose]: () => tenant.close(),
  }
}
