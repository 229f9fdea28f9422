// One origin for everything: checks the host, logs, applies faults, routes, and writes Graph's errors. design section 3.
import { randomUUID } from 'node:crypto'
import { Hono, type Context } from 'hono'
import { type ControlMount, mountControl } from '../control/routes.ts'
import { GraphFailure, type TenantClock } from '../context.ts'
import { mountDirectory } from '../directory/routes.ts'
import { mountExchange } from '../exchange/index.ts'
import { mountIdentity, type IdentityOptions } from '../identity/identity.ts'
import { createCallerReader } from '../identity/read-caller.ts'
import { homePage, pageHeaders } from '../identity/pages.ts'
import { mountManagement } from '../management/routes.ts'
import { mountMail, type MailPart } from '../mail/index.ts'
import type { Store } from '../store/open-store.ts'
import { tellAnswered } from './answered.ts'
import { strikeFaults } from './fault-answer.ts'
import { routePath } from './graph-path.ts'
import { limitBodies } from './limit-body.ts'
import { type ServedRoute, servedRoutes } from './served-routes.ts'
import { isHostAnswered, isPathServed, type Wire } from './host-rules.ts'

export type AppParts = Omit<ControlMount, 'mail'> & Omit<IdentityOptions, 'clock'>

export interface TenantApp {
  fetch(request: Request, env: object, wire: Wire): Promise<Response>
  readonly mail: MailPart
  /** Every call that is modelled; all others answer 501 by name. */
  routes(): readonly ServedRoute[]
}

export function createApp(parts: AppParts): TenantApp {
  const app = new Hono({ getPath: (request) => routePath(request.url) })
  app.onError((error, c) => asGraphError(c, error, parts.clock))
  app.notFound((c) => asGraphError(c, notModelled(c), parts.clock))
  app.use('*', limitBodies)
  app.use('*', strikeFaults(parts.faults, parts.clock))
  mountDirectory(app, parts.views)
  const mail = mountMail(app, parts.views.primary.context)
  const readCaller = createCallerReader(parts)
  mountExchange(app, { readCaller, at: (tenantId) => parts.views.at(tenantId).exchange })
  mountManagement(app, { ...parts, readCaller })
  mountControl(app, { ...parts, mail })
  mountIdentity(app, parts.store, parts)
  app.get('/', (c) => c.body(String(homePage()), 200, pageHeaders()))
  app.get('/favicon.ico', (c) => c.body(null, 404))
  return {
    mail,
    routes: () => servedRoutes(app, parts.views.primary),
    fetch: (request, env, wire) => answer(app, { request, env, wire, parts }),
  }
}

interface Asked {
  readonly request: Request
  readonly env: object
  readonly wire: Wire
  readonly parts: AppParts
}

async function answer(app: Hono, o: Asked): Promise<Response> {
  const began = performance.now()
  const { request, parts } = o
  const url = new URL(request.url)
  if (!isHostAnswered(url, o.wire)) return new Response('Unknown host.\n', { status: 421 })
  const failures = parts.store.failures()
  const response = await onDisk(await route(app, url, o), parts.store, failures)
  const correlationId = request.headers.get('client-request-id')
  if (/^\/(v1\.0|beta)\//i.test(url.pathname) && !response.headers.has('request-id')) {
    const requestId = randomUUID()
    response.headers.set('request-id', requestId)
    response.headers.set('client-request-id', correlationId ?? requestId)
  }
  parts.log.add({
    atMs: parts.clock.nowMs(),
    method: request.method,
    path: url.pathname,
    status: response.status,
    elapsedMs: Math.round(performance.now() - began),
    correlationId,
  })
  tellAnswered(request, response)
  return response
}

/** Waits for the commit of what was written meanwhile, by this request or by another whose work it may have seen. */
async function onDisk(response: Response, store: Store, failures: number): Promise<Response> {
  try {
    await store.settled(failures)
    return response
  } catch (error) {
    // A full disk, say: whatever the answer was, it does not hold.
    console.error('letterlock tenant:', error)
    const message = 'The local tenant could not write to its disk.'
    return Response.json({ error: { code: 'generalException', message } }, { status: 500 })
  }
}

async function route(app: Hono, url: URL, o: Asked): Promise<Response> {
  if (isPathServed(url)) return app.fetch(o.request, o.env)
  const message = `The local tenant does not model ${url.host}${url.pathname.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)}.`
  return Response.json({ error: { code: 'NotImplemented', message } }, { status: 501 })
}

function asGraphError(c: Context, error: unknown, clock: TenantClock): Response {
  const failure =
    error instanceof GraphFailure
      ? error
      : new GraphFailure(500, 'generalException', 'The local tenant failed; this is a bug in it.')
  // A client that hangs up in the middle of its body is no bug of the tenant's.
  const isHungUp = (error as NodeJS.ErrnoException | undefined)?.code === 'ECONNRESET'
  if (failure !== error && !isHungUp) console.error('letterlock tenant:', error)
  const requestId = randomUUID()
  const clientRequestId = c.req.header('client-request-id') ?? requestId
  const innerError = {
    ...(failure.innerCode ? { code: failure.innerCode } : {}),
    date: new Date(clock.nowMs()).toISOString().slice(0, 19),
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
function notModelled(c: Context): GraphFailure {
  const name = `${c.req.method} ${c.req.path.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)}`
  return new GraphFailure(501, 'NotImplemented', `The local tenant does not model ${name}.`)
}
