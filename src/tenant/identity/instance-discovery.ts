// Which authorities there are, and which Graph belongs to each. entra.md sections 1.1 and 1.3.
import type { Context } from 'hono'
import { type EntraCloud, entraClouds } from '../../facts/entra-clouds.ts'
import { authorities, type Authority, findAuthority, findMicrosoftHost } from '../../facts/microsoft-hosts.ts'
import type { TenantClock, TenantRecord } from '../context.ts'
import { describe, failureIds } from './failure.ts'

/** Answers `/common/discovery/instance` (MSAL: api-version 1.1, Python's 1.0): our own origin alone, or Microsoft's hosts. */
export function discoverInstance(
  c: Context,
  clock: TenantClock,
  headers: Readonly<Record<string, string>>,
): Response {
  const { origin, host } = new URL(c.req.url)
  const asked = URL.parse(c.req.query('authorization_endpoint') ?? '')
  const known =
    asked && (asked.host === host ? asked : findAuthority(asked.host) && findAuthority(host) && asked)
  if (!known) {
    const ids = failureIds(clock.nowMs(), undefined)
    const body = {
      error: 'invalid_instance',
      error_description: describe(50049, 'Unknown or invalid instance.', ids),
      error_codes: [50049],
      timestamp: ids.timestamp,
      trace_id: ids.traceId,
      correlation_id: ids.correlationId,
      error_uri: `${origin}/error?code=50049`,
    }
    return c.json(body, 400)
  }
  const tenant = known.pathname.split('/')[1] || 'common'
  const body = {
    tenant_discovery_endpoint: `${known.origin}/${tenant}/v2.0/.well-known/openid-configuration`,
    'api-version': c.req.query('api-version') === '1.0' ? '1.0' : '1.1',
    metadata: findAuthority(host)
      ? authorities.map(rowOf)
      : [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  }
  return c.json(body, 200, headers)
}

function rowOf(one: Authority): object {
  return {
    preferred_network: one.preferredNetwork,
    preferred_cache: one.preferredCache,
    aliases: one.aliases,
  }
}

/** `graph.microsoft.com` for the global authority; on our own origins Graph is the same host. */
export function graphHostOf(origin: string): string {
  const { host } = new URL(origin)
  return findAuthority(host)?.graphHost ?? host
}

/** How both metadata documents name the cloud: that of the tenant, or of the host where none is named. */
export function cloudDocument(origin: string, tenant: TenantRecord | undefined): object {
  const cloud = tenant ? entraClouds[tenant.cloud] : cloudAt(new URL(origin))
  const region = cloud.regionSubScope
  return {
    tenant_region_scope: tenant ? cloud.regionScope : null,
    ...(tenant && region ? { tenant_region_sub_scope: region } : {}),
    cloud_instance_name: cloud.instanceName,
    cloud_graph_host_name: cloud.legacyGraphHost,
    msgraph_host: graphHostOf(origin),
    rbac_url: cloud.rbacUrl,
  }
}

/** Whose host this is; our own origins count as the global one's where no tenant says otherwise. */
function cloudAt({ hostname }: URL): EntraCloud {
  const asked = findMicrosoftHost(hostname)?.cloud
  return Object.values(entraClouds).find((one) => one.name === asked) ?? entraClouds.global
}
