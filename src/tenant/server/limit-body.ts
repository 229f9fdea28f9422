// How large a request's body may be: forms and JSON are small; only mail and its import are not, and count for themselves.
import type { Context, MiddlewareHandler } from 'hono'
import { GraphFailure } from '../context.ts'

const formBytes = 256 * 1024
/** Above the mail routes' own limit, so that theirs is met first. */
const graphBytes = 8 * 1024 * 1024

/** Refuses with 413 before a body is kept in memory, whether its length was announced or not. */
export const limitBodies: MiddlewareHandler = async (c, next) => {
  const { path } = c.req
  // Its owner's own files: as large as they are.
  if (['/_letterlock/import', '/_letterlock/snapshot'].includes(path) || path.startsWith('/api/'))
    return next()
  const ofGraph = /^\/(v1\.0|beta)\//.test(path)
  const announced = Number(c.req.header('content-length') ?? 0)
  if (announced > (ofGraph ? graphBytes : formBytes)) return tooLarge(c, ofGraph)
  // Mail reads its own stream, piece by piece; all others take the whole text.
  if (!ofGraph && c.req.header('transfer-encoding') !== undefined) {
    const bytes = await readAtMost(c.req.raw.body, formBytes)
    if (!bytes) return tooLarge(c, ofGraph)
    // Hono keeps promises here, whatever its type says.
    c.req.bodyCache.arrayBuffer = Promise.resolve(bytes.buffer) as unknown as ArrayBuffer
  }
  return next()
}

function tooLarge(c: Context, ofGraph: boolean): Response {
  if (ofGraph) throw new GraphFailure(413, 'RequestEntityTooLarge', 'The request is larger than the maximum.')
  return c.text('The request body is too large.\n', 413, { connection: 'close' })
}

async function readAtMost(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of body ?? []) {
    size += part.byteLength
    if (size > maxBytes) return undefined
    parts.push(part)
  }
  return new Uint8Array(Buffer.concat(parts))
}
