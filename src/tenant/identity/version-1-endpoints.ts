// Version 1 beside the token endpoint: authorize with `resource=`, its metadata, and the realm of a user name. entra.md sections 1.2, 1.4, 2.3.
import type { Hono } from 'hono'
import { entraClouds } from '../../facts/entra-clouds.ts'
import { versionHeader } from './authorize.ts'
import { documentHeaders, forTenant } from './documents.ts'
import type { SharedParts } from './identity.ts'
import { cloudDocument } from './instance-discovery.ts'
import { hasOwnIssuer } from './tenant-of-request.ts'
import { scopeOfResource } from './version-1.ts'

export function mountVersion1(app: Hono, parts: SharedParts): void {
  app.get('/:tenant/.well-known/openid-configuration', (c) =>
    forTenant(c, parts, (tenant, origin) => metadata(origin, tenant, parts)),
  )

  // One authorization endpoint does the work: what version 1 says in `resource` it is told in `scope`.
  app.on(['GET', 'POST'], '/:tenant/oauth2/authorize', async (c) => {
    const { resource, ...given } =
      c.req.method === 'POST' ? Object.fromEntries(new URLSearchParams(await c.req.text())) : c.req.query()
    const scope = resource ? scopeOfResource(resource) : 'openid profile offline_access'
    const url = new URL(`/${c.req.param('tenant')}/oauth2/v2.0/authorize`, c.req.url)
    url.search = String(new URLSearchParams({ ...(given as Record<string, string>), scope }))
    const headers = new Headers(c.req.raw.headers)
    headers.delete('content-type')
    headers.delete('content-length')
    headers.set(versionHeader, '1')
    return app.fetch(new Request(url, { headers }), c.env)
  })

  app.get('/:tenant/userrealm/:upn', (c) => {
    const domain = c.req.param('upn').split('@')[1]?.toLowerCase() ?? ''
    const home = parts.registry.find(domain)
    const cloud = entraClouds[home?.cloud ?? 'global'].instanceName
    return c.json(
      home
        ? {
            ver: '1.0',
            account_type: 'Managed',
            domain_name: domain,
            cloud_instance_name: cloud,
            cloud_audience_urn: 'urn:federation:MicrosoftOnline',
          }
        : { ver: '1.0', account_type: 'Unknown', cloud_instance_name: cloud },
      200,
      documentHeaders,
    )
  })
}

const claimsSupported =
  'sub iss cloud_instance_name cloud_instance_host_name cloud_graph_host_name msgraph_host aud exp iat auth_time acr amr nonce email given_name family_name nickname'

function metadata(origin: string, tenant: string, { registry }: SharedParts): object {
  const at = `${origin}/${tenant}`
  return {
    token_endpoint: `${at}/oauth2/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    jwks_uri: `${at}/discovery/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'token id_token', 'token'],
    scopes_supported: ['openid'],
    issuer: `https://sts.windows.net/${hasOwnIssuer(tenant) ? tenant : '{tenantid}'}/`,
    microsoft_multi_refresh_token: true,
    authorization_endpoint: `${at}/oauth2/authorize`,
    device_authorization_endpoint: `${at}/oauth2/devicecode`,
    http_logout_supported: true,
    frontchannel_logout_supported: true,
    end_session_endpoint: `${at}/oauth2/logout`,
    claims_supported: claimsSupported.split(' '),
    check_session_iframe: `${at}/oauth2/checksession`,
    userinfo_endpoint: `${at}/openid/userinfo`,
    kerberos_endpoint: `${at}/kerberos`,
    ...cloudDocument(origin, registry.get(tenant)),
  }
}
