// One origin for everything: checks the host, applies faults, routes, and writes Graph's errors. design section 3.
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { Hono, type Context } from 'hono'
import { mountControl, type ControlParts } from '../control/routes.ts'
import type { Faults } from '../control/faults.ts'
import { GraphFailure, type TenantContext } from '../context.ts'
import { mountDirectory } from '../directory/routes.ts'
import type { Directory } from '../directory/objects.ts'
import { mountIdentity, type IdentityOptions } from '../identity/identity.ts'
import { mountMail, type MailPart } from '../mail/index.ts'
import type { Store } from '../store/open-store.ts'

export interface AppParts extends Omit<ControlParts, 'mail'>, IdentityOptions {
  readonly clock: ControlParts['clock']
  readonly users: ControlParts['users']
  readonly store: Store
  readonly directory: Directory
}

export interface TenantApp {
  fetch(request: Request, env: object): Promise<Response>
  readonly mail: MailPart
}

/** `after-commit` with `reset` ends the connection; node-server hands the socket in `env.incoming`. */
interface NodeEnv {
  readonly incoming?: { readonly socket: { destroy(): void } }
}

export function createApp(parts: AppParts): TenantApp {
  const app = new Hono()
  app.onError((error, c) => asGraphError(c, error, parts.context))
  app.notFound((c) => notModelled(c, parts.context))
  mountDirectory(app, parts.context, parts.directory)
  const mail = mountMail(app, parts.context)
  mountControl(app, { ...parts, mail })
  mountIdentity(app, parts.store, parts)
  app.get('/', (c) =>
    c.text('Letterlock local tenant. A stand-in for practice: see `letterlock tenant status`.\n'),
  )
  return { mail, fetch: (request, env) => answer(app, { request, env: env as NodeEnv, parts }) }
}

async function answer(app: Hono, o: { request: Request; env: NodeEnv; parts: AppParts }): Promise<Response> {
  const began = performance.now()
  const url = new URL(o.request.url)
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname))
    return new Response('Unknown host.\n', { status: 421 })
  const path = url.pathname
  const request = normalise(o.request, url)
  const response = path.startsWith('/_letterlock')
    ? await app.fetch(request, o.env)
    : await withFaults(app, { ...o, request })
  o.parts.log.add({
    atMs: o.parts.clock.nowMs(),
    method: request.method,
    path,
    status: response.status,
    elapsedMs: Math.round(performance.now() - began),
    correlationId: request.headers.get('client-request-id'),
  })
  return response
}

async function withFaults(
  app: Hono,
  o: { request: Request; env: NodeEnv; parts: AppParts },
): Promise<Response> {
  const { faults } = o.parts
  const path = new URL(o.request.url).pathname.replace(/^\/(v1\.0|beta)(?=\/)/, '')
  const fault = faults.strike(o.request.method, path)
  if (!fault) return app.fetch(o.request, o.env)
  const done =
    fault.phase === 'after-commit' || fault.status === undefined
      ? await app.fetch(o.request, o.env)
      : undefined
  faults.count(fault)
  if (fault.delayMs) await delay(fault.delayMs)
  if (fault.reset) o.env.incoming?.socket.destroy()
  if (fault.status === undefined) return done!
  await done?.body?.cancel()
  return faultAnswer(fault)
}

function faultAnswer(fault: ReturnType<Faults['list']>[number]): Response {
  const code = fault.status === 429 ? 'TooManyRequests' : fault.status! >= 500 ? 'UnknownError' : 'BadRequest'
  return Response.json(
    {
      error: {
        code,
        message: fault.status === 429 ? 'Please retry again later.' : '',
        innerError: { date: new Date().toISOString().slice(0, 19), 'request-id': randomUUID() },
      },
    },
    {
      status: fault.status!,
      headers:
        fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) },
    },
  )
}

/** `mailFolders('inbox')/messages` → `mailFolders/inbox/messages`, `applications(appId='x')` → `applications/appId:x`. */
function normalise(request: Request, url: URL): Request {
  if (!url.pathname.includes('(') && !/%28/i.test(url.pathname)) return request
  const path = url.pathname
    .replace(/%28/gi, '(')
    .replace(/%29/gi, ')')
    .replace(/%27/g, "'")
    .replace(/\/(\w+)\(appId='([^')/]*)'\)/gi, '/$1/appId:$2')
    .replace(/\/(\w+)\('([^')/]*)'\)/g, '/$1/$2')
  return path === url.pathname ? request : new Request(new URL(path + url.search, url), request)
}

function asGraphError(c: Context, error: unknown, context: TenantContext): Response {
  const failure =
    error instanceof GraphFailure
      ? error
      : new GraphFailure(500, 'generalException', 'The local tenant failed; this is a bug in it.')
  if (failure !== error) console.error('letterlock tenant:', error)
  const requestId = randomUUID()
  const clientRequestId = c.req.header('client-request-id') ?? requestId
  const innerError = {
    ...(failure.innerCode ? { code: failure.innerCode } : {}),
    date: new Date(context.clock.nowMs()).toISOString().slice(0, 19),
    'request-id': requestId,
    'client-request-id': clientRequestId,
  }
  return c.json(
    { error: { code: failure.code, message: failure.message, innerError } },
    failure.status as 400,
    { ...failure.headers, 'request-id': requestId, 'client-request-id': clientRequestId },
  )
}

/** What is not modelled says so by name, never a wrong success. design section 9. */
function notModelled(c: Context, context: TenantContext): Response {
  const name = `${c.req.method} ${c.req.path.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)}`
  return asGraphError(
    c,
    new GraphFailure(501, 'NotImplemented', `The local tenant does not model ${name}.`),
    context,
  )
}
