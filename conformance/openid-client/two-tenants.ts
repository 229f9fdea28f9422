// Two organisations in one process, each with an administrator; openid-client signs people in to either, or over common.
import { randomUUID } from 'node:crypto'
import * as client from 'openid-client'
import { startTenant, type StartedTenant, type Tenant } from '../../src/tenant/index.ts'
import { graphTools, jsonOf, type Person, redirectUri, type Tokens, walk, type WalkEnd } from './lab.ts'

export interface Organisation extends StartedTenant {
  person(name: string): Person
  /** Graph as the administrator of this organisation. */
  graph(method: string, path: string, body?: object): Promise<Response>
}

export interface TwoTenants extends AsyncDisposable {
  readonly tenant: Tenant
  readonly contoso: Organisation
  readonly fabrikam: Organisation
  control(method: string, path: string, body?: object): Promise<Response>
  /** An application of Contoso's. */
  register(
    audience: 'AzureADMyOrg' | 'AzureADMultipleOrgs' | 'AzureADandPersonalMicrosoftAccount',
    more?: object,
  ): Promise<string>
  signIn(o: Asked): Promise<Came>
  /** Signs in, and redeems the code. */
  tokens(o: Asked): Promise<Tokens>
  /** The token endpoint, for what is refused there. */
  ask(at: string, form: Record<string, string>): Promise<Response>
  refresh(token: string, o: Pick<Asked, 'clientId' | 'at' | 'issuer' | 'scope'>): Promise<Tokens>
}

export interface Asked {
  readonly clientId: string
  readonly person: Person
  /** GUID, domain, `common` or `organizations`. */
  readonly at: string
  /** Whose tokens are expected. Default: of `at`. */
  readonly issuer?: Organisation
  readonly scope?: string
  readonly redirectUri?: string
  readonly parameters?: Record<string, string>
  readonly cookies?: Map<string, string>
}
export interface Came extends WalkEnd {
  readonly config: client.Configuration
  readonly verifier: string
}

const adminScope =
  'openid Application.ReadWrite.All Directory.ReadWrite.All User.Invite.All User.ReadWrite.All User.RevokeSessions.All User.EnableDisableAccount.All DelegatedPermissionGrant.ReadWrite.All'

export async function startTwoTenants(): Promise<TwoTenants> {
  const tenant = await startTenant({
    tenants: [
      {
        displayName: 'Fabrikam',
        domains: ['fabrikam.example'],
        users: [
          { userPrincipalName: 'admin@fabrikam.example', roles: ['Global Administrator'] },
          { userPrincipalName: 'dave@fabrikam.example', displayName: 'Dave Cutler' },
        ],
      },
    ],
  })
  const send = (url: string, method: string, token: string, body?: object): Promise<Response> =>
    fetch(url, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
  const control: TwoTenants['control'] = (method, path, body) =>
    send(`${tenant.origin}/_letterlock/${path}`, method, tenant.controlToken, body)

  /** With the issuer handed in: openid-client does not take the template of `common` from another host than Microsoft's. */
  const configOf = (clientId: string, at: string, issuerId: string): client.Configuration => {
    const base = `${tenant.origin}/${at}`
    const config = new client.Configuration(
      {
        issuer: `${tenant.origin}/${issuerId}/v2.0`,
        authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
        token_endpoint: `${base}/oauth2/v2.0/token`,
        jwks_uri: `${base}/discovery/v2.0/keys`,
      },
      clientId,
      undefined,
      client.None(),
    )
    client.allowInsecureRequests(config)
    return config
  }
  const signIn: TwoTenants['signIn'] = async (o) => {
    const config = configOf(o.clientId, o.at, o.issuer?.id ?? o.at)
    const verifier = client.randomPKCECodeVerifier()
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: o.redirectUri ?? redirectUri,
      scope: o.scope ?? 'openid profile offline_access User.Read',
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...o.parameters,
    })
    return { ...(await walk(url.href, o.person, o.cookies)), config, verifier }
  }
  const tokens: TwoTenants['tokens'] = async (o) => {
    const came = await signIn(o)
    if (!came.redirect) throw new Error(`stayed on ${came.page}: ${came.text}`)
    const checks = { pkceCodeVerifier: came.verifier }
    return client.authorizationCodeGrant(came.config, came.redirect, checks, { client_info: '1' })
  }
  const organisation = (seeded: StartedTenant): Organisation => {
    const person = (name: string): Person => {
      const found = seeded.users.find((one) => one.userPrincipalName.startsWith(`${name}@`))!
      return { login: found.userPrincipalName, password: found.password }
    }
    let admin: Promise<Tokens> | undefined
    return {
      ...seeded,
      person,
      async graph(method, path, body) {
        admin ??= tokens({
          clientId: graphTools,
          person: person('admin'),
          at: seeded.id,
          scope: adminScope,
          redirectUri: 'http://localhost',
        })
        return send(`${tenant.origin}/v1.0${path}`, method, (await admin).access_token, body)
      },
    }
  }
  return {
    tenant,
    contoso: organisation(tenant.tenants[0]!),
    fabrikam: organisation(tenant.tenants[1]!),
    control,
    async register(audience, more = {}) {
      const made = await control('POST', 'apps', {
        displayName: `App ${randomUUID()}`,
        signInAudience: audience,
        redirectUris: { publicClient: [redirectUri] },
        ...more,
      })
      return String((await jsonOf(made))['clientId'])
    },
    signIn,
    tokens,
    ask: (at, form) =>
      fetch(`${tenant.origin}/${at}/oauth2/v2.0/token`, { method: 'POST', body: new URLSearchParams(form) }),
    refresh: (token, o) =>
      client.refreshTokenGrant(
        configOf(o.clientId, o.at, o.issuer?.id ?? o.at),
        token,
        o.scope ? { scope: o.scope } : {},
      ),
    [Symbol.asyncDispose]: () => tenant.close(),
  }
}
