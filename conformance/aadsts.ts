// The one way a test asserts an AADSTS number: its whole shape over the wire, then it counts as provoked. entra.md sections 2.2 and 4.4.
import assert from 'node:assert/strict'
import { channel } from 'node:diagnostics_channel'
import { ResponseBodyError } from 'openid-client'

const asserted = channel('letterlock.aadsts.asserted')
const guid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const description = (code: number): RegExp =>
  new RegExp(
    `^AADSTS${code}: .+ Trace ID: ${guid} Correlation ID: ${guid} Timestamp: \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\dZ$`,
    's',
  )

/** A JSON answer of the token, device or metadata endpoint. */
export interface JsonAnswer {
  readonly answer: Response
  readonly error: string
  /** Default 400. */
  readonly status?: number
  readonly suberror?: string
  /** What was sent as `client-request-id`: it must come back. */
  readonly correlationId?: string
}
/** Where a browser ended: on a page that keeps the person. */
export interface PageEnd {
  readonly page?: string | undefined
  readonly name?: string | undefined
  readonly code?: string | number | undefined
  readonly text?: string | undefined
  readonly redirect?: URL | undefined
}
/** The same, where openid-client made the request: it throws what it was answered. */
export interface ThrownAnswer extends Omit<JsonAnswer, 'answer'> {
  readonly thrownBy: Promise<unknown>
}
export type Provoked =
  | JsonAnswer
  | ThrownAnswer
  /** The error page, never redirected; `on` names a page that is a form of its own, where the number stands beside the field. */
  | { readonly page: PageEnd; readonly on?: string }
  | { readonly redirect: URL | undefined; readonly error: string }

/** Asserts that this answer is the refusal `code` in Microsoft's shape. Returns the body of a JSON answer. */
export async function provokes(code: number, by: Provoked): Promise<Record<string, unknown>> {
  const body =
    'answer' in by
      ? await checkAnswer(code, by)
      : 'thrownBy' in by
        ? await checkAnswer(code, { ...by, answer: await answerThrownBy(by.thrownBy) })
        : {}
  if ('page' in by) checkPage(code, by.page, by.on)
  if ('redirect' in by) checkRedirect(code, by.redirect, by.error)
  asserted.publish(code)
  return body
}

async function answerThrownBy(work: Promise<unknown>): Promise<Response> {
  const thrown: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.ok(thrown instanceof ResponseBodyError, String(thrown))
  const { status, headers, url } = thrown.response
  return Object.defineProperty(new Response(JSON.stringify(thrown.cause), { status, headers }), 'url', {
    value: url,
  })
}

async function checkAnswer(code: number, o: JsonAnswer): Promise<Record<string, unknown>> {
  const text = await o.answer.text()
  assert.match(o.answer.headers.get('content-type') ?? '', /^application\/json/, text.slice(0, 200))
  const body = JSON.parse(text) as Record<string, unknown>
  assert.deepEqual(body['error_codes'], [code], text)
  assert.equal(body['error'], o.error)
  assert.equal(o.answer.status, o.status ?? 400)
  assert.equal(body['suberror'], o.suberror)
  const told = String(body['error_description'])
  assert.match(told, description(code))
  for (const [name, label] of [
    ['trace_id', 'Trace ID'],
    ['correlation_id', 'Correlation ID'],
    ['timestamp', 'Timestamp'],
  ] as const)
    assert.ok(told.includes(`${label}: ${String(body[name])}`), `${label} is the same in both places`)
  assert.equal(body['error_uri'], `${new URL(o.answer.url).origin}/error?code=${code}`)
  if (o.correlationId) assert.equal(body['correlation_id'], o.correlationId)
  return body
}

function checkPage(code: number, end: PageEnd, on: string | undefined): void {
  assert.equal(end.redirect, undefined, 'Microsoft never sends this back to the client')
  assert.equal(Number(end.code), code, end.text ?? '')
  assert.equal(end.page ?? end.name, on ?? 'error')
  if (on !== undefined) return
  assert.ok(end.text?.includes(`AADSTS${code}: `), end.text ?? '')
  assert.match(
    end.text!,
    new RegExp(
      `Request Id ${guid} Correlation Id ${guid} Timestamp \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ`,
    ),
  )
}

function checkRedirect(code: number, url: URL | undefined, error: string): void {
  assert.ok(url, 'goes back to the client')
  const answer = url.hash ? new URLSearchParams(url.hash.slice(1)) : url.searchParams
  assert.equal(answer.get('error'), error, url.href)
  assert.match(answer.get('error_description') ?? '', description(code))
  assert.match(answer.get('error_uri') ?? '', new RegExp(`/error\\?code=${code}$`))
  assert.equal(answer.get('code'), null)
}
