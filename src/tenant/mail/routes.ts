import type { Hono } from 'hono'
import type { Caller, DirectoryUser, TenantContext } from '../context.ts'
import { callerIn, refuseWithoutGrants } from './application-access.ts'
import { attachmentRoutes, serveUpload } from './attachment-routes.ts'
import { withGraphNames } from './compose.ts'
import { accessDenied, badRequest, fail, noSegment, notModelled } from './failures.ts'
import { folderRoutes } from './folder-routes.ts'
import { messageRoutes } from './message-routes.ts'
import { decodeMimeBody } from './mime.ts'
import { readPreferences } from './preferences.ts'
import type { Preferences } from './preferences.ts'
import { parseQuery } from './query.ts'
import type { Query } from './query.ts'
import { sendRoutes } from './send-routes.ts'
import type { MailStore } from './store.ts'

/** What a scope must allow. `read` is satisfied by Mail.ReadBasic, which hides bodies; `content` is not. */
export type Need = 'read' | 'content' | 'write' | 'send'
export interface Route {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Segments after the mailbox, lower-case; `:x` takes any segment. */
  path: string
  need: Need
  serve(request: MailRequest): Promise<Response> | Response
}
export interface MailRequest {
  store: MailStore
  caller: Caller
  mailbox: DirectoryUser
  /** The caller holds no more than Mail.ReadBasic. */
  basicOnly: boolean
  params: Record<string, string>
  url: URL
  /** `http://host:port/v1.0/$metadata#users('oid')`: what `@odata.context` begins with. */
  contextBase: string
  headers: Headers
  preferences: Preferences
  query(options?: { ignoreFilter: boolean }): Query
  /** The JSON body with Graph's names, `{}` when it is empty. */
  json(): Promise<Record<string, unknown>>
  /** The decoded message when the body is base64 MIME (`Content-Type: text/plain`), else undefined. */
  mime(): Promise<Uint8Array | undefined>
}

const routes: readonly Route[] = [...folderRoutes, ...messageRoutes, ...attachmentRoutes, ...sendRoutes]
const compiled = routes.map((route) => ({ route, segments: route.path.split('/') }))
/** The calls below a mailbox, `/me` standing for `/users/{id}` too, and those of upload sessions. */
export function mailRoutes(): { method: string; path: string }[] {
  const own = routes.map(({ method, path }) => ({ method, path: `/me/${path}` }))
  const uploads = ['GET', 'PUT', 'DELETE'].map((method) => ({ method, path: uploadPath }))
  return [...own, ...uploads]
}
const uploadPath = "/api/:version/Users(':user')/Messages(':message')/AttachmentSessions(':token')"
/** Parts of a mailbox that Graph has and this tenant does not model. */
const notModelledParts = new Set([
  'mailboxsettings',
  'outlook',
  'inferenceclassification',
  'getmailtips',
  'translateexchangeids',
])
const notModelledTails = new Set([
  'delta',
  'messagerules',
  'extensions',
  'unsubscribe',
  'reportmessage',
  'operations',
  'userconfigurations',
])
const scopes: Record<Need, { delegated: string[]; application: string[] }> = {
  read: {
    delegated: ['Mail.ReadBasic', 'Mail.Read', 'Mail.ReadWrite'],
    application: ['Mail.ReadBasic', 'Mail.ReadBasic.All', 'Mail.Read', 'Mail.ReadWrite'],
  },
  content: { delegated: ['Mail.Read', 'Mail.ReadWrite'], application: ['Mail.Read', 'Mail.ReadWrite'] },
  write: { delegated: ['Mail.ReadWrite'], application: ['Mail.ReadWrite'] },
  send: { delegated: ['Mail.Send'], application: ['Mail.Send'] },
}
/** Graph refuses request bodies above about 4 MB (graph-mail.md section 7): a file just under 3 MB still fits as base64 in JSON. */
const maxBodyBytes = 4 * 1024 * 1024 + 128 * 1024

/** Serves every mail path under `/v1.0` and `/beta`, and upload sessions; passes on what is not mail. */
export function mountRoutes(app: Hono, context: TenantContext, store: MailStore): void {
  app.use('*', async (c, next) => {
    const url = new URL(c.req.url)
    const [version, ...segments] = readSegments(url.pathname)
    if (version === 'api' && segments.some((segment) => segment.toLowerCase() === 'attachmentsessions'))
      return serveUpload(store, c.req.raw, segments)
    if (version !== 'v1.0' && version !== 'beta') return next()
    const target = readTarget(segments)
    if (!target) return next()
    return withPreferences(
      await serve({ context, store, raw: c.req.raw, url, version, ...target }),
      c.req.raw,
    )
  })
}

