// Serves the operations of the table: reads and checks what is asked, writes what is answered.
import type { Context, Hono } from 'hono'
import { GraphFailure } from '../context.ts'
import { ControlFailure, invalid } from './control-error.ts'
import type { ControlParts } from './control-parts.ts'
import type { ControlCall, Operation, SchemaName } from './operation.ts'

export const base = '/_letterlock'

export function mountOperations(
  app: Hono,
  operations: readonly Operation[],
  partsOf: (c: Context) => ControlParts,
): void {
  for (const one of operations) {
    const [method, path] = one.call.split(' ') as [string, string]
    app.on(method, base + path, (c) => answer(c, one, partsOf))
  }
}

async function answer(
  c: Context,
  operation: Operation,
  partsOf: (c: Context) => ControlParts,
): Promise<Response> {
  try {
    checkQuery(c, operation)
    const body = operation.body && (await readBody(c, operation.body))
    const answered: unknown = await operation.serve(callOf(c, partsOf(c), body) as ControlCall<never>)
    return answered instanceof Response ? answered : c.json(answered as object, operation.status)
  } catch (error) {
    return problem(c, error)
  }
}

/** The directory's own refusals (a redirect URI, a certificate) are told in its words. */
export function problem(c: Context, error: unknown): Response {
  const failure =
    error instanceof GraphFailure && error.status < 500 && error.status !== 404
      ? invalid(error.message)
      : error instanceof GraphFailure && error.status === 404
        ? new ControlFailure('control/not-found', error.message)
        : error
  if (!(failure instanceof ControlFailure)) throw error
  return c.json({ error: { code: failure.code, message: failure.message } }, failure.status)
}

function callOf(c: Context, parts: ControlParts, body: unknown): ControlCall {
  const text = (name: string): string | undefined => c.req.query(name)
  return {
    c,
    parts,
    body,
    param: (name) => c.req.param(name) ?? '',
    text,
    integer: (name) => (text(name) === undefined ? undefined : Number(text(name))),
  }
}

/** @throws {ControlFailure} `control/invalid` */
function checkQuery(c: Context, { query = {} }: Operation): void {
  for (const [name, value] of Object.entries(c.req.query())) {
    if (name === 'tenant') continue
    const known = Object.hasOwn(query, name) ? query[name] : undefined
    if (!known) throw invalid(`there is no "${name}" to ask for here`)
    const fits =
      known.type === 'integer'
        ? /^\d{1,15}$/.test(value)
        : known.type === 'boolean'
          ? /^(true|false)$/.test(value)
          : true
    if (!fits)
      throw invalid(`"${name}" must be ${known.type === 'integer' ? 'a whole number' : 'true or false'}`)
  }
}

/** @throws {ControlFailure} `control/invalid`, naming what is wrong and never the value: it may be a password */
async function readBody(c: Context, name: SchemaName): Promise<unknown> {
  const given = parse(await c.req.text())
  const [{ schemas }, { safeParse, getDotPath }] = await Promise.all([
    import('./schemas/schemas.ts'),
    import('valibot'),
  ])
  const result = safeParse(schemas[name], given)
  if (result.success) return result.output
  const [issue] = result.issues
  const path = getDotPath(issue)
  // A pattern's own words are plainer than the pattern.
  const wanted = issue.type === 'regex' ? `: it ${issue.message}` : `: expected ${issue.expected}`
  if (issue.expected === 'never') throw invalid(`there is no "${path}" to set here`)
  throw invalid(path === null ? `this body is not a ${name}${wanted}` : `"${path}" does not fit${wanted}`)
}

/** @throws {ControlFailure} `control/invalid` */
function parse(text: string): unknown {
  try {
    const body: unknown = JSON.parse(text || '{}')
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body
  } catch {
    // named below
  }
  throw invalid('the body must be a JSON object')
}
