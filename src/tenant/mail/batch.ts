import type { Context, Hono } from 'hono'
import { badRequest, fail } from './failures.ts'

interface Item {
  id: string
  method: string
  url: string
  headers: Record<string, string>
  body: unknown
  dependsOn: string[]
}
interface Answer {
  id: string
  status: number
  headers: Record<string, string>
  body?: unknown
}
const maxItems = 20
/** Graph sends at most four items of a batch to Outlook at once (graph-mail.md section 5). */
const maxAtOnce = 4
const methods = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])

/** Serves `POST /$batch`: each item goes through the whole app again, with the batch's own bearer token. */
export function mountBatch(app: Hono): void {
  for (const version of ['/v1.0', '/beta'])
    app.post(`${version}/$batch`, async (c) => {
      const items = readItems(await readJson(c.req.raw))
      const answers = new Map<string, Promise<Answer>>()
      const slots = new Slots(maxAtOnce)
      for (const item of inOrder(items))
        answers.set(item.id, runItem(item, { app, c, version, answers, slots }))
      const responses = await Promise.all(answers.values())
      return c.json({ responses })
    })
}

interface RunOptions {
  app: Hono
  c: Context
  version: string
  answers: ReadonlyMap<string, Promise<Answer>>
  slots: Slots
}

async function runItem(item: Item, options: RunOptions): Promise<Answer> {
  for (const parent of item.dependsOn) {
    const answer = await options.answers.get(parent)!
    if (answer.status >= 400) return failure(item.id, 424, 'FailedDependency', `Request '${parent}' failed.`)
  }
  const release = await options.slots.take()
  try {
    return await sendItem(item, options)
  } finally {
    release()
  }
}

async function sendItem(item: Item, { app, c, version }: RunOptions): Promise<Answer> {
  const outer = c.req.raw
  const path = item.url.replace(/^https?:\/\/[^/]+/i, '').replace(/^\/?(v1\.0|beta)(?=\/)/i, '')
  if (/^\/?\$batch(\?|$)/i.test(path))
    return failure(item.id, 400, 'BadRequest', 'A batch cannot hold another batch.')
  const headers = new Headers()
  for (const name of ['authorization', 'host', 'client-request-id']) {
    const value = outer.headers.get(name)
    if (value !== null) headers.set(name, value)
  }
  let request: Request
  try {
    for (const [name, value] of Object.entries(item.headers)) headers.set(name, value)
    const hasBody = item.body !== undefined && item.body !== null && item.method !== 'GET'
    if (hasBody && !headers.has('content-type'))
      return failure(
        item.id,
        400,
        'BadRequest',
        `Content-Type header must be specified for the body of request '${item.id}'.`,
      )
    const body = typeof item.body === 'string' && !isJson(headers) ? item.body : JSON.stringify(item.body)
    const target = new URL(`${version}/${path.replace(/^\//, '')}`, outer.url)
    request = new Request(target, { method: item.method, headers, ...(hasBody ? { body } : {}) })
  } catch {
    return failure(item.id, 400, 'BadRequest', `Request '${item.id}' is not well formed.`)
  }
  const response = await app.fetch(request, c.env)
  const answer: Answer = {
    id: item.id,
    status: response.status,
    headers: Object.fromEntries(response.headers),
  }
  const bytes = Buffer.from(await response.arrayBuffer())
  if (bytes.length === 0) return answer
  const body = isJson(response.headers) ? (JSON.parse(bytes.toString()) as unknown) : bytes.toString('base64')
  return { ...answer, body }
}

function readItems(json: unknown): Item[] {
  const requests = isRecord(json) ? json.requests : undefined
  if (!Array.isArray(requests)) throw badRequest("Invalid batch payload format: 'requests' must be an array.")
  if (requests.length > maxItems)
    throw fail(400, 'BadRequest', `Number of batch request steps exceeds the maximum value ${maxItems}.`)
  const items = requests.map(readItem)
  const ids = new Set(items.map(({ id }) => id))
  if (ids.size !== items.length)
    throw badRequest('Invalid batch payload format: each request needs an id of its own.')
  for (const item of items)
    if (item.dependsOn.some((id) => !ids.has(id) || id === item.id))
      throw badRequest(`Invalid batch payload format: request '${item.id}' depends on an unknown one.`)
  return items
}

function readItem(value: unknown): Item {
  if (!isRecord(value)) throw badRequest('Invalid batch payload format: a request must be an object.')
  const { id, method, url, headers, body, dependsOn } = value
  if (
    (typeof id !== 'string' && typeof id !== 'number') ||
    typeof method !== 'string' ||
    typeof url !== 'string'
  )
    throw badRequest('Invalid batch payload format: a request needs id, method and url.')
  if (!methods.has(method.toUpperCase()))
    throw badRequest(`Invalid batch payload format: method '${method.slice(0, 20)}'.`)
  if (headers !== undefined && headers !== null && !isRecord(headers))
    throw badRequest('Invalid batch payload format: headers must be an object.')
  if (dependsOn !== undefined && dependsOn !== null && !Array.isArray(dependsOn))
    throw badRequest('Invalid batch payload format: dependsOn must be an array.')
  return {
    id: String(id),
    method: method.toUpperCase(),
    url,
    headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, one]) => [name, String(one)])),
    body,
    dependsOn: ((dependsOn as unknown[] | null | undefined) ?? []).map(String),
  }
}

/** Parents before children; a circle is a malformed batch. */
function inOrder(items: readonly Item[]): Item[] {
  const done = new Set<string>()
  const ordered: Item[] = []
  while (ordered.length < items.length) {
    const next = items.filter((item) => !done.has(item.id) && item.dependsOn.every((id) => done.has(id)))
    if (next.length === 0)
      throw badRequest('Invalid batch payload format: the requests depend on each other in a circle.')
    for (const item of next) {
      done.add(item.id)
      ordered.push(item)
    }
  }
  return ordered
}

class Slots {
  #free: number
  readonly #waiting: (() => void)[] = []
  constructor(count: number) {
    this.#free = count
  }
  async take(): Promise<() => void> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    return () => {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free++
    }
  }
}

async function readJson(request: Request): Promise<unknown> {
  try {
    return await request.json()
  } catch {
    throw badRequest('Invalid batch payload format: the body is not JSON.')
  }
}
function failure(id: string, status: number, code: string, message: string): Answer {
  return { id, status, headers: { 'content-type': 'application/json' }, body: { error: { code, message } } }
}
const isJson = (headers: Headers): boolean => /json/i.test(headers.get('content-type') ?? '')
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
