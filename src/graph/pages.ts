import type { GraphClient, GraphRequestOptions } from './contract.ts'
import { GraphError } from './graph-error.ts'

/** Follows `@odata.nextLink` as it is given; a link that comes twice (seen in the field) ends in an error, not in a loop. */
export async function* readPages<T>(
  client: GraphClient,
  path: string,
  options: GraphRequestOptions,
): AsyncGenerator<T[], void> {
  const seen = new Set<string>()
  const { query: _isInTheLink, ...rest } = options
  let reply = await client.request<unknown>('GET', path, options)
  for (;;) {
    const page = readPage<T>(reply.body, reply.requestId)
    yield page.value
    if (page.nextLink === undefined) return
    if (seen.has(page.nextLink)) {
      throw new GraphError('graph/reply-malformed', 'Graph sent the same next page again', {
        requestId: reply.requestId,
      })
    }
    seen.add(page.nextLink)
    reply = await client.request<unknown>('GET', page.nextLink, rest)
  }
}

/** A collection's rows and the address of its next page. */
export function readPage<T>(body: unknown, requestId: string): { value: T[]; nextLink: string | undefined } {
  const json = body as { value?: unknown; '@odata.nextLink'?: unknown } | null | undefined
  if (typeof json !== 'object' || json === null || !Array.isArray(json.value)) {
    throw new GraphError('graph/reply-malformed', 'Graph sent a collection without rows', { requestId })
  }
  const nextLink = json['@odata.nextLink']
  return {
    value: json.value as T[],
    nextLink: typeof nextLink === 'string' && nextLink !== '' ? nextLink : undefined,
  }
}