interface Target {
  /** undefined = me */
  user: string | undefined
  rest: string[]
}
interface ServeOptions extends Target {
  context: TenantContext
  store: MailStore
  raw: Request
  url: URL
  version: string
}

async function serve(options: ServeOptions): Promise<Response> {
  const { context, raw, url, version, user } = options
  const { rest, folder } = foldFolders(options.rest)
  const method = raw.method === 'HEAD' ? 'GET' : raw.method
  const isUnmodelled = rest.length > 1 && notModelledTails.has(plainSegment(rest.at(-1)!))
  const found = isUnmodelled ? undefined : match(method, rest)
  const need = found?.route.need ?? 'read'
  const plain = scopes[need].delegated
  const { application } = scopes[need]
  const asked = await context.authorize(raw, {
    delegated: [...plain, ...plain.map((scope) => `${scope}.Shared`)],
    application,
    area: 'mail',
    grantedElsewhere: true,
  })
  // What the caller sees, and sends as, is its own tenant's; only delivery goes further.
  const own = context.of(asked.tenantId)
  const store: MailStore = { ...options.store, context: own }
  refuseWithoutGrants(own, asked, application)
  if (user === undefined && asked.kind === 'app')
    throw badRequest('/me request is only valid with delegated authentication flow.')
  const wanted = user ?? asked.userId!
  const mailbox = own.findUser(wanted)
  if (!mailbox)
    throw fail(404, 'ErrorInvalidUser', `The requested user '${wanted.slice(0, 200)}' is invalid.`)
  if (mailbox.mailboxKind === 'none')
    throw fail(
      404,
      'MailboxNotEnabledForRESTAPI',
      'The mailbox is either inactive, soft-deleted, or is hosted on-premise.',
    )
  const caller = callerIn(mailbox, { context: own, asked, application })
  refuseForeignMailbox(caller, mailbox, plain)
  if (!found) throw unknownRoute(method, rest)
  store.folders.ensureMailbox(mailbox.id)
  store.settleSends(mailbox.id)
  if (folder.outer !== undefined) checkNesting(store, mailbox, folder.outer, folder.inner!)
  const body = bodyReader(raw)
  return found.route.serve({
    store,
    caller,
    mailbox,
    basicOnly: need === 'read' && isBasicOnly(caller),
    params: found.params,
    url,
    contextBase: `${url.origin}/${version}/$metadata#users('${mailbox.id}')`,
    headers: raw.headers,
    preferences: readPreferences(raw.headers),
    query: (options) => parseQuery(url.searchParams, options),
    json: body.json,
    mime: body.mime,
  })
}

function match(
  method: string,
  rest: readonly string[],
): { route: Route; params: Record<string, string> } | undefined {
  for (const { route, segments } of compiled) {
    if (route.method !== method || segments.length !== rest.length) continue
    const params: Record<string, string> = {}
    const fits = segments.every((segment, index) => {
      if (segment.startsWith(':')) {
        params[segment.slice(1)] = rest[index]!
        return true
      }
      return segment === plainSegment(rest[index]!)
    })
    if (fits) return { route, params }
  }
  return undefined
}

function unknownRoute(method: string, rest: readonly string[]): Error {
  const unmodelled = rest.find((segment, index) => index > 0 && notModelledTails.has(plainSegment(segment)))
  if (unmodelled ?? notModelledParts.has(plainSegment(rest[0]!)))
    return notModelled(`${method} …/${unmodelled ?? rest[0]!}`)
  if (
    compiled.some(
      ({ route, segments }) =>
        route.method !== method && segments.length === rest.length && match(route.method, rest),
    )
  )
    return fail(405, 'Request_BadRequest', `Specified HTTP method is not allowed for the request target.`)
  return noSegment((rest.at(-1) ?? '').slice(0, 200))
}

/** `mailFolders/a/childFolders/b/…` is served as `mailFolders/b/…`, after checking that b is inside a. */
function foldFolders(segments: readonly string[]): {
  rest: string[]
  folder: { outer?: string; inner?: string }
} {
  let rest = [...segments]
  const folder: { outer?: string; inner?: string } = {}
  while (
    rest.length > 3 &&
    plainSegment(rest[0]!) === 'mailfolders' &&
    plainSegment(rest[2]!) === 'childfolders'
  ) {
    if (plainSegment(rest[3]!) === 'delta' || plainSegment(rest[3]!) === '$count') break
    folder.outer = rest[1]!
    folder.inner = rest[3]!
    rest = [rest[0]!, ...rest.slice(3)]
  }
  return { rest, folder }
}
function checkNesting(store: MailStore, mailbox: DirectoryUser, outer: string, inner: string): void {
  const { folders } = store
  if (!folders.isInside(folders.find(mailbox.id, inner), folders.find(mailbox.id, outer)))
    throw fail(404, 'ErrorFolderNotFound', 'The specified folder could not be found in the store.')
}

