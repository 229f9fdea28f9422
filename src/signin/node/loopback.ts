import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { isLoopbackHost } from '../account.ts'
import { SignInError } from '../signin-error.ts'
import type { SignInErrorCode } from '../signin-error.ts'
import { showEndPage, showPage } from './pages.ts'
import { describePortHolder } from './port-holder.ts'

export type IgnoredBecause =
  | 'wrong-host'
  | 'wrong-path'
  | 'wrong-method'
  | 'wrong-content-type'
  | 'too-large'
  | 'no-parameters'
  | 'repeated-parameter'
  | 'wrong-state'
  | 'no-code'
  | 'already-received'

export type ReceiverEvent =
  | { readonly kind: 'listening'; readonly redirectUri: string; readonly hosts: string[] }
  | { readonly kind: 'ignored-request'; readonly why: IgnoredBecause; readonly status: number }
  | { readonly kind: 'port-changed'; readonly from: number; readonly to: number; readonly heldBy?: string }

export interface ReceiveRedirectOptions {
  /** As registered: http, a loopback host, any path (its case matters), no query. */
  readonly redirectUri: string
  /** True where the server ignores the port of `http://localhost` (Entra does): then a busy port is no error. */
  readonly serverIgnoresPort: boolean
  /** The `state` sent; an answer with another one is not ours. */
  readonly state: string
  onEvent?(event: ReceiverEvent): void
}

export interface RedirectReceiver {
  /** What to send as `redirect_uri`: the registered one, with the port that is listened on. */
  readonly redirectUri: string
  readonly hosts: string[]
  /** The first answer with our `state`: a code or an error. Stays open until it comes. */
  readonly response: Promise<URLSearchParams>
  /** Tells the waiting browser page how it ended, gives it a second to read that, and closes the port. */
  finish(end: SignInEnd): Promise<void>
}

/** How the sign-in ended, as the browser's last page says it. */
export type SignInEnd =
  | { readonly kind: 'signed-in'; readonly username: string }
  | { readonly kind: 'failed'; readonly code?: SignInErrorCode; readonly entraCode?: number }

const lingerMs = 1_000
const maxBodyBytes = 64 * 1024

/**
 * Listens for the redirect on this machine only. Nothing but the answer with the right `state` ends the wait:
 * favicons, other paths, other tabs and forged answers get 400 or 404. The query leaves the address bar by a 303.
 *
 * @throws {SignInError} `signin/redirect-uri-unsupported`, `signin/port-busy`, `signin/loopback-unavailable`
 * @example
 * const receiver = await receiveRedirect({ redirectUri: 'http://localhost:9999/Callback', serverIgnoresPort: true, state })
 * const answer = await receiver.response
 * await receiver.finish({ kind: 'signed-in', username })
 * @see RFC 8252 sections 7.3 and 8.3, RFC 9700 section 4.2
 */
export async function receiveRedirect(options: ReceiveRedirectOptions): Promise<RedirectReceiver> {
  const target = parseRedirectUri(options.redirectUri)
  const emit = (event: ReceiverEvent): void => options.onEvent?.(event)
  const conversation = new Conversation(target.path, options.state, emit)
  const { servers, port, hosts } = await listen(target, options.serverIgnoresPort, conversation, emit)
  conversation.port = port
  const redirectUri =
    port === target.port ? options.redirectUri : `http://${target.hostname}:${port}${target.rest}`
  emit({ kind: 'listening', redirectUri, hosts })
  return {
    redirectUri,
    hosts,
    response: conversation.response,
    async finish(end) {
      await conversation.finish(end)
      await Promise.all(servers.map(closeServer))
    },
  }
}

interface Target {
  readonly hostname: string
  readonly port: number
  readonly hasPort: boolean
  /** What follows host and port, byte for byte as registered. */
  readonly rest: string
  /** The path a browser asks for: `/` when the URI has none. */
  readonly path: string
}

