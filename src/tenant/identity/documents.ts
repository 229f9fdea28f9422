// How the documents that anyone may read are answered: metadata, keys, discovery. entra.md sections 1.3 to 1.5.
import type { Context } from 'hono'
import { entraClouds } from '../../facts/entra-clouds.ts'
import { describe, failureIds, PageFailure } from './failure.ts'
import type { SharedParts } from './identity.ts'
import { homeOrigin } from './wrong-cloud.ts'

export const documentHeaders = {
  'cache-control': 'max-age=86400, private',
  'access-control-allow-origin': '*',
}

/** Makes the document for the tenant the path names, or says that there is none. */
export function forTenant(
  c: Context,
  parts: Pick<SharedParts, 'checkTenant' | 'clock' | 'registry'>,
  make: (tenant: string, origin: string) => object,
): Response {
  const url = new URL(c.req.url)
  const { origin } = url
  try {
    const tenant = parts.checkTenant(c.req.param('tenant') ?? '')
    const named = parts.registry.get(tenant)
    const at = named ? homeOrigin(url, entraClouds[named.cloud]) : origin
    return c.json(make(tenant, at), 200, documentHeaders)
  } catch (error) {
    if (!(error instanceof PageFailure)) throw error
    const ids = failureIds(parts.clock.nowMs(), c.req.header('client-request-id'))
    const body = {
      error: 'invalid_tenant',
      error_description: describe(error.code, error.message, ids),
      error_codes: [error.code],
      timestamp: ids.timestamp,
      trace_id: ids.traceId,
      correlation_id: ids.correlationId,
      error_uri: `${origin}/error?code=${error.code}`,
    }
    return c.json(body, 400)
  }
}