/** A delegated caller reaches another's mailbox only with a `.Shared` scope and Full Access to it. */
function refuseForeignMailbox(caller: Caller, mailbox: DirectoryUser, plain: readonly string[]): void {
  if (caller.kind === 'app' || mailbox.id === caller.userId) return
  const mayShare = plain.some((scope) => caller.scopes.includes(`${scope}.Shared`))
  if (!mayShare || !mailbox.fullAccess.includes(caller.userId!)) throw accessDenied()
}
function isBasicOnly(caller: Caller): boolean {
  const held = caller.kind === 'app' ? caller.roles : caller.scopes
  return !held.some((scope) => /^Mail\.(Read|ReadWrite)(\.Shared)?$/.test(scope))
}

function readTarget(segments: readonly string[]): Target | undefined {
  const first = segments[0]?.toLowerCase()
  const [user, rest] =
    first === 'me'
      ? [undefined, segments.slice(1)]
      : first === 'users'
        ? [segments[1], segments.slice(2)]
        : [undefined, []]
  if (rest.length === 0 || (first === 'users' && !user)) return undefined
  const part = plainSegment(rest[0]!)
  if (part !== 'messages' && part !== 'mailfolders' && part !== 'sendmail' && !notModelledParts.has(part))
    return undefined
  return { user, rest: [...rest] }
}

/** Splits a path into decoded segments; `x('k')` counts as two. */
function readSegments(pathname: string): string[] {
  const segments: string[] = []
  for (const raw of pathname.split('/')) {
    if (raw === '') continue
    const segment = decode(raw)
    const keyed = /^([\w.]+)\('(.*)'\)$/s.exec(segment)
    if (keyed) segments.push(keyed[1]!, keyed[2]!.replaceAll("''", "'"))
    else segments.push(segment)
  }
  return segments
}
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw fail(400, 'RequestBroker--ParseUri', 'The request URI is not well formed.')
  }
}
/** A segment's name without case, namespace and empty call: `microsoft.graph.Send()` is `send`. */
function plainSegment(segment: string): string {
  return segment
    .toLowerCase()
    .replace(/^microsoft\.graph\./, '')
    .replace(/\(\)$/, '')
}

function bodyReader(raw: Request): Pick<MailRequest, 'json' | 'mime'> {
  const read = async (): Promise<Uint8Array> => {
    const declared = Number(raw.headers.get('content-length') ?? 0)
    const bytes = declared > maxBodyBytes ? undefined : new Uint8Array(await raw.arrayBuffer())
    if (!bytes || bytes.byteLength > maxBodyBytes)
      throw fail(
        413,
        'RequestEntityTooLarge',
        'The request is larger than 4 MB: use an upload session for large attachments.',
      )
    return bytes
  }
  const type = (): string => (raw.headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
  return {
    async json() {
      const bytes = await read()
      if (bytes.byteLength === 0) return {}
      let value: unknown
      try {
        value = JSON.parse(new TextDecoder().decode(bytes))
      } catch {
        throw badRequest(
          'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.',
        )
      }
      if (value === null || typeof value !== 'object' || Array.isArray(value))
        throw fail(
          400,
          'UnableToDeserializePostBody',
          'Unable to deserialize the body: a JSON object is expected.',
        )
      return withGraphNames(value) as Record<string, unknown>
    },
    async mime() {
      return type() === 'text/plain'
        ? decodeMimeBody(new TextDecoder('latin1').decode(await read()))
        : undefined
    },
  }
}

/** Adds `Preference-Applied`, and leaves control data out for `Accept: …odata.metadata=none`, as the m365 CLI asks. */
async function withPreferences(response: Response, raw: Request): Promise<Response> {
  const { applied } = readPreferences(raw.headers)
  if (applied) response.headers.set('preference-applied', applied)
  if (
    !/odata\.metadata=none/i.test(raw.headers.get('accept') ?? '') ||
    !/json/.test(response.headers.get('content-type') ?? '')
  )
    return response
  const stripped = JSON.stringify(withoutControlData(await response.json()))
  const headers = new Headers(response.headers)
  headers.set(
    'content-type',
    'application/json;odata.metadata=none;odata.streaming=true;IEEE754Compatible=false;charset=utf-8',
  )
  return new Response(stripped, { status: response.status, headers })
}
function withoutControlData(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutControlData)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(
        ([name]) => !name.startsWith('@odata.') || name === '@odata.nextLink' || name === '@odata.count',
      )
      .map(([name, one]) => [name, withoutControlData(one)]),
  )
}
