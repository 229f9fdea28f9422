// The load as a process of its own: several flows or refreshes in flight, each answer looked at. The same for all servers.
import { createHash, randomBytes } from 'node:crypto'
import { openConnection, type Connection, type Reply } from './connection.ts'

/** How one server is asked for a code and for tokens. */
export interface Route {
  readonly origin: string
  readonly authorize: {
    readonly method: 'GET' | 'POST'
    readonly path: string
    /** The query, or the form of a POST; challenge and state are added. */
    readonly fields: Readonly<Record<string, string>>
    readonly cookie?: string
  }
  readonly token: { readonly path: string; readonly form: Readonly<Record<string, string>> }
}

export interface Job {
  readonly route: Route
  readonly work: 'flows' | 'refreshes'
  readonly seconds: number
  readonly connections: number
  /** Ends sooner after so many. */
  readonly most: number
}

export interface Outcome {
  readonly done: number
  readonly elapsedMs: number
  /** The first answer that was none, if any. */
  readonly failure: string | undefined
  /** Every one whose answer was read to its end. */
  readonly refreshTokens: readonly string[]
  /** Tokens of one answer that are signed with RS256. */
  readonly signatures: number
}

interface TokenAnswer {
  readonly access_token: string
  readonly id_token: string
  readonly refresh_token: string
}

process.on('message', (job: Job) => {
  void run(job).then((outcome) => process.send!(outcome))
})

async function run({ route, work, seconds, connections, most }: Job): Promise<Outcome> {
  const refreshTokens: string[] = []
  let failure: string | undefined
  let [begun, signatures] = [0, 0]
  const { hostname, port } = new URL(route.origin)
  const lanes = await Promise.all(
    Array.from({ length: connections }, async () => {
      const connection = await openConnection(Number(port), hostname)
      return { connection, token: work === 'refreshes' ? (await flow(connection, route)).refresh_token : '' }
    }),
  )
  const began = performance.now()
  const until = began + seconds * 1_000
  const drive = async ({ connection, token }: (typeof lanes)[number]): Promise<void> => {
    let last = token
    while (performance.now() < until && begun < most && failure === undefined) {
      begun++
      const answer = work === 'flows' ? await flow(connection, route) : await refresh(connection, route, last)
      last = answer.refresh_token
      refreshTokens.push(last)
      signatures = [answer.access_token, answer.id_token].filter(isRs256).length
    }
  }
  await Promise.all(
    lanes.map((lane) => drive(lane).catch((error: unknown) => void (failure ??= (error as Error).message))),
  )
  const elapsedMs = performance.now() - began
  for (const { connection } of lanes) connection.end()
  return { done: refreshTokens.length, elapsedMs, failure, refreshTokens, signatures }
}

/** Authorize with what the browser holds, then the code for tokens with its verifier. */
async function flow(connection: Connection, { origin, authorize, token }: Route): Promise<TokenAnswer> {
  const verifier = randomBytes(32).toString('base64url')
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const query = new URLSearchParams({
    ...authorize.fields,
    state: verifier.slice(0, 16),
    code_challenge: challenge,
    code_challenge_method: 'S256',
  }).toString()
  const { host } = new URL(origin)
  const cookie = authorize.cookie ? `\r\nCookie: ${authorize.cookie}` : ''
  const redirect =
    authorize.method === 'GET'
      ? await connection.send(`GET ${authorize.path}?${query} HTTP/1.1\r\nHost: ${host}${cookie}`)
      : await post(connection, host, authorize.path, query)
  const code = /[?&]code=([^&]+)/.exec(redirect.location ?? '')?.[1]
  if (!code)
    throw new Error(
      `authorize answered ${redirect.status} ${redirect.location} ${redirect.text.slice(0, 300)}`,
    )
  const form = new URLSearchParams({
    ...token.form,
    grant_type: 'authorization_code',
    code: decodeURIComponent(code),
    code_verifier: verifier,
  })
  return readTokens(await post(connection, host, token.path, form.toString()))
}

async function refresh(
  connection: Connection,
  { origin, token }: Route,
  refreshToken: string,
): Promise<TokenAnswer> {
  const { redirect_uri: _, ...client } = token.form
  const form = new URLSearchParams({ ...client, grant_type: 'refresh_token', refresh_token: refreshToken })
  return readTokens(await post(connection, new URL(origin).host, token.path, form.toString()))
}

const post = (connection: Connection, host: string, path: string, form: string): Promise<Reply> =>
  connection.send(
    `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${form.length}`,
    form,
  )

function readTokens(reply: Reply): TokenAnswer {
  const answer = (reply.status === 200 ? JSON.parse(reply.text) : {}) as Partial<TokenAnswer>
  if (!answer.access_token || !answer.id_token || !answer.refresh_token)
    throw new Error(`token answered ${reply.status} ${reply.text.slice(0, 300)}`)
  return answer as TokenAnswer
}

const isRs256 = (token: string): boolean =>
  token.startsWith('ey') && Buffer.from(token.split('.')[0]!, 'base64url').includes('"RS256"')
