// What the endpoints that answer in JSON share: the form that comes in, the headers and errors that go out. entra.md section 4.
import type { Context } from 'hono'
import { EntraFailure, errorBody, failureIds, PageFailure } from './failure.ts'
import type { SharedParts } from './identity.ts'

const answerHeaders = { 'cache-control': 'no-store, no-cache', pragma: 'no-cache', expires: '-1' }

/** Answers with what `work` returns, or with the refusal it throws in Microsoft's shape. */
export async function answerJson(
  c: Context,
  parts: Pick<SharedParts, 'clock'>,
  work: () => Promise<object>,
): Promise<Response> {
  const { origin } = new URL(c.req.url)
  try {
    const answer = await work()
    const browserOrigin = c.req.header('origin')
    const cors: Record<string, string> = browserOrigin
      ? { 'access-control-allow-origin': browserOrigin, vary: 'Origin' }
      : {}
    return c.json(answer, 200, { ...answerHeaders, ...cors, 'x-ms-request-id': crypto.randomUUID() })
  } catch (error) {
    const failure = asEntraFailure(error)
    const ids = failureIds(
      parts.clock.nowMs(),
      c.req.query('client-request-id') ?? c.req.header('client-request-id'),
    )
    return c.json(errorBody(failure, ids, origin), (failure.details.status ?? 400) as 400, {
      ...answerHeaders,
      'x-ms-request-id': ids.traceId,
    })
  }
}

/** The body as a form; each name once (RFC 6749 section 3.2). @throws {EntraFailure} 9002313 */
export async function readForm(c: Context): Promise<Record<string, string>> {
  const malformed = (): EntraFailure =>
    new EntraFailure(9002313, 'Invalid request. Request is malformed or invalid.', {
      error: 'invalid_request',
    })
  const text = await c.req.text()
  const type = (c.req.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded' || text === '') throw malformed()
  const form: Record<string, string> = Object.create(null) as Record<string, string>
  for (const [name, value] of new URLSearchParams(text)) {
    if (name in form) throw malformed()
    form[name] = value
  }
  return form
}

/** @throws {EntraFailure} 900144 */
export function required(form: Readonly<Record<string, string>>, name: string): string {
  const value = form[name]
  if (value) return value
  throw new EntraFailure(900144, `The request body must contain the following parameter: '${name}'.`, {
    error: 'invalid_request',
  })
}

function asEntraFailure(error: unknown): EntraFailure {
  if (error instanceof EntraFailure) return error
  if (error instanceof PageFailure)
    return new EntraFailure(error.code, error.message, {
      error: error.code === 700016 ? 'unauthorized_client' : 'invalid_request',
    })
  throw error
}
