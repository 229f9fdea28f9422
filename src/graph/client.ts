import { randomUUID } from 'node:crypto'
import { systemClock } from '../facts/clock.ts'
import { checkGraphOrigin, checkUploadUrl, resolveAddress } from './address.ts'
import type {
  GraphClient,
  GraphClientOptions,
  GraphMethod,
  GraphReply,
  GraphRequestOptions,
} from './contract.ts'
import { readPages } from './pages.ts'
import { sendRequest, type Transport } from './request.ts'
import { openThrottle } from './throttle.ts'

/**
 * One way to talk to Graph for one account. Opens nothing by itself; without `throttle` the limits hold within this
 * process only.
 *
 * @throws {GraphError} `graph/foreign-origin` when `graphOrigin` is neither https nor this machine
 * @example
 * const graph = createGraphClient({ graphOrigin: 'https://graph.microsoft.com', getToken })
 * const { body } = await graph.request<{ id: string }>('GET', '/me', { query: { $select: 'id' } })
 */
export function createGraphClient(o: GraphClientOptions): GraphClient {
  const origin = checkGraphOrigin(o.graphOrigin)
  const clock = o.clock ?? systemClock
  const transport: Transport = {
    getToken: o.getToken,
    throttle: o.throttle ?? openThrottle(undefined, { clock }),
    throttleKey: o.mailboxKey ?? origin,
    fetch: o.fetch ?? globalThis.fetch,
    clock,
    random: o.random ?? Math.random,
    newId: randomUUID,
    report: o.onRequest ?? (() => undefined),
  }
  const client: GraphClient = {
    graphOrigin: origin,
    request: <T>(method: GraphMethod, path: string, options: GraphRequestOptions = {}) =>
      sendRequest(
        transport,
        { method, url: resolveAddress(origin, path, options.query), withToken: true },
        options,
      ) as Promise<GraphReply<T>>,
    pages: <T>(path: string, options: GraphRequestOptions = {}) => readPages<T>(client, path, options),
    upload: <T>(
      uploadUrl: string,
      range: Parameters<GraphClient['upload']>[1],
      options: GraphRequestOptions = {},
    ) =>
      sendRequest(
        transport,
        { method: 'PUT', url: checkUploadUrl(origin, uploadUrl, o.uploadHosts), withToken: false },
        {
          ...options,
          body: range.bytes,
          headers: {
            ...options.headers,
            'Content-Type': 'application/octet-stream',
            'Content-Range': `bytes ${range.from}-${range.from + range.bytes.length - 1}/${range.total}`,
          },
        },
      ) as Promise<GraphReply<T>>,
  }
  return client
}