function parseRedirectUri(redirectUri: string): Target {
  const match = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(?::(\d{1,5}))?(\/[^?#\s]*)?$/.exec(redirectUri)
  const port = Number(match?.[2] ?? 80)
  if (!match || port === 0 || port > 65_535) {
    throw new SignInError(
      'signin/redirect-uri-unsupported',
      `cannot listen for the redirect at ${redirectUri}`,
      {
        fix: 'Register an address such as http://localhost:9999/Callback: http, this machine, no query.',
      },
    )
  }
  const rest = match[3] ?? ''
  return { hostname: match[1] ?? '', port, hasPort: match[2] !== undefined, rest, path: rest || '/' }
}

/** One wait: judges each request, remembers the first right answer. */
class Conversation {
  readonly response: Promise<URLSearchParams>
  port = 0
  readonly #path: string
  readonly #state: Buffer
  readonly #emit: (event: ReceiverEvent) => void
  readonly #accept: (answer: URLSearchParams) => void
  readonly #end = Promise.withResolvers<SignInEnd>()
  readonly #pageShown = Promise.withResolvers<void>()
  #accepted = false

  constructor(path: string, state: string, emit: (event: ReceiverEvent) => void) {
    const { promise, resolve } = Promise.withResolvers<URLSearchParams>()
    this.response = promise
    this.#accept = resolve
    this.#path = path
    this.#state = digest(state)
    this.#emit = emit
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '', query] = splitOnce(request.url ?? '', '?')
    if (!this.#isOurHost(request.headers.host)) return this.#ignore(response, 'wrong-host', 400)
    if (path !== this.#path) return this.#ignore(response, 'wrong-path', 404)
    if (request.method === 'GET' && query === undefined && this.#accepted) return this.#showEnd(response)
    if (request.method === 'GET') return this.#judge(new URLSearchParams(query ?? ''), response)
    if (request.method !== 'POST') {
      response.setHeader('allow', 'GET, POST')
      return this.#ignore(response, 'wrong-method', 405)
    }
    const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
    if (type !== 'application/x-www-form-urlencoded') return this.#ignore(response, 'wrong-content-type', 400)
    const body = await readBody(request)
    return body === undefined
      ? this.#ignore(response, 'too-large', 413)
      : this.#judge(new URLSearchParams(body), response)
  }

  async finish(end: SignInEnd): Promise<void> {
    this.#end.resolve(end)
    if (!this.#accepted) return
    const timer = setTimeout(this.#pageShown.resolve, lingerMs)
    await this.#pageShown.promise
    clearTimeout(timer)
  }

  #judge(answer: URLSearchParams, response: ServerResponse): void {
    if (answer.size === 0) return this.#ignore(response, 'no-parameters', 400)
    const names = [...answer.keys()]
    if (new Set(names).size !== names.length) return this.#ignore(response, 'repeated-parameter', 400)
    if (!timingSafeEqual(digest(answer.get('state') ?? ''), this.#state))
      return this.#ignore(response, 'wrong-state', 400)
    if (this.#accepted) return this.#ignore(response, 'already-received', 400)
    if (!answer.get('code') && !answer.get('error')) return this.#ignore(response, 'no-code', 400)
    this.#accepted = true
    response.setHeader('location', this.#path)
    showPage(response, 303, 'Signing in', 'One moment.')
    this.#accept(answer)
  }

  async #showEnd(response: ServerResponse): Promise<void> {
    const end = await this.#end.promise
    response.once('close', this.#pageShown.resolve)
    showEndPage(response, end)
  }

  #ignore(response: ServerResponse, why: IgnoredBecause, status: number): void {
    this.#emit({ kind: 'ignored-request', why, status })
    showPage(response, status, 'Not the answer we wait for', 'The sign-in in the other window goes on.')
  }

  /** A page elsewhere must not reach us through a name of its own that points here (DNS rebinding). */
  #isOurHost(host: string | undefined): boolean {
    if (host === undefined || !URL.canParse(`http://${host}`)) return false
    const url = new URL(`http://${host}`)
    return isLoopbackHost(url.hostname) && Number(url.port || 80) === this.port
  }
}

interface Listening {
  readonly servers: Server[]
  readonly port: number
  readonly hosts: string[]
}

async function listen(
  target: Target,
  serverIgnoresPort: boolean,
  conversation: Conversation,
  emit: (event: ReceiverEvent) => void,
): Promise<Listening> {
  const portIsFree = serverIgnoresPort && target.hostname === 'localhost'
  if (target.hasPort || !portIsFree) {
    const listening = await listenOn(target.hostname, target.port, conversation)
    if (listening) return listening
    const heldBy = await describePortHolder(target.port)
    if (!portIsFree) throw portBusy(target.port, heldBy)
    const other = await listenAnywhere(target.hostname, conversation)
    emit({ kind: 'port-changed', from: target.port, to: other.port, ...(heldBy && { heldBy }) })
    return other
  }
  return listenAnywhere(target.hostname, conversation)
}

async function listenAnywhere(hostname: string, conversation: Conversation): Promise<Listening> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const listening = await listenOn(hostname, 0, conversation)
    if (listening) return listening
  }
  throw new SignInError('signin/loopback-unavailable', 'no port is free on both 127.0.0.1 and ::1')
}

/**
 * Both families or none: whoever listens on the other one would get the code. Only a family that this machine
 * lacks is left out. A literal address has one family only. Undefined: the port is taken.
 */
async function listenOn(
  hostname: string,
  wanted: number,
  conversation: Conversation,
): Promise<Listening | undefined> {
  const addresses = hostname === 'localhost' ? ['127.0.0.1', '::1'] : [hostname.replace(/[[\]]/g, '')]
  const servers: Server[] = []
  const hosts: string[] = []
  let port = wanted
  for (const host of addresses) {
    const server = createServer(
      { maxHeaderSize: 32 * 1024, headersTimeout: 10_000, requestTimeout: 15_000 },
      (request, response) => {
        conversation.answer(request, response).catch(() => response.destroy())
      },
    )
    const failure = await tryListen(server, host, port)
    if (failure === undefined) {
      servers.push(server)
      hosts.push(host)
      const address = server.address()
      port = typeof address === 'object' && address ? address.port : port
    } else if (failure !== 'EADDRNOTAVAIL' && failure !== 'EAFNOSUPPORT') {
      await Promise.all(servers.map(closeServer))
      if (failure === 'EADDRINUSE') return undefined
      throw new SignInError(
        'signin/loopback-unavailable',
        `cannot listen on port ${wanted} of this machine (${failure})`,
        {
          fix: 'Register a redirect URI with a port above 1023, such as http://localhost:9999/Callback.',
        },
      )
    }
  }
  if (servers.length === 0)
    throw new SignInError('signin/loopback-unavailable', 'this machine has no loopback address')
  return { servers, port, hosts }
}

async function tryListen(server: Server, host: string, port: number): Promise<string | undefined> {
  try {
    server.listen({ host, port, exclusive: true, ipv6Only: host === '::1' })
    await once(server, 'listening')
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown'
  }
}

function portBusy(port: number, heldBy: string | undefined): SignInError {
  const holder = heldBy ? ` by ${heldBy}` : ''
  return new SignInError('signin/port-busy', `port ${port} of this machine is in use${holder}`, {
    fix: `End what uses port ${port}, or register another redirect URI.`,
  })
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length
    if (sizeBytes <= maxBodyBytes) chunks.push(chunk)
    if (sizeBytes > 16 * maxBodyBytes) return undefined
  }
  return sizeBytes > maxBodyBytes ? undefined : Buffer.concat(chunks).toString('utf8')
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}
