// An outage of Microsoft's sign-in service, as a fault names it: on the page where a person is asked, else as JSON. entra.md sections 4.4 and 6.
import type { Context } from 'hono'
import { entraErrors } from '../../facts/entra-errors.ts'
import type { TenantClock } from '../context.ts'
import { describe, failureIds } from '../identity/failure.ts'
import { errorPage, pageHeaders } from '../identity/pages.ts'

/** Microsoft's page of error codes gives these texts. */
const texts: Readonly<Record<number, string>> = {
  50000: 'There was an error issuing a token or an issue with our sign-in service.',
  90006: 'The service is temporarily unavailable.',
  90012: 'The request has timed out.',
  90024: 'A transient error has occurred. Please try again.',
  90033: 'A transient error has occurred. Please try again.',
  90055: 'There are too many incoming requests.',
  90090: 'Graph returned an unretryable failure to the service.',
}

export function entraFault(
  c: Context,
  o: { code: number; clock: TenantClock; headers: Record<string, string> },
): Response {
  const { code, clock } = o
  const { error, status } = entraErrors.get(code)!
  const message = texts[code] ?? ''
  const given = c.req.query('client-request-id') ?? c.req.header('client-request-id')
  const ids = failureIds(clock.nowMs(), given)
  if (/\/(authorize|login|adminconsent|devicelogin)$/i.test(c.req.path))
    return c.body(String(errorPage({ code, message, ids })), 200, { ...pageHeaders(), ...o.headers })
  const body = {
    error,
    error_description: describe(code, message, ids),
    error_codes: [code],
    timestamp: ids.timestamp,
    trace_id: ids.traceId,
    correlation_id: ids.correlationId,
    error_uri: `${new URL(c.req.url).origin}/error?code=${code}`,
  }
  const answerHeaders = {
    'cache-control': 'no-store, no-cache',
    pragma: 'no-cache',
    'x-ms-request-id': ids.traceId,
  }
  return c.json(body, status as 503, { ...answerHeaders, ...o.headers })
}
