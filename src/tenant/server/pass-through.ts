// What `--pass-through` lets out: public addresses only, never this machine, a private network, or Microsoft's real sign-in.
import { lookup as resolveName } from 'node:dns/promises'
import { type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { BlockList, connect, isIP, type Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { isMicrosoftSignIn } from '../../facts/microsoft-hosts.ts'

export class PassThroughError extends Error {
  override readonly name = 'PassThroughError'
  readonly reason: 'not-public' | 'unreachable'
  constructor(reason: 'not-public' | 'unreachable', message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

export interface PassThrough {
  /** @throws {PassThroughError} `not-public`, `unreachable` */
  connect(host: string, port: number): Promise<Socket>
  /** Sends a request in absolute form on. @throws {PassThroughError} `not-public`, `unreachable` */
  forward(url: URL, exchange: { request: IncomingMessage; response: ServerResponse }): Promise<void>
}

export type Resolve = (host: string) => Promise<readonly string[]>

const connectTimeoutMs = 15_000
const hopHeaders = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authorization',
  'te',
  'upgrade',
])

export function openPassThrough(resolve: Resolve = resolveAll): PassThrough {
  return {
    async connect(host, port) {
      const address = await publicAddress(host, port, resolve)
      return await new Promise<Socket>((done, fail) => {
        const socket = connect({ host: address, port, timeout: connectTimeoutMs })
        const refuse = (cause?: Error): void => {
          socket.destroy()
          fail(new PassThroughError('unreachable', `${host} could not be reached`, { cause }))
        }
        socket.once('connect', () => {
          socket.setTimeout(0).off('error', refuse)
          done(socket)
        })
        socket.once('error', refuse).once('timeout', () => refuse())
      })
    },
    async forward(url, { request, response }) {
      const secure = url.protocol === 'https:'
      const address = await publicAddress(url.hostname, Number(url.port || (secure ? 443 : 80)), resolve)
      const headers = Object.fromEntries(
        Object.entries(request.headers).filter(([name]) => !hopHeaders.has(name)),
      )
      const onward = (secure ? httpsRequest : httpRequest)({
        host: address,
        port: url.port || (secure ? 443 : 80),
        method: request.method,
        path: `${url.pathname}${url.search}`,
        headers: { ...headers, host: url.host },
        timeout: connectTimeoutMs,
        ...(secure ? { servername: url.hostname } : {}),
      })
      const answered = new Promise<IncomingMessage>((done, fail) => {
        onward.once('response', done).once('timeout', () => onward.destroy(new Error('timed out')))
        onward.once('error', (cause) => {
          fail(new PassThroughError('unreachable', `${url.host} could not be reached`, { cause }))
        })
      })
      request.pipe(onward)
      const answer = await answered
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      await pipeline(answer, response)
    },
  }
}

/** Resolves once and connects to that address, so that a second answer of the name server changes nothing. */
async function publicAddress(given: string, port: number, resolve: Resolve): Promise<string> {
  const host = given.replace(/^\[|\]$/g, '')
  if (port !== 443 && port !== 80) throw notPublic('only the ports 443 and 80 are let through')
  if (isMicrosoftSignIn(host))
    throw notPublic("Microsoft's real sign-in is never reached through a local tenant")
  const addresses = isIP(host)
    ? [host]
    : await resolve(host).catch((cause: unknown) => {
        throw new PassThroughError('unreachable', `${host} has no address`, { cause })
      })
  if (!addresses.every(isPublicAddress))
    throw notPublic('this machine and private networks are never let through')
  if (addresses.length === 0) throw new PassThroughError('unreachable', `${host} has no address`)
  return addresses[0]!
}

const notPublic = (message: string): PassThroughError => new PassThroughError('not-public', message)

async function resolveAll(host: string): Promise<string[]> {
  return (await resolveName(host, { all: true })).map((one) => one.address)
}

/** False for what IANA's special-purpose registries keep from the public internet (RFC 6890). */
export function isPublicAddress(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped) return isPublicAddress(mapped)
  const family = isIP(address)
  if (family === 0) return false
  if (family === 6 && !globalUnicast.check(address, 'ipv6')) return false
  return !special.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

const globalUnicast = new BlockList()
globalUnicast.addSubnet('2000::', 3, 'ipv6')

const special = new BlockList()
for (const [network, bits] of [
  ...([
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
  ] as const),
  ...([
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    ['192.0.2.0', 24],
    ['192.88.99.0', 24],
  ] as const),
  ...([
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
    ['198.51.100.0', 24],
    ['203.0.113.0', 24],
  ] as const),
  ...([
    ['224.0.0.0', 4],
    ['240.0.0.0', 4],
  ] as const),
])
  special.addSubnet(network, bits, 'ipv4')
// Teredo and 6to4 carry IPv4 addresses inside, private ones too; the last is for documentation.
for (const [network, bits] of [
  ['2001::', 23],
  ['2002::', 16],
  ['2001:db8::', 32],
  ['3fff::', 20],
] as const)
  special.addSubnet(network, bits, 'ipv6')
