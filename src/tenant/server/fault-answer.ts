// Applies the faults of the control API to a call, an item of a batch included. design section 3, "Life".
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Context, MiddlewareHandler } from 'hono'
import type { Fault, Faults } from '../control/faults.ts'
import type { TenantClock } from '../context.ts'
import { entraFault } from './entra-fault.ts'

/** node-server hands the socket over in `env.incoming`. */
interface NodeEnv {
  readonly incoming?: { readonly socket: { destroy(): void } }
}

/**
 * before-commit: the call waits, then is answered in its handler's place, or goes on when the fault is a delay only.
 * after-commit: the handler does its work, the hit is counted, and only then the fault waits and takes the answer away.
 */
export function strikeFaults(faults: Faults, clock: TenantClock): MiddlewareHandler {
  return async (c, next) => {
    if (c.req.path.startsWith('/_letterlock')) return next()
    const fault = faults.strike(c.req.method, c.req.path.replace(/^\/(v1\.0|beta)(?=\/)/, ''))
    if (!fault) return next()
    if (fault.phase === 'before-commit') {
      faults.count(fault)
      if (fault.delayMs) await delay(fault.delayMs, undefined, { ref: false })
      return takesAnswer(fault) ? faultAnswer(c, fault, clock) : next()
    }
    await next()
    faults.count(fault)
    if (fault.delayMs) await delay(fault.delayMs, undefined, { ref: false })
    if (takesAnswer(fault)) {
      c.res = undefined
      c.res = faultAnswer(c, fault, clock)
    }
    return undefined
  }
}

const takesAnswer = ({ reset, status, aadsts }: Fault): boolean =>
  reset === true || status !== undefined || aadsts !== undefined

function faultAnswer(c: Context, fault: Fault, clock: TenantClock): Response {
  if (fault.reset) (c.env as NodeEnv).incoming?.socket.destroy()
  const retryAfter: Record<string, string> =
    fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) }
  if (fault.aadsts !== undefined) return entraFault(c, { code: fault.aadsts, clock, headers: retryAfter })
  const status = fault.status ?? 503
  const requestId = randomUUID()
  const innerError = {
    date: new Date().toISOString().slice(0, 19),
    'request-id': requestId,
    'client-request-id': c.req.header('client-request-id') ?? requestId,
  }
  return Response.json(
    { error: { ...textOf(status), innerError } },
    { status, headers: { ...retryAfter, 'request-id': requestId } },
  )
}

/** Codes as Graph gives them for its own failures (graph-mail.md section 10). */
function textOf(status: number): { code: string; message: string } {
  if (status === 404)
    return {
      code: 'Request_ResourceNotFound',
      message: 'Resource does not exist or one of its queried reference-property objects are not present.',
    }
  if (status === 429) return { code: 'TooManyRequests', message: 'Please retry again later.' }
  if (status === 503)
    return {
      code: 'serviceNotAvailable',
      message: 'The service is unavailable. Try the request again after a delay.',
    }
  return status >= 500
    ? { code: 'UnknownError', message: '' }
    : { code: 'BadRequest', message: 'A fault of the control API.' }
}
